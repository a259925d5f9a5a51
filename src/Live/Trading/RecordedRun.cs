using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Accounting;
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
    private readonly List<StoredHalt> halts = [];
    private readonly Ledger ledger = new();
    private readonly Dictionary<long, long> venueOrderIds = [];
    private Int128 dayStart;
    private Int128 lastEquity;

    private readonly List<OrderFilled> since = [];
    private BalanceReported reported;
    private long lastListed;
    private (long Reconciliation, BalanceReported Reported)? closed;

    /// <summary>Its first event.</summary>
    public required RunStarted Started { get; init; }

    /// <summary>Its configuration at its end: that of its first event, or the last that it was changed to.</summary>
    public required string Configuration { get; set; }

    /// <summary>What was told it, in order.</summary>
    public IReadOnlyList<StoredControl> Controls => controls;

    /// <summary>The limits that stopped quoting, in order.</summary>
    public IReadOnlyList<StoredHalt> Halts => halts;

    /// <summary>Trade ids of its fills.</summary>
    public IReadOnlySet<long> Trades => trades;

    /// <summary>The venue's ids of its orders, by our ordinal.</summary>
    public IReadOnlyDictionary<long, long> VenueOrderIds => venueOrderIds;

    /// <summary>Balances that its last reconciliation closed with, and its fills since; null before the first.</summary>
    public Gateway.KnownBalances? Balances => closed is { } at ? new Gateway.KnownBalances(at.Reconciliation, at.Reported, [.. since]) : null;

    /// <summary>Last trade that its last reconciliation but one had listed; 0 for none.</summary>
    public long SettledTrade { get; private set; }

    /// <summary>When its last timer was due; 0 before the first.</summary>
    public long LastTimer { get; private set; }

    /// <summary>UTC day (days since the epoch) whose loss reached stop_loss and that was not over when the run's events end; 0 for none.</summary>
    public long LossDay { get; private set; }

    /// <summary>Number of the last market stream that one of its events was caused by; 0 for none.</summary>
    public int LastInput { get; private set; }

    /// <summary>Day, day's PnL and fall from the peak at its last mark.</summary>
    public CarriedRisk Risk { get; private set; }

    /// <summary>How it ended; null when it did not. It is sealed then, unless its process died in between.</summary>
    public StoredEnd? End { get; private set; }

    /// <summary>True for what a live run is told besides market data and time.</summary>
    public static bool IsTold(EventType type, bool atVenue) => type is EventType.KillSwitchPulled or EventType.PortfolioVerdict or EventType.ConfigurationChanged
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

        var started = PayloadBytes.Read<RunStarted>(payload, new LevelArena());
        var run = new RecordedRun { Started = started, Configuration = started.Configuration };
        run.dayStart = -run.Started.CarriedDayPnl;
        run.Risk = new CarriedRisk(Nanoseconds.DayOf(run.Started.WindowStart), run.Started.CarriedDayPnl, run.Started.CarriedDrawdown);
        var atVenue = run.Started.Kind != LiveMode.Paper.Name();
        while (source.Read(out header, out payload))
        {
            run.LastInput = Math.Max(run.LastInput, header.Cause.Stream);
            switch (header.Type)
            {
                case EventType.Marked:
                    run.Observe(header.ReceiveTime, PayloadBytes.Read<Marked>(payload, new LevelArena()));
                    break;
                case EventType.TimerFired:
                    run.LastTimer = PayloadBytes.Read<TimerFired>(payload, new LevelArena()).Due;
                    break;
                case EventType.Halted:
                    var halted = PayloadBytes.Read<Halted>(payload, new LevelArena());
                    run.LossDay = halted.Reason == HaltReason.StopLoss ? Nanoseconds.DayOf(header.ReceiveTime) : run.LossDay;
                    run.halts.Add(new StoredHalt(header.Sequence, new LiveHalt(header.ReceiveTime, halted.Reason, halted.Observed, halted.Limit, run.ledger.Position, null), 0));
                    break;
                case EventType.Resumed:
                    run.LossDay = 0;
                    if (run.halts.Count > 0)
                    {
                        run.halts[^1] = run.halts[^1] with { ResumedAt = header.Sequence, Halt = run.halts[^1].Halt with { Resumed = header.ReceiveTime } };
                    }

                    break;
                case EventType.RunEnded:
                    run.End = new StoredEnd(header.Cause, PayloadBytes.Read<RunEnded>(payload, new LevelArena()).Reason);
                    break;
                default:
                    if (IsTold(header.Type, atVenue))
                    {
                        run.controls.Add(new StoredControl(header, payload.ToArray()));
                    }

                    if (header.Type == EventType.ConfigurationChanged)
                    {
                        run.Configuration = PayloadBytes.Read<ConfigurationChanged>(payload, new LevelArena()).Configuration;
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
                        run.ledger.Apply(fill);
                        run.since.Add(fill);
                    }

                    if (header.Type == EventType.BalanceReported)
                    {
                        run.reported = PayloadBytes.Read<BalanceReported>(payload, new LevelArena());
                    }

                    if (header.Type == EventType.ReconciliationClosed)
                    {
                        var end = PayloadBytes.Read<ReconciliationClosed>(payload, new LevelArena());
                        run.closed = (end.Reconciliation, run.reported);
                        (run.SettledTrade, run.lastListed) = (run.lastListed, end.LastTradeId);
                        run.since.Clear();
                    }

                    break;
            }
        }

        return run;
    }

    // Between two marks equity is not in the journal: an abandoned run leaves what it last marked.
    private void Observe(long time, in Marked mark)
    {
        var equity = mark.Realised + mark.Unrealised - mark.Fees;
        var day = Nanoseconds.DayOf(time);
        dayStart = day > Risk.Day ? lastEquity : dayStart;
        lastEquity = equity;
        Risk = new CarriedRisk(day, equity - dayStart, mark.Drawdown);
    }
}

/// <summary>A halt that a stored run holds.</summary>
/// <param name="Sequence">Its event.</param>
/// <param name="Halt">What it says.</param>
/// <param name="ResumedAt">Event that ended it; 0 for none.</param>
internal sealed record StoredHalt(long Sequence, LiveHalt Halt, long ResumedAt);

/// <summary>How a stored run ended.</summary>
/// <param name="After">The market event that it was ended after.</param>
/// <param name="Reason">Why, in its own words.</param>
internal sealed record StoredEnd(Cause After, string Reason);

/// <summary>Something that a run was told besides market data.</summary>
/// <param name="Header">Its envelope: the cause is the market event that it was stepped after.</param>
/// <param name="Payload">Its canonical payload.</param>
internal sealed record StoredControl(EventHeader Header, byte[] Payload);
