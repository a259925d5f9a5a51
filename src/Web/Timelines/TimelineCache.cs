using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// Opens runs and days and keeps the last ones. A day is indexed once, however many runs read it; indexing goes on in the
/// background while what is there already is answered from.
/// </summary>
/// <param name="stores">Where they are.</param>
/// <param name="timers">Timers for following what grows.</param>
/// <param name="leastKept">Events from which on an index is kept; null for the usual ones of days and runs.</param>
internal sealed class TimelineCache(StoreSet stores, TimeProvider timers, long? leastKept = null) : IDisposable
{
    // A day of a liquid symbol takes about 40 MB.
    private const int MostMarkets = 8;
    private const int MostTimelines = 16;

    // So much of a log is read before the answer, in some hundredths of a second; what is behind it goes on in the background.
    private const int ReadAtOnce = 16_384;
    private const int Step = 8_192;
    private const long Long = 1_000_000;

    // So far a day is read before the answer: by then it has said which instrument it is of.
    private const int FirstStep = 1_024;

    private readonly Lock gate = new();
    private readonly Background background = new(timers);
    private readonly LinkedList<(string Key, MarketIndex Index)> markets = new();
    private readonly LinkedList<(string Key, ViewTimeline Timeline)> timelines = new();

    /// <summary>Opens a run or a day.</summary>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="again">True to look anew at what was damaged or missing before.</param>
    /// <exception cref="BadQuestionException">There is no such stream.</exception>
    public ViewTimeline Open(string stream, bool again = false)
    {
        lock (gate)
        {
            var kept = Take(timelines, stream);
            if (kept is not null && !(again && IsBroken(kept)))
            {
                kept = Extend(kept);
                Put(timelines, stream, kept, MostTimelines, _ => { });
                return kept;
            }

            var opened = Create(stream);
            Put(timelines, stream, opened, MostTimelines, t => t.Run?.Dispose());
            return opened;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        background.Dispose();
        lock (gate)
        {
            foreach (var (_, timeline) in timelines)
            {
                timeline.Run?.Dispose();
            }

            foreach (var (_, index) in markets)
            {
                index.Dispose();
            }
        }
    }

    private static bool IsBroken(ViewTimeline timeline) =>
        timeline.Lost is not null || timeline.Missing.Count > 0 || timeline.Run?.Damage is not null || timeline.Markets.Any(m => m.Damage is not null);

    private ViewTimeline Create(string stream)
    {
        StreamName name;
        try
        {
            name = StreamName.Parse(stream);
        }
        catch (FormatException e)
        {
            throw new BadQuestionException(e.Message);
        }

        var (store, info) = Find(name);
        if (name.Family == "market")
        {
            return new ViewTimeline(name, [Market(store, name, info)], null);
        }

        if (name.Family != "run")
        {
            throw new BadQuestionException($"{name} is neither a run nor a day.");
        }

        if (ReadStart(store, name, out var why) is not { } started)
        {
            return new ViewTimeline(name, [], null) { Lost = (store, why) };
        }

        var run = new StoredRun(store, name, started);

        // The log and the days beside one another.
        var inputs = LiveScript.IsLive(run.Started.Kind) ? null : Task.Run(() => Inputs(run));
        RunTimeline log;
        try
        {
            log = ReadLog(run, info);
        }
        finally
        {
            // Nobody else may look at what it changes before it is over. What went wrong in it is said below.
            Task.WaitAny([inputs ?? Task.CompletedTask]);
        }

        var days = new List<MarketIndex>();
        var missing = new List<string>();
        try
        {
            days.AddRange(inputs is null ? Chain(run, log.LastStream) : inputs.GetAwaiter().GetResult());
        }
        catch (Exception e) when (e is NoSuchDayException or FormatException or IndexOutOfRangeException)
        {
            missing.Add(e.Message);
        }

        return new ViewTimeline(name, days, log) { Missing = missing };
    }

    private RunTimeline ReadLog(StoredRun run, StreamInfo info)
    {
        var log = leastKept is { } least ? new RunTimeline(run, info, least) : new RunTimeline(run, info);
        for (var read = 0; read < ReadAtOnce && log.Advance(Step); read += Step)
        {
        }

        background.Follow(() => log.GoOn(Step), log.Refresh, () => log.Complete, log.Keep);
        return log;
    }

    private List<MarketIndex> Inputs(StoredRun run)
    {
        var days = new List<MarketIndex>();
        foreach (var line in run.Started.Inputs.Split('\n').Where(ToldInput.IsMarket))
        {
            var found = RunInputs.Find(stores, line);
            days.Add(Market(found.Store, found.Name, found.Info));
        }

        return days;
    }

    // The store's own answer, or, for a stream whose end is damaged, what can be read of it.
    private (IEventStore Store, StreamInfo Info) Find(StreamName name)
    {
        try
        {
            return stores.Find(name) ?? throw new BadQuestionException($"There is no stream {name} in this store.");
        }
        catch (Exception e) when (MarketIndex.IsDamage(e))
        {
            var store = stores.List(name.Value).First(s => s.Name == name).Store;
            return (store, Readable(store, name));
        }
    }

    private static StreamInfo Readable(IEventStore store, StreamName name)
    {
        var (first, last) = (default(EventHeader), default(EventHeader));
        try
        {
            using var source = store.OpenToLook(name);
            while (source.Read(out var header, out _))
            {
                (first, last) = (first.Sequence == 0 ? header : first, header);
            }
        }
        catch (Exception e) when (MarketIndex.IsDamage(e))
        {
            // Reading it again says where and why.
        }

        return new StreamInfo(name, last.Sequence, first.ReceiveTime, last.ReceiveTime, false, null);
    }

    private static RunStarted? ReadStart(IEventStore store, StreamName name, out string why)
    {
        why = "";
        try
        {
            using var source = new UpcastSource(store.OpenToLook(name));
            if (source.Read(out var header, out var payload) && header.Type == EventType.RunStarted)
            {
                return PayloadBytes.Read<RunStarted>(payload, new LevelArena());
            }

            why = $"{name} does not begin with the start of a run: it is damaged or not a run.";
            return null;
        }
        catch (Exception e) when (MarketIndex.IsDamage(e))
        {
            why = e.Message;
            return null;
        }
    }

    // A live run names only the day it began in: those that its recording went on with follow from one another.
    private IEnumerable<MarketIndex> Chain(StoredRun run, int count)
    {
        var first = StreamName.Parse(run.Started.Inputs.Split(' ')[0]);
        var links = stores.List($"market/{run.Started.Symbol}/").Select(s => (s.Name, RecordingChain.ReadStart(s.Store, s.Name)));
        foreach (var name in count == 1 ? [first] : RecordingChain.Follow(first, links).Take(count))
        {
            var found = stores.Find(name) ?? throw new NoSuchDayException($"The run read {name}, which is not stored here.");
            yield return Market(found.Store, name, found.Info);
        }
    }

    // Midnight has passed in a run in progress: it reads another stream now.
    private ViewTimeline Extend(ViewTimeline timeline) =>
        timeline.Run is { } run && LiveScript.IsLive(run.Run.Started.Kind) && timeline.Missing.Count == 0 && run.LastStream > timeline.Markets.Count
            ? timeline with { Markets = [.. Chain(run.Run, run.LastStream)] }
            : timeline;

    private MarketIndex Market(IEventStore store, StreamName name, StreamInfo info)
    {
        var key = $"{store.Place} {name}";
        var index = Take(markets, key);
        if (index is null or { Damage: not null })
        {
            StreamManifest? manifest = null;
            try
            {
                manifest = store.ReadManifest(name);
            }
            catch (InvalidDataException)
            {
                // The list of days says what is wrong with the manifest; the events are read without it.
            }

            var day = new StoredDay(store, name, info, manifest);
            var created = leastKept is { } least ? new MarketIndex(day, least) : new MarketIndex(day);
            created.Advance(FirstStep);
            background.Follow(() => created.GoOn(Step), created.Refresh, () => created.Complete, () =>
            {
                created.Keep();
                Tidy(!created.WasKept && created.Events > Long);
            });
            index = created;
        }

        Put(markets, key, index, MostMarkets, m => m.Dispose());
        return index;
    }

    // What indexing a day leaves is some hundred megabytes that nothing else would make the collector look for.
    private static void Tidy(bool made)
    {
        if (made)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private static T? Take<T>(LinkedList<(string Key, T Value)> list, string key)
        where T : class
    {
        for (var node = list.First; node is not null; node = node.Next)
        {
            if (node.Value.Key == key)
            {
                list.Remove(node);
                return node.Value.Value;
            }
        }

        return null;
    }

    private static void Put<T>(LinkedList<(string Key, T Value)> list, string key, T value, int most, Action<T> giveUp)
    {
        list.AddLast((key, value));
        while (list.Count > most)
        {
            giveUp(list.First!.Value.Value);
            list.RemoveFirst();
        }
    }
}
