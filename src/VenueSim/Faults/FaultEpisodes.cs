using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim.Faults;

/// <summary>Faults of the whole venue: a clock that is wrong for a while, a shutdown that is announced. Used by the loop alone.</summary>
internal sealed class FaultEpisodes(VenueClock clock, TimerQueue timers, FaultDirector faults, ConnectionDesk desk)
{
    private VenueTimer? clockMended;

    /// <summary>Sets what the plan has happen by itself.</summary>
    public void Start()
    {
        foreach (var kind in (FaultKind[])[FaultKind.WrongClock, FaultKind.Shutdown])
        {
            SetNext(kind, 1);
        }
    }

    /// <summary>Does one, now.</summary>
    public void Do(FaultRule rule, bool asked)
    {
        var length = faults.LengthOf(rule);
        if (rule.Kind == FaultKind.WrongClock)
        {
            var offset = faults.OffsetOf(rule);
            faults.Log.Add(clock.Now, rule.Kind, 0, "", 0, 0, length, $"off by {DurationRange.Text(offset)}", asked);
            faults.ClockError = offset;
            clockMended?.Cancel();
            clockMended = timers.Set(clock.Now + length, () => faults.ClockError = 0);
        }
        else
        {
            faults.Log.Add(clock.Now, rule.Kind, 0, "", 0, 0, length, "", asked);
            desk.Announce();
            var announced = desk.Opened;
            timers.Set(clock.Now + length, () => desk.CloseAll("the server shuts down", announced), isDemanded: true);
        }
    }

    private void SetNext(FaultKind kind, long ordinal)
    {
        if (faults.NextIn(kind, 0, ordinal) is { } wait)
        {
            timers.Set(clock.Now + wait, () =>
            {
                Do(faults.Plan.Of(kind)!, asked: false);
                SetNext(kind, ordinal + 1);
            });
        }
    }
}
