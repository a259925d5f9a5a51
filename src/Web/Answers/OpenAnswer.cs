using System.Text.Json;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>What a page must know of a run or a day before it shows anything of it.</summary>
internal static class OpenAnswer
{
    /// <summary>Writes the members.</summary>
    public static void Write(Utf8JsonWriter json, ViewTimeline timeline)
    {
        json.WriteString("stream", timeline.Stream.Value);
        json.WriteString("family", timeline.Stream.Family);
        json.WriteNumber("start", Texts.Seconds(timeline.Start));
        json.WriteNumber("end", Texts.Seconds(timeline.End));
        json.WriteString("startTime", Texts.Time(timeline.Start));
        json.WriteString("endTime", Texts.Time(timeline.End));
        json.WriteBoolean("grows", timeline.Grows);
        json.WriteNumber("indexed", timeline.IndexedShare);
        json.WriteBoolean("complete", timeline.Complete);
        if (timeline.Instrument is { } instrument)
        {
            Write(json, instrument);
        }

        json.WriteStartArray("streams");
        foreach (var market in timeline.Markets)
        {
            json.WriteStartObject();
            json.WriteString("name", market.Name.Value);
            json.WriteNumber("events", market.Events);
            json.WriteBoolean("sealed", market.Sealed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("gaps", timeline.Markets.Sum(m => m.Read((_, gaps) => gaps.Count(g => !g.Ends))));
        if (timeline.Run is { } run)
        {
            Write(json, run, timeline.Instrument);
        }

        Damage(json, timeline);
    }

    private static void Write(Utf8JsonWriter json, Instrument instrument)
    {
        json.WriteString("symbol", instrument.Symbol);
        json.WriteString("base", instrument.BaseAsset);
        json.WriteString("quote", instrument.QuoteAsset);
        json.WriteString("tick", instrument.FormatPrice(instrument.Tick));
        json.WriteString("lot", instrument.FormatQuantity(instrument.Lot));
    }

    private static void Write(Utf8JsonWriter json, RunTimeline run, Instrument? instrument)
    {
        var started = run.Run.Started;
        json.WriteStartObject("run");
        json.WriteString("name", run.Run.Name.Parts[1]);
        json.WriteString("kind", started.Kind);
        json.WriteString("engine", started.Engine);
        json.WriteString("parent", started.Parent.Length > 0 ? started.Parent : null);
        json.WriteNumber("parentSequence", started.ParentSequence);
        json.WriteString("queue", Texts.Code(started.Queue));
        json.WriteNumber("feePpm", started.FeePartsPerMillion);
        json.WriteString("horizonSource", started.HorizonSource);
        json.WriteBoolean("sealed", run.Sealed);
        json.WriteString("noFork", ForkDesk.Refusal(run));
        json.WriteNumber("events", run.Events);
        lock (run.Gate)
        {
            json.WriteNumber("read", run.Indexed);
            json.WriteNumber("fills", run.Fills.Count);
            json.WriteNumber("decisions", run.Decisions.Count);
            json.WriteNumber("stops", run.Stops.Count);
            json.WriteString("ended", run.Ended);
            json.WriteString("halted", run.Halt is { } halt ? Texts.Code(halt.Reason) : null);
            if (instrument is not null)
            {
                json.WriteString("maxDrawdown", instrument.FormatMoney(run.MaxDrawdown));
            }
        }

        if (instrument is not null)
        {
            var parameters = RunFacts.Parameters(started, instrument);
            json.WriteNumber("threshold", parameters.InventoryThreshold / (double)instrument.QuantityScale.Factor);
            json.WriteNumber("most", parameters.MaxInventory / (double)instrument.QuantityScale.Factor);
        }

        var configuration = StrategyConfiguration.FromJson(started.Configuration);
        json.WriteStartArray("parameters");
        foreach (var parameter in ParameterTable.All)
        {
            json.WriteStartObject();
            json.WriteString("name", parameter.Name);
            json.WriteString("kind", parameter.Kind.ToString().ToLowerInvariant());
            json.WriteString("unit", parameter.Unit);
            json.WriteString("meaning", parameter.Meaning);
            json.WriteString("value", configuration[parameter.Name]);
            json.WriteBoolean("fixed", Replay.Runs.ForkPoint.IsFixed(parameter.Name));
            json.WriteStartArray("choices");
            foreach (var choice in parameter.Kind == ParameterKind.Flag ? ["false", "true"] : parameter.Choices)
            {
                json.WriteStringValue(choice);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Where reading stopped, and the whole list of what the journal's own check finds in the stream.
    private static void Damage(Utf8JsonWriter json, ViewTimeline timeline)
    {
        json.WriteStartArray("damage");
        foreach (var missing in timeline.Missing)
        {
            json.WriteStartObject();
            json.WriteString("stream", timeline.Stream.Value);
            json.WriteString("what", missing);
            json.WriteEndObject();
        }

        if (timeline.Lost is var (lost, why))
        {
            Damage(json, timeline.Stream, lost, why, 0);
        }

        if (timeline.Run is { Damage: { } damage } run)
        {
            Damage(json, run.Run.Name, run.Run.Store, damage, run.Indexed);
        }

        foreach (var market in timeline.Markets)
        {
            if (market.Damage is { } what)
            {
                Damage(json, market.Name, market.Day.Store, what, market.Indexed);
            }
        }

        json.WriteEndArray();
    }

    private static void Damage(Utf8JsonWriter json, Domain.Events.StreamName name, Stores.IEventStore store, string what, long read)
    {
        json.WriteStartObject();
        json.WriteString("stream", name.Value);
        json.WriteString("what", what);
        json.WriteNumber("readable", read);
        json.WriteStartArray("findings");
        if (store is JournalStore journal)
        {
            foreach (var finding in JournalVerifier.Verify(journal.Root, name).Findings.Where(f => f.IsDamage).Take(20))
            {
                json.WriteStringValue(FormattableString.Invariant($"{finding.Message} ({finding.File}, event {finding.Sequence}, block {finding.Block})"));
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
