namespace EventSourcedMM.Live.Capturing;

/// <summary>What a capture has met besides messages. Counted by several lanes; single counts may be read at any time.</summary>
internal sealed class CaptureTally
{
    // What is kept of a capture of weeks must not grow; counts go on, and the recorded events have everything.
    private const int Kept = 1_000;

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

    public long Connections { get; set; }

    public long Renewals { get; set; }

    public long Losses { get; set; }

    public long FailedConnections { get; set; }

    public long Shutdowns { get; set; }

    public long Snapshots { get; set; }

    public long StaleSnapshots { get; set; }

    public long FailedSnapshots { get; set; }

    /// <summary>Answers 429 and 418 to attempts to connect; those to requests are counted where they are asked.</summary>
    public long Refusals { get; set; }

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
            if (holes.Count < Kept)
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
            if (incidents.Count < Kept)
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

/// <summary>Something that happened during a capture.</summary>
/// <param name="Time">Nanoseconds since the epoch.</param>
/// <param name="Text">What.</param>
public sealed record CaptureIncident(long Time, string Text);
