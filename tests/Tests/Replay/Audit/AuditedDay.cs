using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>NEXOUSDT's day with the shipped parameters as a stored run, and short runs of its busiest half hour; shared by the audit's tests.</summary>
public sealed class AuditedDay : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Lazy<StoredRun> day;
    private readonly Dictionary<(string, long, long, long), StoredRun> runs = [];
    private readonly Dictionary<StreamName, Verification> verified = [];

    public AuditedDay()
    {
        Store = new JournalStore(folder, TimeProvider.System);
        Stores = new StoreSet(Store, SampleRuns.Stores.Primary);
        day = new Lazy<StoredRun>(() => Run("", SampleRuns.NexoDay.From, SampleRuns.NexoDay.To));
    }

    public JournalStore Store { get; }

    public StoreSet Stores { get; }

    public StoredRun Day => day.Value;

    /// <summary>02:30 to 03:00 UTC: the price runs up and the inventory hits its limit.</summary>
    public StoredRun HalfHour(string changes) => Run(changes, Utc("02:30"), Utc("03:00"));

    /// <summary>A time of 2024-07-24.</summary>
    public static long Utc(string time)
    {
        var local = TimeOnly.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        return 1_721_779_200_000_000_000 + (local.Ticks * 100);
    }

    /// <summary>A run with some parameters changed; asked for again it is the one that is stored.</summary>
    public StoredRun Run(string changes, long from, long to, long feePpm = 1000)
    {
        if (runs.TryGetValue((changes, from, to, feePpm), out var known))
        {
            return known;
        }

        var request = new BacktestRequest
        {
            Symbol = "NEXOUSDT",
            From = from,
            To = to,
            FeePartsPerMillion = feePpm,
            Configuration = changes
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(w => w.Split('='))
                .Aggregate(ConfigurationFile.Load(null, "NEXOUSDT"), (c, kv) => c.With(kv[0], kv[1])),
        };
        var days = new MarketDays(Stores).Select("NEXOUSDT", from, to, null);
        using var recorder = new RunRecorder(Store);
        var result = new Backtester(request, [.. days.Days.Select(d => d.ToInput())], recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return runs[(changes, from, to, feePpm)] = new RunFinder(Stores).Find(result.Started.Run);
    }

    /// <summary>A stored run executed again; once, since nobody changes this store.</summary>
    public Verification Verified(StoredRun run)
    {
        if (!verified.TryGetValue(run.Name, out var found))
        {
            verified[run.Name] = found = new RunVerifier(Stores).Verify((run.Store, run.Name));
        }

        return found;
    }

    /// <summary>A fork of a run, stored.</summary>
    public StoredRun Fork(StoredRun parent, long sequence, Func<BacktestRequest, BacktestRequest> change)
    {
        var request = change(RunExecution.Request(Stores, parent.Started) with { Fork = ForkPoint.Of(Stores, parent.Started, sequence) });
        request.Fork!.Check(request.Configuration);
        using var recorder = new RunRecorder(Store);
        var result = new Backtester(request, RunInputs.Find(Stores, parent.Started), recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return new StoredRun(Store, recorder.Stream, result.Started);
    }

    public void Dispose() => folder.Dispose();
}

/// <summary>Writes a run again with some events changed, sealed anew: what somebody with write access and this program's own code could do.</summary>
internal static class Forgery
{
    /// <summary>Copies a stream into another store.</summary>
    /// <param name="run">What to copy.</param>
    /// <param name="target">Where to.</param>
    /// <param name="edit">Gives the events that stand in an event's place: none, itself, another or several; sequences are set anew.</param>
    /// <param name="notes">Notes of the manifest; none when left out.</param>
    public static void Write(StoredRun run, JournalStore target, Func<EventHeader, byte[], IEnumerable<(EventHeader Header, byte[] Payload)>> edit, IEnumerable<KeyValuePair<string, string>>? notes = null)
    {
        using var detached = target.CreateDetached(run.Name);
        using var source = run.Store.OpenSource(run.Name);
        var batch = new EventBatch(256 * 1024);
        var sequence = 0L;
        while (source.Read(out var header, out var payload))
        {
            foreach (var (changed, bytes) in edit(header, payload.ToArray()))
            {
                batch.Add(changed with { Sequence = ++sequence }, bytes);
                if (batch.Count == 4096)
                {
                    detached.Writer.Append(batch);
                    batch.Clear();
                }
            }
        }

        if (batch.Count > 0)
        {
            detached.Writer.Append(batch);
        }

        detached.Writer.Seal("1", notes ?? []);
        detached.Publish();
    }

    /// <summary>Puts an event and the one behind it the other way round.</summary>
    public static Func<EventHeader, byte[], IEnumerable<(EventHeader Header, byte[] Payload)>> Swap(long first)
    {
        (EventHeader, byte[])? held = null;
        return (h, p) =>
        {
            if (h.Sequence == first)
            {
                held = (h, p);
                return [];
            }

            return h.Sequence == first + 1 ? [(h, p), held!.Value] : [(h, p)];
        };
    }

    /// <summary>The payload of an event with a value changed.</summary>
    public static byte[] Change<T>(byte[] payload, Func<T, T> change)
        where T : struct, IPayload<T>
    {
        var arena = new LevelArena();
        var reader = new CanonicalReader(payload, arena);
        var value = default(T);
        T.Describe(ref reader, ref value);
        var buffer = new ByteBuffer();
        EventRecord.WritePayload(buffer, change(value));
        return buffer.Span.ToArray();
    }
}
