namespace EventSourcedMM.VenueSim.Faults;

/// <summary>A fault that the venue did.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Time">Venue time in nanoseconds since the epoch.</param>
/// <param name="Kind">What it was.</param>
/// <param name="Connection">Connection that it hit; 0 for none.</param>
/// <param name="Subject">Stream or path; empty for a whole connection.</param>
/// <param name="FirstId">First update or trade id of the message; 0 when there is none.</param>
/// <param name="LastId">Last one.</param>
/// <param name="Length">How long or how late, in nanoseconds; 0 when that means nothing.</param>
/// <param name="Detail">The rest in words.</param>
/// <param name="Asked">True when it was asked for, false when it followed from the seed.</param>
public sealed record FaultEntry(
    long Number, long Time, FaultKind Kind, long Connection, string Subject, long FirstId, long LastId, long Length, string Detail, bool Asked);

/// <summary>Every fault that the venue did, with its time: a test compares what a client noticed with it.</summary>
internal sealed class FaultLog
{
    /// <summary>Entries kept; older ones are counted only.</summary>
    public const int Kept = 100_000;

    private readonly Queue<FaultEntry> entries = new();
    private readonly long[] counts = new long[FaultNames.All.Count()];

    /// <summary>The entries kept, oldest first.</summary>
    public IReadOnlyCollection<FaultEntry> Entries => entries;

    /// <summary>All faults so far.</summary>
    public long Total { get; private set; }

    /// <summary>Faults of a kind so far.</summary>
    public long Count(FaultKind kind) => counts[(int)kind];

    /// <summary>Notes one.</summary>
    public void Add(long time, FaultKind kind, long connection, string subject, long firstId, long lastId, long length, string detail, bool asked)
    {
        counts[(int)kind]++;
        if (entries.Count == Kept)
        {
            entries.Dequeue();
        }

        entries.Enqueue(new FaultEntry(++Total, time, kind, connection, subject, firstId, lastId, length, detail, asked));
    }
}
