using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>The streams that a certificate of a run chains.</summary>
internal static class CertifiedStreams
{
    /// <summary>The run, then what it read, then the runs it was forked from, its parent first.</summary>
    /// <exception cref="NoSuchDayException">An input is not stored here.</exception>
    /// <exception cref="NoSuchRunException">An ancestor is not stored here.</exception>
    public static IReadOnlyList<(IEventStore Store, StreamName Name, StreamInfo Info)> Of(StoreSet stores, StoredRun run)
    {
        var info = run.Store.FindAsync(run.Name).AsTask().GetAwaiter().GetResult()
            ?? throw new NoSuchRunException($"{run.Name} is not stored any more.");
        var streams = new List<(IEventStore, StreamName, StreamInfo)> { (run.Store, run.Name, info) };
        streams.AddRange(RunInputs.Lines(stores, run).Select(line => RunInputs.Find(stores, line)));
        streams.AddRange(RunLineage.Ancestors(stores, run.Started));
        return streams;
    }
}
