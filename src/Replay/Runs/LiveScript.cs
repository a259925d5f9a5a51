using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// What a live run was told besides market data (kill switch, verdicts of its portfolio, changes of its configuration, at a venue what the account said), and how it ended: with the recording, the inputs of its execution. Timers are
/// not among them: they follow from the stamps, and are compared like decisions.
/// </summary>
/// <param name="Started">The run's first event; what names the run is taken from it.</param>
public sealed record LiveScript(RunStarted Started)
{
    /// <summary>What was told, in order; the cause of each is the market event that it was stepped after.</summary>
    public IReadOnlyList<RunEvent> Controls { get; init; } = [];

    /// <summary>When the last timer was due; 0 before the first.</summary>
    public long LastTimer { get; init; }

    /// <summary>The last market event and why the run ended after it; null while it has not ended.</summary>
    public (Cause After, string Reason)? End { get; init; }

    /// <summary>
    /// Last event that was read of a run that had not ended: what is stored up to it follows from what is recorded by now, however
    /// both grow meanwhile. Null for a run that had.
    /// </summary>
    public long? UnfinishedThrough { get; init; }

    /// <summary>True for a run whose engine stopped itself: executed again it must stop itself again, at the same event.</summary>
    public bool StoppedItself => End is { } end && end.Reason.StartsWith(RunEnded.StoppedItself, StringComparison.Ordinal);

    /// <summary>Kinds of live runs.</summary>
    public static bool IsLive(string kind) => kind is "paper" or "testnet" or "demo" or "real";

    /// <summary>True for a run whose orders rested at a venue: its answers and fills are the venue's.</summary>
    public static bool IsAtVenue(string kind) => IsLive(kind) && kind != "paper";

    /// <summary>True for what a live run is told besides market data and time.</summary>
    /// <param name="type">What it is told.</param>
    /// <param name="atVenue">True when its orders rest at a venue, which answers them.</param>
    public static bool IsTold(EventType type, bool atVenue) => type is EventType.KillSwitchPulled or EventType.PortfolioVerdict or EventType.ConfigurationChanged
        || (atVenue && type is EventType.OrderAccepted or EventType.OrderRejected or EventType.OrderFilled or EventType.OrderCancelled or EventType.OrderCancelRejected
            or EventType.OrderExpired or EventType.ConnectionChanged or EventType.RateObserved or EventType.BalanceReported or EventType.RequestThrottled
            or EventType.ClockMeasured or EventType.ReconciliationStarted or EventType.ReconciliationFound or EventType.ReconciliationClosed);

    /// <summary>Reads it from a stored run.</summary>
    public static LiveScript Read(IEventStore store, StreamName name, RunStarted started)
    {
        var atVenue = IsAtVenue(started.Kind);
        var controls = new List<RunEvent>();
        var timer = 0L;
        var through = 0L;
        (Cause, string)? end = null;
        using var source = new UpcastSource(store.OpenSource(name));
        while (source.Read(out var header, out var payload))
        {
            through = header.Sequence;
            switch (header.Type)
            {
                case EventType.TimerFired:
                    timer = PayloadBytes.Read<TimerFired>(payload, new LevelArena()).Due;
                    break;
                case EventType.RunEnded:
                    end = (header.Cause, PayloadBytes.Read<RunEnded>(payload, new LevelArena()).Reason);
                    break;
                default:
                    if (IsTold(header.Type, atVenue))
                    {
                        controls.Add(RunEvent.Of(header, payload));
                    }

                    break;
            }
        }

        return new LiveScript(started) { Controls = controls, LastTimer = timer, UnfinishedThrough = end is null ? through : null, End = end };
    }
}
