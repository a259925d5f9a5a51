using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Live.Capturing;

/// <summary>Asks the venue for its time every 30 s and keeps our clock minus it.</summary>
/// <param name="rest">Asks.</param>
/// <param name="clock">Ours.</param>
/// <param name="tally">Told the median so far, which corrects latencies.</param>
/// <param name="failed">Told what was asked for when there was no answer.</param>
/// <param name="held">Told what is asked for when it has to wait for the weight budget.</param>
internal sealed class OffsetWatch(RestClient rest, Clock clock, CaptureTally tally, Action<string, Exception> failed, Action<string, HeldRequest> held)
{
    private const string What = "the venue's time";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Every offset measured, in nanoseconds. Safe to read when <see cref="RunAsync"/> has ended.</summary>
    public DelayHistogram Offsets { get; } = new();

    /// <summary>Percentiles 50, 90 and 99 % so far; null before the first.</summary>
    public (long Half, long Ninety, long NinetyNine)? Triple
    {
        get
        {
            lock (Offsets)
            {
                return Offsets.Triple;
            }
        }
    }

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        // A clock that shows the venue's latest stamp has no offset to it.
        if (clock.Follows)
        {
            return;
        }

        try
        {
            while (true)
            {
                try
                {
                    var time = await rest.TimeAsync(clock, ct, request => held(What, request)).ConfigureAwait(false);
                    lock (Offsets)
                    {
                        Offsets.Add(time.Offset);
                        tally.ClockOffset = Offsets.Percentile(0.5)!.Value;
                    }
                }
                catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException)
                {
                    // The last offset stays good for a while.
                    failed(What, e);
                }

                await Task.Delay(Interval, clock, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the capture.
        }
    }
}
