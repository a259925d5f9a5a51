using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// What a live run was told of its portfolio and its configuration, as an input of a backtest of its recording: both are given,
/// not made anew. It is named in the backtest's first event behind the recordings, by the run's stream.
/// </summary>
/// <param name="Line">The line that names it: stream, events, content hash.</param>
/// <param name="Events">Verdicts and changes of configuration in order; the cause of each is the market event that it was stepped after.</param>
public sealed record ToldInput(string Line, IReadOnlyList<RunEvent> Events)
{
    /// <summary>True for a line of a run's inputs that names a recording, false for one that names a run.</summary>
    public static bool IsMarket(string line) => line.StartsWith("market/", StringComparison.Ordinal);

    /// <summary>True when the configuration changes on the way: then a configuration of one's own has no place.</summary>
    public bool ChangesConfiguration => Events.Any(e => e.Header.Type == EventType.ConfigurationChanged);

    /// <summary>What a backtest of a live run's recording is told; null when the run was told nothing.</summary>
    /// <param name="live">The live run.</param>
    public static ToldInput? OfLive(StoredRun live)
    {
        var events = Read(live.Store, live.Name);
        if (events.Count == 0)
        {
            return null;
        }

        var info = live.Store.FindAsync(live.Name).AsTask().GetAwaiter().GetResult()
            ?? throw new NoSuchRunException($"{live.Name} is not stored any more.");
        return info.ContentHash is { } hash
            ? new ToldInput($"{live.Name} {info.Version} {hash}", events)
            : throw new NoSuchRunException($"Run {live.Name.Parts[1]} was told verdicts of its portfolio or another configuration, and has not ended: its recording can be backtested when it has.");
    }

    /// <summary>What the backtest with this first event was told; null when it was told nothing.</summary>
    /// <param name="stores">Where the live run is.</param>
    /// <param name="started">The backtest's first event.</param>
    /// <exception cref="NoSuchDayException">The live run is not stored here, or only with other content.</exception>
    public static ToldInput? Of(StoreSet stores, in RunStarted started)
    {
        if (LiveScript.IsLive(started.Kind) || Array.Find(started.Inputs.Split('\n'), l => l.StartsWith("run/", StringComparison.Ordinal)) is not { } line)
        {
            return null;
        }

        var (store, name, _) = RunInputs.Find(stores, line);
        return new ToldInput(line, Read(store, name));
    }

    private static List<RunEvent> Read(IEventStore store, StreamName name)
    {
        var events = new List<RunEvent>();
        using var source = new UpcastSource(store.OpenSource(name));
        while (source.Read(out var header, out var payload))
        {
            if (header.Type is EventType.PortfolioVerdict or EventType.ConfigurationChanged)
            {
                events.Add(RunEvent.Of(header, payload));
            }
        }

        return events;
    }
}
