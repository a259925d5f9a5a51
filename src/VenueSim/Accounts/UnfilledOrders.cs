namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>
/// The unfilled order count of an account (faqs/order_count_decrement.md): an accepted order counts one in both
/// intervals, its first fill takes one off when it took and five when it was made; a cancel changes nothing.
/// </summary>
internal sealed class UnfilledOrders(long shortLimit, long dayLimit)
{
    /// <summary>Seconds of the short interval.</summary>
    public const int ShortSeconds = 10;

    private const long Second = 1_000_000_000;
    private const long Short = ShortSeconds * Second;
    private const long Day = 86_400 * Second;
    private const long MakerCredit = 5;

    private long shortWindow;
    private long dayWindow;

    /// <summary>Most in ten seconds.</summary>
    public long ShortLimit => shortLimit;

    /// <summary>Most in a UTC day.</summary>
    public long DayLimit => dayLimit;

    /// <summary>Count of the current ten seconds.</summary>
    public long InShort { get; private set; }

    /// <summary>Count of the current day.</summary>
    public long InDay { get; private set; }

    /// <summary>Begins new intervals when their time has come.</summary>
    public void Roll(long now)
    {
        if (now / Short != shortWindow)
        {
            shortWindow = now / Short;
            InShort = 0;
        }

        if (now / Day != dayWindow)
        {
            dayWindow = now / Day;
            InDay = 0;
        }
    }

    /// <summary>The limit that is used up; null when another order may come.</summary>
    public OrderLimit? Exceeded(long now)
    {
        Roll(now);
        return InShort >= shortLimit ? new OrderLimit(shortLimit, $"{ShortSeconds} SECOND", (shortWindow + 1) * Short)
            : InDay >= dayLimit ? new OrderLimit(dayLimit, "1 DAY", (dayWindow + 1) * Day)
            : null;
    }

    /// <summary>An order was accepted, or one was not even tried after its cancel failed.</summary>
    public void Count(long now)
    {
        Roll(now);
        InShort++;
        InDay++;
    }

    /// <summary>An order had its first fill.</summary>
    public void Filled(long now, bool isMaker)
    {
        Roll(now);
        InShort = Math.Max(0, InShort - (isMaker ? MakerCredit : 1));
        InDay = Math.Max(0, InDay - (isMaker ? MakerCredit : 1));
    }
}

/// <summary>A limit of orders that is used up.</summary>
/// <param name="Limit">How many.</param>
/// <param name="Interval">In which time, as the venue writes it.</param>
/// <param name="Until">When the interval ends, by the clock for limits.</param>
internal sealed record OrderLimit(long Limit, string Interval, long Until);
