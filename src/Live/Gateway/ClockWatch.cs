using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Session;

namespace EventSourcedMM.Live.Gateway;

/// <summary>Measures our clock against the venue's. Signatures carry the venue's time; beyond the largest error allowed nothing is sent, since every stamp and age that decisions rest on would be wrong.</summary>
internal sealed class ClockWatch(OrderGateway gateway, IAccountLink link, RestClient rest, GatewayOptions options, Clock clock)
{
    private const int FirstAttempts = 3;
    private const int MostAttempts = 5;

    // A question that takes longer than this, or than twice the quickest so far, says little: half of it may be the error.
    private const long SlowAnswer = Nanoseconds.PerSecond;

    private readonly SemaphoreSlim due = new(0);
    private ClockReading? last;
    private long quickest = long.MaxValue / 2;

    /// <summary>The last reading.</summary>
    public ClockReading? Last => last;

    /// <summary>Why nothing is sent.</summary>
    public string Words => last is { } reading
        ? FormattableString.Invariant($"our clock is {Math.Abs(reading.Offset) / 1e6:0.#} ms {(reading.Offset > 0 ? "ahead of" : "behind")} the venue's; {Allowed / 1e6:0.#} ms are allowed: set the clock (NTP)")
        : "the clock is not measured yet";

    // A simulated clock that runs n times as fast can be read n times less exactly.
    private long Allowed => (long)(options.LargestClockError.Ticks * 100 * Factor);

    private double Factor => clock.IsSimulated ? Math.Max(1, clock.Factor) : 1;

    /// <summary>Measures now: the best of a few at the start, one later, and again where the answer was slow.</summary>
    public async Task MeasureAsync(CancellationToken ct)
    {
        VenueTime? best = null;
        for (var i = 0; i < MostAttempts && (i < (last is null ? FirstAttempts : 1) || IsSlow(best!.Value)); i++)
        {
            var time = await rest.TimeAsync(clock, ct).ConfigureAwait(false);
            best = best is { } known && known.RoundTrip <= time.RoundTrip ? best : time;
        }

        Adopt(best!.Value);
    }

    /// <summary>Takes a measurement for true.</summary>
    internal void Adopt(VenueTime time)
    {
        lock (gateway.Gate)
        {
            quickest = Math.Min(quickest, time.RoundTrip);

            // Half of the round trip is what the offset may be wrong by: only what is beyond that is an error of the clock.
            var excessive = Math.Abs(time.Offset) - (time.RoundTrip / 2) > Allowed;
            last = new ClockReading(time.Offset, time.RoundTrip, time.Ours, excessive);
            link.Offset = time.Offset;
            foreach (var desk in gateway.Desks)
            {
                desk.Emit(new ClockMeasured { Offset = time.Offset, RoundTrip = time.RoundTrip, Allowed = Allowed, Excessive = excessive }, time.Venue, 0);
            }

            gateway.UpdateUp("the clock is right again");
        }
    }

    /// <summary>Measures soon: the venue refused a stamp.</summary>
    public void Doubt()
    {
        // One measurement answers all refusals before it.
        if (due.CurrentCount == 0)
        {
            due.Release();
        }
    }

    private bool IsSlow(VenueTime time) => time.RoundTrip > Math.Max(SlowAnswer * Factor, quickest * 2.0);

    /// <summary>Measures until stopped. A measurement that fails leaves the last one standing: the connection shows by itself that the venue is away.</summary>
    public async Task KeepAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct);
                await Task.WhenAny(Task.Delay(options.ClockInterval, clock, wait.Token), due.WaitAsync(wait.Token)).ConfigureAwait(false);
                await wait.CancelAsync().ConfigureAwait(false);
                ct.ThrowIfCancellationRequested();
                try
                {
                    await MeasureAsync(ct).ConfigureAwait(false);
                }
                catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), clock, ct).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It is being closed: nothing is left to do.
        }
    }
}
