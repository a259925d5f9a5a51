using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Web.Answers;

/// <summary>The list of days and runs. A stream that cannot be read is listed with what is wrong; the others are not affected.</summary>
internal sealed class CatalogAnswer(StoreSet stores)
{
    // First events of runs that can no longer change.
    private readonly Dictionary<string, RunStarted> starts = [];
    private readonly Lock gate = new();

    /// <summary>Writes the members of the answer.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("store", stores.Server?.Place ?? stores.Primary.Place);
        json.WriteStartArray("days");
        foreach (var (store, name) in stores.List("market/"))
        {
            Item(json, store, name, (info, manifest) => Day(json, store, name, info, manifest));
        }

        json.WriteEndArray();
        json.WriteStartArray("runs");
        foreach (var (store, name) in stores.List("run/"))
        {
            Item(json, store, name, (info, manifest) => Run(json, store, name, info, manifest));
        }

        json.WriteEndArray();
    }

    private static void Item(Utf8JsonWriter json, IEventStore store, StreamName name, Action<StreamInfo, StreamManifest?> body)
    {
        json.WriteStartObject();
        json.WriteString("stream", name.Value);
        json.WriteString("symbol", name.Family == "run" ? name.Parts[2] : name.Parts[1]);
        string? damage = null;
        try
        {
            var manifest = store.ReadManifest(name);
            if (store.FindAsync(name).AsTask().GetAwaiter().GetResult() is { } info)
            {
                json.WriteNumber("events", info.Version);
                json.WriteString("first", Texts.Time(info.FirstTime));
                json.WriteString("last", Texts.Time(info.LastTime));
                json.WriteBoolean("sealed", info.Sealed);
                json.WriteString("writer", !info.Sealed && store is JournalStore journal ? JournalVerifier.Writer(journal.Root, name) : null);
                body(info, manifest);
            }
        }
        catch (Exception e) when (Timelines.MarketIndex.IsDamage(e))
        {
            damage = e.Message;
        }

        json.WriteString("damage", damage);
        json.WriteEndObject();
    }

    private static void Day(Utf8JsonWriter json, IEventStore store, StreamName name, StreamInfo info, StreamManifest? manifest)
    {
        var day = new StoredDay(store, name, info, manifest);
        json.WriteString("day", day.Day);
        json.WriteString("recording", day.Recording);
        Number(json, "untrustedSeconds", day.UntrustedSeconds);
        Number(json, "gaps", double.TryParse(manifest?.Note("gaps"), NumberStyles.None, CultureInfo.InvariantCulture, out var gaps) ? gaps : null);
        Number(json, "diffs", Count(manifest, EventType.DepthDiff));
        Number(json, "trades", Count(manifest, EventType.Trade) + Count(manifest, EventType.AggregateTrade));
        json.WriteString("hash", info.ContentHash?.ToString());
    }

    private void Run(Utf8JsonWriter json, IEventStore store, StreamName name, StreamInfo info, StreamManifest? manifest)
    {
        var started = Start(store, name, info);
        json.WriteString("name", name.Parts[1]);
        json.WriteString("kind", started.Kind);
        json.WriteString("windowStart", Texts.Time(started.WindowStart));
        json.WriteString("parent", started.Parent.Length > 0 ? started.Parent : null);
        json.WriteNumber("parentSequence", started.ParentSequence);
        json.WriteString("queue", CodeNames<Domain.Orders.QueueModel>.Name((int)started.Queue));
        json.WriteNumber("feePpm", started.FeePartsPerMillion);
        json.WriteString("pnl", manifest?.Note("pnl"));
        json.WriteString("quoteAsset", manifest?.Note("quoteAsset"));
        json.WriteString("maxDrawdown", manifest?.Note("maxDrawdown"));
        json.WriteString("halted", manifest?.Note("halted"));
        Number(json, "fills", double.TryParse(manifest?.Note("fills"), NumberStyles.None, CultureInfo.InvariantCulture, out var fills) ? fills : null);
        Number(json, "untrustedSeconds", Untrusted(started));
        json.WriteStartArray("inputs");
        foreach (var line in started.Inputs.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            json.WriteStringValue(line.Split(' ')[0]);
        }

        json.WriteEndArray();
    }

    private double? Untrusted(in RunStarted started)
    {
        var sum = 0.0;
        foreach (var line in started.Inputs.Split('\n').Where(Replay.Runs.ToldInput.IsMarket))
        {
            var name = StreamName.Parse(line.Split(' ')[0]);
            if (stores.Find(name) is not { } found || new StoredDay(found.Store, name, found.Info, found.Store.ReadManifest(name)).UntrustedSeconds is not { } seconds)
            {
                return null;
            }

            sum += seconds;
        }

        return sum;
    }

    private RunStarted Start(IEventStore store, StreamName name, StreamInfo info)
    {
        var key = $"{store.Place} {name} {info.ContentHash}";
        lock (gate)
        {
            if (!starts.TryGetValue(key, out var started))
            {
                started = RunFinder.ReadStart(store, name);
                if (info.Sealed)
                {
                    starts[key] = started;
                }
            }

            return started;
        }
    }

    private static double? Count(StreamManifest? manifest, EventType type) =>
        manifest is null ? null : manifest.Counts.Where(c => c.Key == type).Sum(c => c.Value);

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
