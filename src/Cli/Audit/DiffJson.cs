using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Audit;

/// <summary>Two runs compared, for tools (docs/cli.md).</summary>
public static class DiffJson
{
    /// <summary>Writes it.</summary>
    public static string Write(RunPair pair) => JsonText.Object(json =>
    {
        var second = pair.Second.Run.Started;
        json.WriteString("first", pair.First.Run.Name.Parts[1]);
        json.WriteString("second", pair.Second.Run.Name.Parts[1]);
        json.WriteString("parent", second.Parent);
        json.WriteNumber("parentSequence", second.ParentSequence);
        json.WriteBoolean("identical", pair.Divergence is null);
        json.WriteStartArray("settings");
        foreach (var setting in pair.Settings)
        {
            json.WriteStartObject();
            json.WriteString("name", setting.Name);
            json.WriteString("first", setting.First);
            json.WriteString("second", setting.Second);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteDivergence(json, pair.Divergence, pair.Instrument);
        var (a, b) = (RunFigures.Of(pair.First.Result), RunFigures.Of(pair.Second.Result));
        foreach (var (name, write) in ((string, Func<Func<RunFigures, string>, Func<RunFigures, RunFigures, string>, string>)[])
            [("firstFigures", (w, _) => w(a)), ("secondFigures", (w, _) => w(b)), ("delta", (_, d) => d(a, b))])
        {
            json.WriteStartObject(name);
            foreach (var row in DiffText.Rows(pair.Instrument))
            {
                var figure = write(row.Write, row.Delta);
                if (row.Kind == DiffKind.Count)
                {
                    json.WritePropertyName(row.Name);
                    json.WriteRawValue(figure);
                }
                else
                {
                    json.WriteString(row.Name, figure);
                }
            }

            json.WriteEndObject();
        }

        json.WriteStartArray("notAsStored");
        foreach (var executed in ((ExecutedRun[])[pair.First, pair.Second]).Where(e => e.Difference is not null))
        {
            json.WriteStringValue(executed.Run.Name.Parts[1]);
        }

        json.WriteEndArray();
    });

    private static void WriteDivergence(Utf8JsonWriter json, RunDivergence? divergence, Instrument instrument)
    {
        if (divergence is null)
        {
            json.WriteNull("firstDifference");
            return;
        }

        json.WriteStartObject("firstDifference");
        json.WriteNumber("sequence", divergence.Sequence);
        WriteEvent(json, "first", divergence.First);
        WriteEvent(json, "second", divergence.Second);
        WriteState(json, "firstState", divergence.FirstState, instrument);
        WriteState(json, "secondState", divergence.SecondState, instrument);
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json, string name, RunSituation state, Instrument i)
    {
        json.WriteStartObject(name);
        json.WriteString("position", i.FormatQuantity(state.Ledger.Position));
        json.WriteString("realised", i.FormatMoney(state.Ledger.Realised));
        json.WriteString("fees", i.FormatMoney(state.Ledger.Fees));
        json.WriteNumber("fills", state.Ledger.Fills);
        json.WriteStartArray("working");
        foreach (var order in state.Working)
        {
            json.WriteStartObject();
            json.WriteNumber("orderId", order.OrderId);
            json.WriteString("side", order.Side == Side.Bid ? "bid" : "ask");
            json.WriteString("price", i.FormatPrice(order.Price));
            json.WriteString("open", i.FormatQuantity(order.Quantity));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter json, string name, RunEvent? e)
    {
        json.WritePropertyName(name);
        if (e is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(new EventLines().Line(e.Header, e.Payload));
        }
    }
}
