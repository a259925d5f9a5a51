using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Trading;

/// <summary>What a stored live run says of itself, and what was told it besides market data.</summary>
internal sealed class RecordedRun
{
    private readonly List<StoredControl> controls = [];
    private readonly HashSet<long> trades = [];
    private readonly Dictionary<long, long> venueOrderIds = [];

    private readonly List<OrderFilled> since = [];
    private BalanceReported reported;
    private (long Reconciliation, BalanceReported Reported)? closed;

    /// <summary>Its first event.</summary>
    public required RunStarted Started { get; init; }

    /// <summary>What was told it, in order.</summary>
    public IReadOnlyList<StoredControl> Controls => controls;

    /// <summary>Trade ids of its fills.</summary>
    public IReadOnlySet<long> Trades => trades;

    /// <summary>The venue's ids of its orders, by our ordinal.</summary>
    public IReadOnlyDictionary<long, long> VenueOrderIds => venueOrderIds;

    /// <summary>Balances that its last reconciliation closed with, and its fills since; null before the first.</summary>
    public Gateway.KnownBalances? Balances => closed is { } at ? new Gateway.KnownBalances(at.Reconciliation, at.Reported, [.. since]) : null;

    /// <summary>When its last timer was due; 0 before the first.</summary>
    public long LastTimer { get; private set; }

    /// <summary>UTC day (days since the epoch) whose loss reached stop_loss and that was not over when the run's events end; 0 for none.</summary>
    public long LossDay { get; private set; }

    /// <summary>How it ended; null when it did not. It is sealed then, unless its process died in between.</summary>
    public StoredEnd? End { get; private set; }

    /// <summary>True for what a live run is told besides market data and time.</summary>
    public static bool IsTold(EventType type, bool atVenue) => type is EventType.KillSwitchPulled
        || (atVenue && type is EventType.OrderAccepted or EventType.OrderRejected or EventType.OrderFilled or EventType.OrderCancelled or EventType.OrderCancelRejected
            or EventType.OrderExpired or EventType.ConnectionChanged or EventType.RateObserved or EventType.BalanceReported or EventType.RequestThrottled
            or EventType.ClockMeasured or EventType.ReconciliationStarted or EventType.ReconciliationFound or EventType.ReconciliationClosed);

    /// <summary>Reads a run; null when the stream has no event.</summary>
    public static RecordedRun? Read(JournalStore store, StreamName name)
    {
        using var source = new UpcastSource(store.OpenSource(name, 1, TornTailPolicy.Accept));
        if (!source.Read(out var header, out var payload))
        {
            return null;
        }

        if (header.Type != EventType.RunStarted)
        {
            throw new InvalidDataException($"{name} does not begin with the start of a run: it is damaged or not a run.");
        }

        var run = new RecordedRun { Started = PayloadBytes.Read<RunStarted>(payload, new LevelArena()) };
        var atVenue = run.Started.Kind != LiveMode.Paper.Name();
        while (source.Read(out header, out payload))
        {
            switch (header.Type)
            {
                case EventType.TimerFired:
                    run.LastTimer = PayloadBytes.Read<TimerFired>(payload, new LevelArena()).Due;
                    break;
                case EventType.Halted when PayloadBytes.Read<Halted>(payload, new LevelArena()).Reason == HaltReason.StopLoss:
                    run.LossDay = Nanoseconds.DayOf(header.ReceiveTime);
                    break;
                case EventType.Resumed:
                    run.LossDay = 0;
                    break;
                case EventType.RunEnded:
                    run.End = new StoredEnd(header.Cause, PayloadBytes.Read<RunEnded>(payload, new LevelArena()).Reason);
                    break;
                default:
                    if (IsTold(header.Type, atVenue))
                    {
                        run.controls.Add(new StoredControl(header, payload.ToArray()));
                    }

                    if (header.Type == EventType.OrderAccepted)
                    {
                        var accepted = PayloadBytes.Read<OrderAccepted>(payload, new LevelArena());
                        run.venueOrderIds[accepted.OrderId] = accepted.VenueOrderId;
                    }

                    if (header.Type == EventType.OrderFilled)
                    {
                        var fill = PayloadBytes.Read<OrderFilled>(payload, new LevelArena());
                        run.trades.Add(fill.TradeId);
                        run.since.Add(fill);
                    }

                    if (header.Type == EventType.BalanceReported)
                    {
                        run.reported = PayloadBytes.Read<BalanceReported>(payload, new LevelArena());
                    }

                    if (header.Type == EventType.ReconciliationClosed)
                    {
                        run.closed = (PayloadBytes.Read<ReconciliationClosed>(payload, new LevelArena()).Reconciliation, run.reported);
                        run.since.Clear();
                    }

                    break;
            }
        }

        return run;
    }
}

/// <summary>How a stored run ended.</summary>
/// <param name="After">The market event that it was ended after.</param>
/// <param name="Reason">Why, in its own words.</param>
internal sealed record StoredEnd(Cause After, string Reason);

/// <summary>Something that a run was told besides market data.</summary>
/// <param name="Header">Its envelope: the cause is the market event that it was stepped after.</param>
/// <param name="Payload">Its canonical payload.</param>
internal sealed record StoredControl(EventHeader Header, byte[] Payload);
