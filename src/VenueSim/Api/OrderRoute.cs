using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>
/// The way of requests to the matching engine and of answers and reports back: it takes time of the venue's clock, never
/// overtakes, and in lockstep waits for its turn. Used by the loop alone.
/// </summary>
internal sealed class OrderRoute(VenueClock clock, TimerQueue timers, OrderLatency latency, ulong seed, LockstepDesk lockstep)
{
    private readonly FaultDraw draw = new(seed);
    private long ordinal;
    private long lastThere;
    private long lastBack;

    /// <summary>A request is on its way.</summary>
    /// <param name="changesOrders">True for one that waits for its turn in lockstep.</param>
    /// <param name="serve">Serves it.</param>
    public void There(bool changesOrders, Action serve)
    {
        if (lockstep.IsOn && !changesOrders)
        {
            serve();
        }
        else if (latency.There.Most > 0)
        {
            lastThere = Math.Max(lastThere, clock.Now + draw.Within(FaultKind.Delay, -3, ++ordinal, latency.There.Least, latency.There.Most));
            timers.Set(lastThere, serve, isDemanded: true);
        }
        else if (lockstep.IsOn)
        {
            lockstep.Queue(serve);
        }
        else
        {
            serve();
        }
    }

    /// <summary>An answer or a report is on its way.</summary>
    /// <param name="symbol">Symbol it is about.</param>
    /// <param name="isReport">True for a report of a fill, false for an answer with its reports.</param>
    /// <param name="send">Sends it.</param>
    public void Back(string symbol, bool isReport, Action send)
    {
        if (latency.Back.Most > 0)
        {
            lastBack = Math.Max(lastBack, clock.Now + draw.Within(FaultKind.Delay, -4, ++ordinal, latency.Back.Least, latency.Back.Most));
            timers.Set(lastBack, () => Send(symbol, isReport, send), isDemanded: true);
        }
        else if (lockstep.IsOn && isReport)
        {
            lockstep.Report(() => Send(symbol, isReport, send));
        }
        else
        {
            Send(symbol, isReport, send);
        }
    }

    private void Send(string symbol, bool isReport, Action send)
    {
        lockstep.Label(isReport ? LockstepDesk.ReportKind : LockstepDesk.AnswerKind, symbol);
        send();
    }
}

/// <summary>How long requests take to the matching engine, and answers and reports back, in time of the venue's clock.</summary>
/// <param name="There">To the matching engine.</param>
/// <param name="Back">From it.</param>
public sealed record OrderLatency(DurationRange There, DurationRange Back)
{
    /// <summary>None: what the model assumes.</summary>
    public static OrderLatency None { get; } = new(default, default);

    /// <summary>Reads 5ms, 2ms..10ms, or there and back: 5ms:2ms..3ms.</summary>
    /// <exception cref="FormatException">Says what it looks like.</exception>
    public static OrderLatency Parse(string text)
    {
        var parts = text.Split(':');
        return parts.Length <= 2
            && DurationRange.TryParse(parts[0], out var there) && there.Least >= 0
            && DurationRange.TryParse(parts[^1], out var back) && back.Least >= 0
                ? new OrderLatency(there, back)
                : throw new FormatException($"'{text}' is not a latency; write 5ms, a range such as 2ms..10ms, or both ways as there:back.");
    }
}
