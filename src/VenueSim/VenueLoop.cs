using System.Threading.Channels;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim;

/// <summary>
/// The one thread of the venue: it delivers what is due in the order of its times (timers before events of the same
/// time, symbols in their order), and between two deliveries does what connections and requests ask. Nothing else
/// touches the venue's state.
/// </summary>
internal sealed class VenueLoop(VenueClock clock, TimerQueue timers, IReadOnlyList<SymbolMarket> markets, ConnectionDesk desk, LockstepDesk lockstep, TimeProvider machine)
{
    // Deliveries between two flushes: a flush wakes another thread.
    private const int Burst = 64;

    // After the last event everything that follows from it within this time is still done: the last second's merged diff.
    private const long Aftermath = 1_000_000_000;

    private readonly Channel<Action> inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly WakeUp wakeUp = new();
    private long stepsLeft;
    private long stepUntil = long.MinValue;
    private Action? stepped;
    private bool stopping;

    /// <summary>True while the clock stands by command.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>True when every recording has been played to its end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Called when the recordings end.</summary>
    public Action? Ended { get; set; }

    /// <summary>Has the loop do something, on its thread.</summary>
    public void Post(Action work)
    {
        if (inbox.Writer.TryWrite(work))
        {
            wakeUp.Set();
        }
    }

    /// <summary>Has the loop answer something. Cancelled when the venue stops first.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!inbox.Writer.TryWrite(() => Answer(question, answer)))
        {
            answer.SetCanceled();
        }

        wakeUp.Set();
        return answer.Task;
    }

    /// <summary>Has the loop look again: a client has read.</summary>
    public void Wake() => wakeUp.Set();

    /// <summary>Stands the clock, from within the loop.</summary>
    public void Pause()
    {
        IsPaused = true;
        EndStep();
    }

    /// <summary>Runs the clock, from within the loop.</summary>
    public void Resume() => IsPaused = false;

    /// <summary>While paused, delivers a number of events or everything up to a time, from within the loop; then calls back.</summary>
    public void Step(long events, long until, Action done)
    {
        EndStep();
        stepsLeft = events;
        stepUntil = until;
        stepped = done;
    }

    /// <summary>Ends the loop, from within it.</summary>
    public void Stop() => stopping = true;

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync()
    {
        // What the first clients ask comes before the first event.
        await Task.Yield();
        var burst = 0;
        try
        {
            while (!stopping)
            {
                Sync();
                while (inbox.Reader.TryRead(out var work))
                {
                    work();
                }

                // What was sent on request is no item of lockstep.
                lockstep.Discard();
                if (stopping)
                {
                    break;
                }

                if (TryDeliver(out var wait))
                {
                    if (++burst == Burst)
                    {
                        burst = 0;
                        desk.Flush();
                    }

                    continue;
                }

                burst = 0;
                desk.Flush();
                await wakeUp.WaitAsync(wait, machine);
            }
        }
        finally
        {
            inbox.Writer.Complete();
            desk.Flush();
            while (inbox.Reader.TryRead(out var work))
            {
                // Removals of connections and late questions: all find a venue that still stands.
                work();
            }
        }
    }

    private static void Answer<T>(Func<T> question, TaskCompletionSource<T> answer)
    {
        try
        {
            answer.TrySetResult(question());
        }
        catch (Exception e)
        {
            answer.TrySetException(e);
        }
    }

    // At a given speed the clock moves between deliveries, too, up to what is due next.
    private void Sync()
    {
        if (!clock.Speed.IsMax && !IsPaused)
        {
            clock.Run();
            clock.AdvanceTo(Math.Min(clock.Target, Math.Min(timers.NextTime, NextMarket(out _))));
        }
    }

    private long NextMarket(out SymbolMarket? next)
    {
        var time = long.MaxValue;
        next = null;
        foreach (var market in markets)
        {
            if (market.Tape.NextTime < time)
            {
                time = market.Tape.NextTime;
                next = market;
            }
        }

        return time;
    }

    // Delivers the next thing, or says how long to wait for the reason not to deliver it to go away.
    private bool TryDeliver(out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        if (lockstep.IsOn)
        {
            if (!lockstep.MayGo)
            {
                clock.Stand();
                return false;
            }

            if (lockstep.TryRelease())
            {
                lockstep.CloseItem();
                return true;
            }
        }

        var marketTime = NextMarket(out var market);
        var timerTime = timers.NextTime;
        var time = Math.Min(marketTime, timerTime);
        if (IsPaused && !MayStep(marketTime, time))
        {
            clock.Stand();
            return false;
        }

        if (time == long.MaxValue)
        {
            return false;
        }

        if (lockstep.Until <= time && marketTime != long.MaxValue)
        {
            lockstep.TellTime();
            return true;
        }

        if (clock.Speed.IsMax || IsPaused)
        {
            // The clock runs for somebody: for who reads what is left, or for who waits for a time.
            var isWanted = IsPaused || lockstep.IsOn || (desk.HasReaders && marketTime != long.MaxValue) || timers.NextDemanded != long.MaxValue;
            if (!isWanted)
            {
                clock.Stand();
                return false;
            }

            if (desk.MustWait(time, out wait))
            {
                return false;
            }
        }
        else if (clock.Until(time) is var until && until > TimeSpan.Zero)
        {
            wait = until;
            return false;
        }

        clock.Run();
        clock.AdvanceTo(time);
        if (timerTime <= marketTime)
        {
            timers.RunNext();
        }
        else
        {
            lockstep.Label(LockstepDesk.MarketKind, market!.Symbol);
            market.Tape.Deliver();
            AfterEvent();
        }

        lockstep.CloseItem();

        return true;
    }

    private void AfterEvent()
    {
        stepsLeft -= stepsLeft > 0 ? 1 : 0;
        if (!HasEnded && NextMarket(out _) == long.MaxValue)
        {
            timers.Set(clock.Now + Aftermath, End, isDemanded: true);
        }
    }

    private void End()
    {
        HasEnded = true;
        lockstep.End();
        desk.Flush();
        Ended?.Invoke();
    }

    private bool MayStep(long marketTime, long time)
    {
        if (stepped is null)
        {
            return false;
        }

        var more = stepsLeft > 0 ? marketTime != long.MaxValue : time <= stepUntil;
        if (!more)
        {
            clock.AdvanceTo(stepUntil);
            EndStep();
        }

        return more;
    }

    private void EndStep()
    {
        var done = stepped;
        stepped = null;
        stepsLeft = 0;
        stepUntil = long.MinValue;
        done?.Invoke();
    }
}
