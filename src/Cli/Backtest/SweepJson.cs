using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Reports;

namespace EventSourcedMM.Cli.Backtest;

/// <summary>The JSON object of a sweep; docs/cli.md documents every field.</summary>
internal static class SweepJson
{
    /// <summary>Writes it on one line.</summary>
    public static string Write(ParameterGrid grid, IReadOnlyList<BacktestResult> results, double seconds)
    {
        var first = results[0];
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("symbol", first.Started.Symbol);
            json.WriteString("windowStart", Shell.Moments.Text(first.Started.WindowStart));
            json.WriteString("windowEnd", first.Started.WindowEnd == long.MaxValue ? "" : Shell.Moments.Text(first.Started.WindowEnd));
            json.WriteString("queue", BacktestJson.CodeName(first.Started.Queue));
            json.WriteNumber("feePpm", first.Started.FeePartsPerMillion);
            json.WriteNumber("levelUpdates", first.State.LevelUpdates);
            json.WriteStartArray("sets");
            for (var i = 0; i < results.Count; i++)
            {
                WriteSet(json, grid, i, results[i]);
            }

            json.WriteEndArray();
            json.WriteStartArray("inputs");
            foreach (var line in first.Started.Inputs.Split('\n'))
            {
                json.WriteStringValue(line);
            }

            json.WriteEndArray();
            json.WriteNumber("seconds", Math.Round(seconds, 3));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static void WriteSet(Utf8JsonWriter json, ParameterGrid grid, int set, BacktestResult result)
    {
        var state = result.State;
        var metrics = result.Metrics;
        var instrument = state.Instrument!;
        json.WriteStartObject();
        json.WriteStartObject("parameters");
        foreach (var (name, value) in grid.Names.Zip(grid.Values(set)))
        {
            json.WritePropertyName(name);
            if (ParameterTable.All[ParameterTable.IndexOf(name)].Kind == ParameterKind.Choice)
            {
                json.WriteStringValue(value);
            }
            else
            {
                json.WriteRawValue(value);
            }
        }

        json.WriteEndObject();
        json.WriteString("run", result.Started.Run);
        json.WriteString("stateHash", StateHash.Of(state).ToString());
        json.WriteNumber("events", state.Inputs);
        json.WriteNumber("decisions", state.Decisions);
        json.WriteNumber("orders", metrics.OrdersPlaced);
        json.WriteNumber("fills", metrics.Fills);
        BacktestJson.WritePnl(json, state);
        BacktestJson.WriteOptional(json, "sharpe", metrics.Pnl!.Sharpe);
        json.WriteString("maxDrawdown", instrument.FormatMoney(state.Risk.MaxDrawdown));
        BacktestJson.WriteOptional(json, "hitRate", metrics.HitRate);
        json.WriteNumber("roundTrips", metrics.RoundTrips);
        json.WriteString("turnover", instrument.FormatMoney(metrics.Turnover));
        json.WriteString("position", instrument.FormatQuantity(state.Ledger.Position));
        json.WriteStartObject("inventory");
        json.WriteString("mean", BacktestJson.Decimal(metrics.Inventory!.Mean));
        json.WriteString("standardDeviation", BacktestJson.Decimal(metrics.Inventory.StandardDeviation));
        json.WriteEndObject();
        json.WriteBoolean("endedHalted", result.EndedHalted);
        json.WriteNumber("halts", result.Halts.Count);
        json.WriteStartArray("warnings");
        foreach (var warning in ParameterWarnings.Of(result))
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
