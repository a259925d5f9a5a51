using System.Globalization;
using System.Text.Json;

namespace EventSourcedMM.Live.Connections;

/// <summary>
/// Takes the clock of a simulated venue (<c>GET /sim/clock</c>, docs/venue.md) and keeps ours tied to it. A venue on
/// another machine is never asked.
/// </summary>
public static class SimulatedClock
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>The clock to capture a venue with: its own when it is a simulated one on this machine, otherwise this machine's.</summary>
    /// <exception cref="VenueOutOfReachException">Nobody listens there.</exception>
    /// <param name="endpoint">The venue.</param>
    /// <param name="ct">Stops it.</param>
    /// <param name="lockstep">True for a venue that waits for us: its clock stands meanwhile, and what is waited out is this machine's time.</param>
    public static async Task<Clock> OfAsync(VenueEndpoint endpoint, CancellationToken ct, bool lockstep = false)
    {
        if (!endpoint.IsLocal)
        {
            return Clock.Machine;
        }

        using var rest = new RestClient(endpoint, Clock.Machine) { TimeOut = TimeSpan.FromSeconds(5) };
        try
        {
            var shown = await ReadAsync(rest, ct).ConfigureAwait(false);
            return shown is null ? Clock.Machine : lockstep ? Clock.Simulated(shown.Value.Now, null, 1) : Clock.Simulated(shown.Value.Now, shown.Value.Factor);
        }
        catch (VenueRefusedException)
        {
            // It has no control endpoint: a venue like any other.
            return Clock.Machine;
        }
    }

    /// <summary>Keeps a simulated clock tied to its venue until stopped. Does nothing for a machine's clock.</summary>
    public static async Task KeepAsync(Clock clock, VenueEndpoint endpoint, CancellationToken ct)
    {
        if (!clock.IsSimulated)
        {
            return;
        }

        using var rest = new RestClient(endpoint, Clock.Machine) { TimeOut = TimeSpan.FromSeconds(5) };
        try
        {
            while (true)
            {
                await Task.Delay(Interval, Clock.Timers, ct).ConfigureAwait(false);
                try
                {
                    if (await ReadAsync(rest, ct).ConfigureAwait(false) is { } shown)
                    {
                        clock.TieTo(shown.Now, shown.Stands);
                    }
                }
                catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException)
                {
                    // The venue is away: the clock runs on at its rate and is tied again when it is back.
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the capture.
        }
    }

    private static async Task<(long Now, double? Factor, bool Stands)?> ReadAsync(RestClient rest, CancellationToken ct)
    {
        var body = await rest.GetAsync("/sim/clock", 0, ct).ConfigureAwait(false);
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.TryGetProperty("nanoseconds", out var text) && long.TryParse(text.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var now)
                && root.TryGetProperty("speed", out var speed) && root.TryGetProperty("paused", out var paused)
                    ? (now, double.TryParse(speed.GetString(), CultureInfo.InvariantCulture, out var factor) ? factor : null, paused.GetBoolean())
                    : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
