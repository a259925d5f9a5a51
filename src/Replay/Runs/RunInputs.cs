using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Replay.Runs;

/// <summary>The stored streams that a run read, found by the names and content hashes in its first event.</summary>
public static class RunInputs
{
    /// <summary>
    /// The streams that a stored run read. A live run's first event names only the first of them, before it had an end: those
    /// that go on from it follow, up to the one that the run ended in.
    /// </summary>
    /// <exception cref="NoSuchDayException">One is not stored here.</exception>
    public static IReadOnlyList<InputStream> Of(StoreSet stores, StoredRun run) => LiveScript.IsLive(run.Started.Kind)
        ? [.. Chain(stores, run).Select(d => d.ToInput())]
        : Find(stores, run.Started);

    /// <summary>
    /// The same streams as days, found once: a day of a live run may be sealed between two searches, and is then not found by the
    /// content that it had at the first.
    /// </summary>
    /// <exception cref="NoSuchDayException">One is not stored here.</exception>
    public static IReadOnlyList<StoredDay> Days(StoreSet stores, StoredRun run) => LiveScript.IsLive(run.Started.Kind)
        ? [.. Chain(stores, run)]
        : [.. run.Started.Inputs.Split('\n').Where(ToldInput.IsMarket).Select(line => Day(stores, line))];

    /// <summary>The lines that name what a stored run read: stream, events, content hash.</summary>
    /// <exception cref="NoSuchDayException">One is not stored here.</exception>
    public static IReadOnlyList<string> Lines(StoreSet stores, StoredRun run) => LiveScript.IsLive(run.Started.Kind)
        ? [.. Of(stores, run).Select(i => i.Line)]
        : run.Started.Inputs.Split('\n');

    private static IEnumerable<StoredDay> Chain(StoreSet stores, StoredRun run)
    {
        var first = StreamName.Parse(run.Started.Inputs.Split(' ')[0]);
        var links = stores.List($"market/{run.Started.Symbol}/").Select(s => (s.Name, RecordingChain.ReadStart(s.Store, s.Name)));
        foreach (var name in RecordingChain.Follow(first, links).Take(LastInput(run)))
        {
            var (store, info) = stores.Find(name)
                ?? throw new NoSuchDayException($"The run read {name}, which is not stored here: import or copy it first.");
            yield return new StoredDay(store, name, info, store.ReadManifest(name));
        }
    }

    // Number of the last stream that an event of the run was caused by.
    private static int LastInput(StoredRun run)
    {
        var last = 1;
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out _))
        {
            last = Math.Max(last, header.Cause.Stream);
        }

        return last;
    }

    /// <summary>Finds them.</summary>
    /// <exception cref="NoSuchDayException">One is not stored here, or only with other content.</exception>
    public static IReadOnlyList<InputStream> Find(StoreSet stores, in RunStarted started)
    {
        var inputs = new List<InputStream>();
        foreach (var line in started.Inputs.Split('\n').Where(ToldInput.IsMarket))
        {
            inputs.Add(Day(stores, line).ToInput());
        }

        return inputs;
    }

    private static StoredDay Day(StoreSet stores, string line)
    {
        var (store, name, info) = Find(stores, line);
        return new StoredDay(store, name, info, store.ReadManifest(name));
    }

    /// <summary>Finds one by its line: name, events, content hash.</summary>
    /// <exception cref="NoSuchDayException">It is not stored here, or only with other content.</exception>
    public static (IEventStore Store, StreamName Name, StreamInfo Info) Find(StoreSet stores, string line)
    {
        var parts = line.Split(' ');
        var name = StreamName.Parse(parts[0]);

        // Several stores may hold a stream of the name: the run read the one with this content.
        var copies = stores.FindCopies(name).ToArray();
        var found = copies.FirstOrDefault(c => c.Info.ContentHash?.ToString() == parts[2]);
        if (found.Store is null)
        {
            found = copies.FirstOrDefault(c => !c.Info.Sealed);
        }

        return found.Store is not null
            ? (found.Store, name, found.Info)
            : throw new NoSuchDayException(copies.Length == 0
                ? $"The run read {name}, which is not stored here: import or copy it first."
                : $"The run read {name} with content hash {parts[2]}; the stream of that name here has other content ({string.Join(", ", copies.Select(c => c.Info.ContentHash))}). Name the store that the run read with --store.");
    }
}
