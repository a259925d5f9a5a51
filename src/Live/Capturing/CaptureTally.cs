namespace EventSourcedMM.Live.Capturing;

/// <summary>What a capture has met besides messages. Counted by several lanes; single counts may be read at any time.</summary>
internal sealed class CaptureTally
{
    // What is kept of a capture of weeks must not grow; counts go on, and the recorded events have everything. The holes of
    // two weeks of a line that breaks three times an hour are some five thousand.
    private const int KeptHoles = 10_000;
    private const int KeptIncidents = 1_000;

    private readonly Lock gate = new();
    private readonly List<CaptureHole> holes = [];
    private readonly List<CaptureIncident> incidents = [];
    private long clockOffset;

    /// <summary>Our clock minus the venue's, in nanoseconds.</summary>
    public long ClockOffset
    {
        get => Volatile.Read(ref clockOffset);
        set => Volatile.Write(ref clockOffset, value);
    }

    public TallyCount Connections { get; } = new();

    public TallyCount Renewals { get; } = new();

    public TallyCount Losses { get; } = new();

    public TallyCount FailedConnections { get; } = new();

    public TallyCount Shutdowns { get; } = new();

    public TallyCount Snapshots { get; } = new();

    public TallyCount StaleSnapshots { get; } = new();

    public TallyCount FailedSnapshots { get; } = new();

    /// <summary>Answers 429 and 418 to attempts to connect; those to requests are counted where they are asked.</summary>
    public TallyCount Refusals { get; } = new();

    public long HoleCount { get; private set; }

    public long IncidentCount { get; private set; }

    /// <summary>Called with everything that is noted.</summary>
    public Action<CaptureIncident>? OnIncident { get; set; }

    /// <summary>Keeps a hole.</summary>
    public CaptureHole Add(CaptureHole hole)
    {
        lock (gate)
        {
            HoleCount++;
            if (holes.Count < KeptHoles)
            {
                holes.Add(hole);
            }
        }

        return hole;
    }

    /// <summary>Keeps something worth telling.</summary>
    public void Note(long time, string text)
    {
        var incident = new CaptureIncident(time, text);
        lock (gate)
        {
            IncidentCount++;
            if (incidents.Count < KeptIncidents)
            {
                incidents.Add(incident);
            }
        }

        OnIncident?.Invoke(incident);
    }

    /// <summary>The holes kept, in the order in which they were noticed.</summary>
    public CaptureHole[] Holes()
    {
        lock (gate)
        {
            return [.. holes];
        }
    }

    /// <summary>The incidents kept.</summary>
    public CaptureIncident[] Incidents()
    {
        lock (gate)
        {
            return [.. incidents];
        }
    }
}

/// <summary>A number that several lanes raise at the same time.</summary>
internal sealed class TallyCount
{
    private long value;

    public long Value => Volatile.Read(ref value);

    public void Add(long more = 1) => Interlocked.Add(ref value, more);
}

/// <summary>Something that happened during a capture.</summary>
/// <param name="Time">Nanoseconds since the epoch.</param>
/// <param name="Text">What.</param>
public sealed record CaptureIncident(long Time, string Text);
