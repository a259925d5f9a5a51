using System.Text.Json;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Live.Connections;

/// <summary>The few public requests that capture and checks need, with their weights (rest-api.md).</summary>
public static class VenueRest
{
    /// <summary>Levels a side of the deepest snapshot.</summary>
    public const int DeepestSnapshot = 5_000;

    /// <summary>GET /api/v3/depth: the body as it came.</summary>
    public static Task<byte[]> SnapshotAsync(this RestClient rest, string symbol, int limit, CancellationToken ct, Action<HeldRequest>? held = null) =>
        rest.GetAsync(FormattableString.Invariant($"/api/v3/depth?symbol={symbol}&limit={limit}"), SnapshotWeight(limit), ct, held);

    /// <summary>GET /api/v3/exchangeInfo of some symbols: the body as it came. Learns the weight limit on the way.</summary>
    /// <exception cref="VenueRefusedException">The venue does not have one of them (−1121).</exception>
    public static async Task<byte[]> ExchangeInfoAsync(this RestClient rest, IReadOnlyList<string> symbols, CancellationToken ct)
    {
        var list = Uri.EscapeDataString("[" + string.Join(',', symbols.Select(s => $"\"{s}\"")) + "]");
        var body = await rest.GetAsync($"/api/v3/exchangeInfo?symbols={list}", 20, ct).ConfigureAwait(false);
        LearnLimit(rest.Budget, body);
        return body;
    }

    /// <summary>GET /api/v3/time: the venue's time, and ours halfway between asking and hearing, in nanoseconds since the epoch.</summary>
    public static async Task<VenueTime> TimeAsync(this RestClient rest, Clock clock, CancellationToken ct, Action<HeldRequest>? held = null)
    {
        // What waited for the budget was not on its way yet.
        var asked = clock.Now;
        var body = await rest.GetAsync("/api/v3/time", 1, ct, held, () => asked = clock.Now).ConfigureAwait(false);
        var heard = clock.Now;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.TryGetProperty("serverTime", out var value) && value.TryGetInt64(out var stamp) && VenueStamp.TryToNanoseconds(stamp, out var time))
            {
                return new VenueTime(time, asked + ((heard - asked) / 2), heard - asked);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new VenueRefusedException(200, 0, $"{rest.Endpoint.Rest.Authority} answered /api/v3/time with something that is no time: {e.Message}");
        }

        throw new VenueRefusedException(200, 0, $"{rest.Endpoint.Rest.Authority} answered /api/v3/time without serverTime.");
    }

    /// <summary>Weight of a snapshot.</summary>
    public static int SnapshotWeight(int limit) => limit switch
    {
        <= 100 => 5,
        <= 500 => 25,
        <= 1_000 => 50,
        _ => 250,
    };

    private static void LearnLimit(RequestBudget budget, byte[] exchangeInfo)
    {
        try
        {
            using var json = JsonDocument.Parse(exchangeInfo);
            LearnLimit(budget, json.RootElement);
        }
        catch (JsonException)
        {
            // No limit is told by what is no JSON; whoever reads the instruments from it says so.
        }
    }

    private static void LearnLimit(RequestBudget budget, JsonElement exchangeInfo)
    {
        if (exchangeInfo.ValueKind != JsonValueKind.Object || !exchangeInfo.TryGetProperty("rateLimits", out var limits) || limits.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var rule in limits.EnumerateArray().Where(r => r.ValueKind == JsonValueKind.Object))
        {
            if (rule.TryGetProperty("rateLimitType", out var type) && type.ValueEquals("REQUEST_WEIGHT")
                && rule.TryGetProperty("interval", out var interval) && interval.ValueEquals("MINUTE")
                && rule.TryGetProperty("intervalNum", out var minutes) && minutes.TryGetInt32(out var number) && number == 1
                && rule.TryGetProperty("limit", out var limit) && limit.TryGetInt64(out var weight) && weight > 0)
            {
                budget.Limit = weight;
            }
        }
    }
}

/// <summary>The venue's time against ours, in nanoseconds.</summary>
/// <param name="Venue">The venue's time, since the epoch.</param>
/// <param name="Ours">Our time at the same moment, if the way there was as long as the way back.</param>
/// <param name="RoundTrip">How long asking took: the offset is uncertain by half of it.</param>
public readonly record struct VenueTime(long Venue, long Ours, long RoundTrip)
{
    /// <summary>Our clock minus the venue's: positive when ours is ahead.</summary>
    public long Offset => Ours - Venue;
}
