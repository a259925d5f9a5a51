namespace EventSourcedMM.VenueSim.Rest;

/// <summary>
/// The request weight of an address in the current minute, and what happens beyond the limit: 429, and 418 for who goes
/// on regardless (rest-api.md, "IP Limits"). Times are of the clock for limits, in nanoseconds.
/// </summary>
internal sealed class RequestWeights(long limit)
{
    /// <summary>Requests refused with 429 in a minute before the address is banned. The venue does not document its number.</summary>
    public const int RefusalsBeforeBan = 10;

    private const long Minute = 60_000_000_000;
    private const long FirstBan = 2 * Minute;
    private const long LongestBan = 3 * 24 * 60 * Minute;

    private long window = -1;
    private int refusals;
    private int bans;
    private long bannedUntil;

    /// <summary>Most weight in a minute.</summary>
    public long Limit => limit;

    /// <summary>Weight used in the current minute, refused requests included.</summary>
    public long Used { get; private set; }

    /// <summary>Charges a request and says whether it may be served.</summary>
    public WeightVerdict Charge(long now, long weight)
    {
        if (now < bannedUntil)
        {
            return new WeightVerdict(WeightAnswer.Banned, Seconds(bannedUntil - now), bannedUntil);
        }

        var current = now / Minute;
        if (current != window)
        {
            window = current;
            Used = 0;
            refusals = 0;
        }

        Used += weight;
        if (Used <= limit)
        {
            return new WeightVerdict(WeightAnswer.Served, 0, 0);
        }

        if (++refusals <= RefusalsBeforeBan)
        {
            return new WeightVerdict(WeightAnswer.Refused, Seconds(((window + 1) * Minute) - now), 0);
        }

        // Each ban is twice as long as the one before: from two minutes to three days.
        bannedUntil = now + Math.Min(LongestBan, FirstBan << Math.Min(bans++, 20));
        return new WeightVerdict(WeightAnswer.Banned, Seconds(bannedUntil - now), bannedUntil);
    }

    /// <summary>Bans the address for a while, whatever it has done.</summary>
    public void Ban(long now, long length) => bannedUntil = Math.Max(bannedUntil, now + length);

    private static long Seconds(long nanoseconds) => (nanoseconds + 999_999_999) / 1_000_000_000;
}

/// <summary>Whether a request is served.</summary>
internal enum WeightAnswer
{
    Served,
    Refused,
    Banned,
}

/// <summary>The verdict on a request.</summary>
/// <param name="Answer">Whether it is served.</param>
/// <param name="RetryAfter">Seconds to wait otherwise.</param>
/// <param name="BannedUntil">End of a ban, by the clock for limits.</param>
internal readonly record struct WeightVerdict(WeightAnswer Answer, long RetryAfter, long BannedUntil);
