using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>A stored run of one symbol.</summary>
/// <param name="Store">Where it is.</param>
/// <param name="Name">Its stream: run/name/symbol.</param>
/// <param name="Started">Its first event.</param>
public sealed record StoredRun(IEventStore Store, StreamName Name, RunStarted Started);

/// <summary>Finds stored runs by name.</summary>
public sealed class RunFinder(StoreSet stores)
{
    /// <summary>Names of all runs, in ordinal order.</summary>
    public IReadOnlyList<string> Names() => [.. stores.List("run/").Select(s => s.Name.Parts[1]).Distinct()];

    /// <summary>Finds a run by its name, or by any part of it that only one run has.</summary>
    /// <exception cref="NoSuchRunException">None or several match; lists them.</exception>
    public StoredRun Find(string text)
    {
        var (store, name) = Locate(text);
        return new StoredRun(store, name, ReadStart(store, name));
    }

    /// <summary>Finds a run's stream without reading it.</summary>
    /// <exception cref="NoSuchRunException">None or several match; lists them.</exception>
    public (IEventStore Store, StreamName Name) Locate(string text)
    {
        // A live run has a stream for each of its symbols: RUN/SYMBOL names one.
        var parts = (text.StartsWith("run/", StringComparison.Ordinal) ? text["run/".Length..] : text).Split('/');
        var wanted = parts[0];
        var stored = stores.List("run/").ToArray();
        var all = stored.Where(s => parts.Length < 2 || s.Name.Parts[2] == parts[1]).ToArray();
        var exact = all.Where(s => s.Name.Parts[1] == wanted).ToArray();
        var matches = exact.Length > 0 ? exact : all.Where(s => s.Name.Parts[1].Contains(wanted, StringComparison.Ordinal)).ToArray();
        if (matches.Length != 1)
        {
            var names = string.Join("\n", (matches.Length > 0 ? matches : stored).Select(s => "  " + (stored.Count(o => o.Name.Parts[1] == s.Name.Parts[1]) > 1 ? $"{s.Name.Parts[1]}/{s.Name.Parts[2]}" : s.Name.Parts[1])).Take(20));
            throw new NoSuchRunException(matches.Length == 0
                ? $"There is no run '{text}'.{(names.Length > 0 ? $" Stored:\n{names}" : " No run is stored here: --store names another place, mm backtest makes one.")}"
                : $"'{text}' names {matches.Length} runs{(matches.Select(m => m.Name.Parts[1]).Distinct().Count() == 1 ? "; add the symbol, as in RUN/SYMBOL" : "")}:\n{names}");
        }

        return matches[0];
    }

    /// <summary>The first event of a run with this very name.</summary>
    /// <exception cref="NoSuchRunException">It is not stored here.</exception>
    public static RunStarted ReadStart(StoreSet stores, string run, string symbol)
    {
        var name = StreamName.Run(run, symbol);
        return stores.Find(name) is { } found
            ? ReadStart(found.Store, name)
            : throw new NoSuchRunException($"Run {run} of {symbol}, which others were forked from, is not stored here. Name the store that has it with --store.");
    }

    /// <summary>The run's first event.</summary>
    /// <exception cref="InvalidDataException">The stream does not begin with one.</exception>
    public static RunStarted ReadStart(IEventStore store, StreamName name)
    {
        using var source = new UpcastSource(store.OpenSource(name));
        var reader = new FirstEvent<RunStarted>();
        if (source.Read(out var header, out var payload))
        {
            EventCatalog.Decode(header, payload, new LevelArena(), ref reader);
        }

        return reader.Value ?? throw new InvalidDataException($"{name} does not begin with the start of a run: it is damaged or not a run.");
    }
}

/// <summary>No run, or more than one, of a name; the message lists what there is.</summary>
public sealed class NoSuchRunException(string what) : Exception(what);
