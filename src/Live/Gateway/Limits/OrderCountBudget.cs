using System.Text.Json;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Limits;

/// <summary>
/// Unfilled orders of the account in the venue's fixed calendar windows (rest-api.md, "Unfilled Order Count"). Every new
/// order counts one when it is sent; what the venue reports is believed, plus the orders that are still under way. Fills
/// give some back by a rule that is not published: that is learned from the next report, never assumed.
/// </summary>
internal sealed class OrderCountBudget
{
    // What is left is for other programs of the account, and for flattening.
    private const double Share = 0.9;

    private readonly List<Window> windows = [new(10 * Nanoseconds.PerSecond, 50), new(Nanoseconds.PerDay, 160_000)];
    private int underWay;

    /// <summary>The shortest window.</summary>
    public (long Used, long Limit, long Length) Short(long now) => Of(windows.MinBy(w => w.Length)!, now);

    /// <summary>The longest window.</summary>
    public (long Used, long Limit, long Length) Long(long now) => Of(windows.MaxBy(w => w.Length)!, now);

    /// <summary>Learns the windows from exchangeInfo's rateLimits.</summary>
    public void Learn(JsonElement rateLimits)
    {
        var learned = new List<Window>();
        foreach (var rule in rateLimits.ValueKind == JsonValueKind.Array ? rateLimits.EnumerateArray().ToArray() : [])
        {
            if (TryWindow(rule, out var length, out var limit, out _))
            {
                learned.Add(windows.Find(w => w.Length == length) is { } known ? known with { Limit = limit } : new Window(length, limit));
            }
        }

        if (learned.Count > 0)
        {
            windows.Clear();
            windows.AddRange(learned);
        }
    }

    /// <summary>Takes one order, or tells which window has no room.</summary>
    public bool TryTake(long now, out (long Used, long Limit, long Until, bool IsDay) full)
    {
        full = default;
        foreach (var window in windows)
        {
            window.Turn(now);
            if (window.Used + 1 > Math.Max(1, (long)(window.Limit * Share)))
            {
                full = (window.Used, window.Limit, window.End, window.Length >= Nanoseconds.PerDay);
                return false;
            }
        }

        windows.ForEach(w => w.Used++);
        underWay++;
        return true;
    }

    /// <summary>What was taken turns out to be a request that the venue does not count: an amendment.</summary>
    public void GiveBack(long now)
    {
        foreach (var window in windows)
        {
            window.Turn(now);
            window.Used = Math.Max(0, window.Used - 1);
        }

        Answered();
    }

    /// <summary>An order that was taken has its answer, or will have none.</summary>
    public void Answered() => underWay = Math.Max(0, underWay - 1);

    /// <summary>The venue told its counts (rateLimits of an answer, account.rateLimits.orders).</summary>
    public void Observe(JsonElement rateLimits, long now)
    {
        if (rateLimits.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var rule in rateLimits.EnumerateArray())
        {
            if (TryWindow(rule, out var length, out _, out var count) && count is { } used)
            {
                Observe(length, used, now);
            }
        }
    }

    /// <summary>The venue told the count of one window.</summary>
    public void Observe(long length, long count, long now)
    {
        if (windows.Find(w => w.Length == length) is { } window)
        {
            window.Turn(now);
            window.Used = count + underWay;
        }
    }

    private static (long Used, long Limit, long Length) Of(Window window, long now)
    {
        window.Turn(now);
        return (window.Used, window.Limit, window.Length);
    }

    private static bool TryWindow(JsonElement rule, out long length, out long limit, out long? count)
    {
        (length, limit, count) = (0, 0, null);
        if (rule.ValueKind != JsonValueKind.Object
            || AccountJson.OptionalText(rule, "rateLimitType") != "ORDERS"
            || AccountJson.OptionalNumber(rule, "intervalNum") is not (> 0 and < 1_000 and var times)
            || AccountJson.OptionalNumber(rule, "limit") is not { } most)
        {
            return false;
        }

        limit = most;
        length = times * AccountJson.OptionalText(rule, "interval") switch
        {
            "SECOND" => Nanoseconds.PerSecond,
            "MINUTE" => 60 * Nanoseconds.PerSecond,
            "HOUR" => 3_600 * Nanoseconds.PerSecond,
            "DAY" => Nanoseconds.PerDay,
            _ => 0,
        };
        count = AccountJson.OptionalNumber(rule, "count");
        return length > 0;
    }

    private sealed record Window(long Length, long Limit)
    {
        private long current = long.MinValue;

        public long Used { get; set; }

        public long End => (current + 1) * Length;

        public void Turn(long now)
        {
            var window = now / Length;
            if (window != current)
            {
                current = window;
                Used = 0;
            }
        }
    }
}
