using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Connections;

/// <summary>
/// Request weight of this address in the current minute (rest-api.md, "IP Limits": fixed calendar windows). Requests wait
/// for the next minute rather than meet the limit; what the venue counts is believed over what we count. Safe for several
/// threads.
/// </summary>
public sealed class RequestBudget
{
    private const long Minute = 60 * Nanoseconds.PerSecond;

    // The rest is for others at this address, and for orders.
    private const double Share = 0.8;

    private readonly Lock gate = new();
    private long limit;
    private long window = long.MinValue;
    private long used;
    private long blockedUntil = long.MinValue;

    /// <summary>A budget.</summary>
    /// <param name="limit">Weight that the venue allows in a minute.</param>
    public RequestBudget(long limit = 6_000) => this.limit = limit;

    /// <summary>Weight used in the current minute, as far as is known.</summary>
    public long Used
    {
        get
        {
            lock (gate)
            {
                return used;
            }
        }
    }

    /// <summary>Nothing is asked before then, in nanoseconds since the epoch; the past when nothing was refused.</summary>
    public long BlockedUntil
    {
        get
        {
            lock (gate)
            {
                return blockedUntil;
            }
        }
    }

    /// <summary>Weight that the venue allows in a minute.</summary>
    public long Limit
    {
        get => Volatile.Read(ref limit);
        set => Volatile.Write(ref limit, value);
    }

    /// <summary>Takes weight, or says how long to wait before asking again.</summary>
    /// <param name="weight">Weight of the request; more than the whole budget is taken from a full minute.</param>
    /// <param name="now">Nanoseconds since the epoch.</param>
    /// <param name="urgent">True for orders and cancels: they may use the minute to its end.</param>
    /// <returns>Zero when it was taken.</returns>
    public TimeSpan Take(int weight, long now, bool urgent = false)
    {
        lock (gate)
        {
            if (now < blockedUntil)
            {
                return Wait(blockedUntil - now);
            }

            Turn(now);
            if (used > 0 && used + weight > (urgent ? limit : (long)(limit * Share)))
            {
                return Wait(((window + 1) * Minute) - now);
            }

            used += weight;
            return TimeSpan.Zero;
        }
    }

    /// <summary>True when an order or a cancel of this weight would have to wait for the next minute.</summary>
    public bool IsUsedUp(int weight, long now)
    {
        lock (gate)
        {
            Turn(now);
            return used > 0 && used + weight > limit;
        }
    }

    /// <summary>Gives weight back that the venue did not charge: a successful order request costs none.</summary>
    public void Return(int weight)
    {
        lock (gate)
        {
            used = Math.Max(0, used - weight);
        }
    }

    /// <summary>The venue told the weight used in this minute (X-MBX-USED-WEIGHT-1M).</summary>
    public void Observe(long usedWeight, long now)
    {
        lock (gate)
        {
            Turn(now);
            used = Math.Max(used, usedWeight);
        }
    }

    /// <summary>The venue refused (429, 418): nothing is asked before then.</summary>
    public void Block(TimeSpan wait, long now)
    {
        lock (gate)
        {
            blockedUntil = Math.Max(blockedUntil, now + (wait.Ticks * 100));
        }
    }

    private static TimeSpan Wait(long nanoseconds) => TimeSpan.FromTicks((nanoseconds / 100) + 1);

    private void Turn(long now)
    {
        var minute = now / Minute;
        if (minute != window)
        {
            window = minute;
            used = 0;
        }
    }
}
