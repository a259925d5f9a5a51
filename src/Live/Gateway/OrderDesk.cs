using System.Threading.Channels;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>A symbol's side of the gateway: its orders, its rules, what it may do now, and the events that come out. Everything here is done under the gateway's lock.</summary>
internal sealed class OrderDesk : IOrderDesk, IReportSink
{
    private readonly OrderGateway gateway;
    private readonly Channel<GatewayEvent> events = Channel.CreateUnbounded<GatewayEvent>(new UnboundedChannelOptions { SingleReader = true });
    private bool isUp = true;
    private BalanceReported lastBalance;
    private bool hasBalance;
    private bool hasFailed;
    private bool isClosed;
    private long listedBefore;
    private long firstOpenTrade = long.MaxValue;
    private readonly HashSet<long> ofJournal;

    public OrderDesk(OrderGateway gateway, DeskStart start)
    {
        this.gateway = gateway;
        Start = start;
        Instrument = start.Instrument;
        Rules = SymbolRules.Of(start.Instrument);
        Refusals = new RefusalPace(gateway, gateway.PacesRefusals, (rejected, time, sequence) => Emit(rejected, time, sequence));
        Commissions = new CommissionValue(start.Instrument);
        Tag = ClientOrderId.TagOf(start.Run, start.Instrument.Symbol);
        Tracker = new OrderTracker(start.Run, start.Instrument, this, Commissions);
        Tracker.Know(start.KnownTrades);
        LastTradeId = start.KnownTrades.DefaultIfEmpty(0).Max();
        SettledTrade = start.SettledTrade;
        ofJournal = [.. start.VenueOrderIds.Values];
        foreach (var order in start.Working)
        {
            // What the dead process sent may still arrive.
            var restored = Tracker.Restore(order, start.VenueOrderIds.GetValueOrDefault(order.OrderId));
            restored.SentAt = gateway.Timestamp;
            restored.IsCancelInDoubt = restored.CancelAsked;
            restored.CancelInDoubtSince = gateway.Timestamp;
        }

        SetUp(false, "the account is not reconciled yet");
    }

    public DeskStart Start { get; }

    public Instrument Instrument { get; }

    public string Tag { get; }

    public SymbolRules Rules { get; set; }

    /// <summary>When refusals are told.</summary>
    public RefusalPace Refusals { get; }

    public OrderTracker Tracker { get; }

    public CommissionValue Commissions { get; }

    public ChannelReader<GatewayEvent> Events => events.Reader;

    /// <summary>True once the trades and orders before this moment are known.</summary>
    public bool IsReconciled { get; set; }

    /// <summary>True while everything of the symbol is being cancelled, until orders are allowed again.</summary>
    public bool IsClosed
    {
        get => isClosed;
        set
        {
            isClosed = value;
            if (value)
            {
                Refusals.Release();
            }
        }
    }

    /// <summary>The price that the venue measures an order's distance by, in price units: its reference price, or the average of some minutes; 0 for unknown.</summary>
    public long AveragePrice { get; set; }

    /// <summary>Newest trade of the account that was heard of; one below it may still be missing.</summary>
    public long LastTradeId { get; private set; }

    /// <summary>
    /// Every trade of the account up to this one is settled, a fill or somebody else's: two reconciliations that closed have listed them. The next one
    /// asks for what comes after it. 0 while there is none.
    /// </summary>
    public long SettledTrade { get; private set; }

    /// <summary>Open orders in the symbol that are none of this run's.</summary>
    public int OtherOrders { get; set; }

    /// <summary>Foreign orders and trades that were reported already.</summary>
    public HashSet<long> ReportedForeign { get; } = [];

    /// <summary>What the venue is asked about at the moment: what follows from its answer is a finding. 0 while nothing is asked.</summary>
    public long Asking { get; set; }

    /// <summary>Findings of the current reconciliation.</summary>
    public long Findings { get; set; }

    /// <summary>Of those, the ones that say that the account was moved by somebody else, since the reconciliation began.</summary>
    public long Alarms { get; set; }

    /// <summary>True while a finding says that the account was moved by somebody else, until a reconciliation finds nothing of the kind.</summary>
    public bool IsAlarmed { get; set; }

    /// <summary>The symbol's status as the venue last told it; empty when it did not.</summary>
    public string Status { get; set; } = "";

    /// <summary>True while the venue does not trade the symbol.</summary>
    public bool IsHalted { get; set; }

    public bool IsUp => isUp;

    /// <summary>Why it is up or down, in words.</summary>
    public string Why { get; private set; } = "";

    /// <summary>Findings of all reconciliations.</summary>
    public long AllFindings { get; private set; }

    public int Unanswered
    {
        get
        {
            lock (gateway.Gate)
            {
                return Tracker.Unanswered + Refusals.Held;
            }
        }
    }

    /// <summary>True for the venue's id of an order of this run that its journal has, over or not.</summary>
    public bool HasOfJournal(long venueOrderId) => ofJournal.Contains(venueOrderId);

    /// <summary>True for a trade that is a fill already, or was reported as somebody else's.</summary>
    public bool IsSettled(in TradeFacts trade) => Tracker.Knows(trade.TradeId) || ReportedForeign.Contains(trade.TradeId);

    /// <summary>The venue has listed the account's trades after the settled ones.</summary>
    public void Listed(IReadOnlyList<TradeFacts> trades)
    {
        firstOpenTrade = long.MaxValue;
        foreach (var trade in trades)
        {
            LastTradeId = Math.Max(LastTradeId, trade.TradeId);
            firstOpenTrade = IsSettled(trade) ? firstOpenTrade : Math.Min(firstOpenTrade, trade.TradeId);
        }
    }

    /// <summary>
    /// A reconciliation has closed: what the one before it had listed is settled now, as far as nothing is open. One round late, so that a list that
    /// lagged is looked at again.
    /// </summary>
    public void Settle()
    {
        SettledTrade = Math.Max(SettledTrade, Math.Min(listedBefore, firstOpenTrade - 1));
        listedBefore = LastTradeId;
    }

    public void Submit(ReadOnlySpan<GatewayRequest> requests) => gateway.Submit(this, requests);

    public void Reconcile() => gateway.RequestReconciliation(ReconciliationTrigger.Doubt);

    public void AllowOrders()
    {
        lock (gateway.Gate)
        {
            IsClosed = hasFailed;
        }
    }

    /// <summary>Writes an event; one that follows from asking is announced as a finding first.</summary>
    public void Emit<T>(in T payload, long venueTime, long requestSequence)
        where T : struct, IPayload<T>
    {
        if (Asking > 0 && FindingOf<T>() is { } finding)
        {
            Found(finding, OrderIdOf(payload), venueTime, $"{CodeText(T.Type)} was not reported");
        }

        if (typeof(T) == typeof(OrderAccepted) && Tracker.FindOrder(OrderIdOf(payload)) is { } accepted)
        {
            Refusals.Accepted(accepted.Side);
        }

        events.Writer.TryWrite(new GatewayEvent<T>(payload, venueTime, gateway.Now, requestSequence));
    }

    public void Rejected(Side side, in OrderRejected rejected, long venueTime, long requestSequence, bool now) =>
        Refusals.Refused(side, rejected, venueTime, requestSequence, now || isClosed || Asking > 0);

    public void Contradiction(TrackedOrder order, string what) =>
        Fail(new GatewayException($"{Instrument.Symbol}: {order} {what}. Venue and engine cannot be brought together; everything is to be cancelled and the account looked at."));

    public void Unvalued(in OrderFilled fill, string amount, string asset) =>
        Found(ReconciliationFinding.Balance, fill.OrderId, 0, $"trade {fill.TradeId} was charged {amount} {asset}, whose price in {Instrument.QuoteAsset} is not known: its value counts as 0");

    /// <summary>Reports a finding.</summary>
    public void Found(ReconciliationFinding finding, long orderId, long venueTime, string detail, long venueOrderId = 0, string clientOrderId = "")
    {
        Findings++;
        AllFindings++;
        var order = orderId > 0 ? Tracker.FindOrder(orderId) : null;
        var found = new ReconciliationFound
        {
            Reconciliation = gateway.Reconciliation,
            Finding = finding,
            OrderId = orderId,
            VenueOrderId = venueOrderId > 0 ? venueOrderId : order?.VenueOrderId ?? 0,
            ClientOrderId = clientOrderId.Length > 0 ? clientOrderId : order?.ClientOrderId ?? "",
            Detail = detail,
        };
        events.Writer.TryWrite(new GatewayEvent<ReconciliationFound>(found, venueTime, gateway.Now, 0));
    }

    /// <summary>Somebody else moved the account: what is held is not what the run counts. No new risk until a reconciliation finds nothing new.</summary>
    public void Alarm(string why)
    {
        Alarms++;
        IsAlarmed = true;
        SetUp(false, why);
    }

    /// <summary>Tells the engine whether orders may be sent.</summary>
    public void SetUp(bool up, string why)
    {
        if (up && hasFailed)
        {
            // What failed stays down, whatever is found to be in order afterwards.
            return;
        }

        Why = why;
        if (isUp != up)
        {
            isUp = up;
            if (up)
            {
                Refusals.Release();
            }

            Emit(new ConnectionChanged { Connection = ConnectionChanged.Account, Up = up, Detail = why }, 0, 0);
        }
    }

    /// <summary>Reports balances when they changed, or always.</summary>
    public void Balance(BalanceReported balance, bool always)
    {
        var compared = balance with { UpdateTime = lastBalance.UpdateTime };
        if (always || !hasBalance || !compared.Equals(lastBalance))
        {
            hasBalance = true;
            lastBalance = balance;
            Emit(balance, balance.UpdateTime, 0);
        }
    }

    /// <summary>The last balances reported.</summary>
    public BalanceReported LastBalance => lastBalance;

    /// <summary>The gateway cannot go on with this symbol: the reader is told after all events so far. What the venue still says of the orders follows.</summary>
    public void Fail(Exception failure)
    {
        var isFirst = !hasFailed;
        hasFailed = true;
        IsClosed = true;
        var words = gateway.Keys.Redact(failure.Message);
        SetUp(false, words);
        if (words != failure.Message)
        {
            // Its words end in the run's last event.
            failure = new GatewayException(words);
        }

        if (isFirst)
        {
            events.Writer.TryWrite(new GatewayFailure(failure, gateway.Now));
        }
    }

    /// <summary>No more events.</summary>
    public void Complete()
    {
        Refusals.Release();
        events.Writer.TryComplete();
    }

    private static ReconciliationFinding? FindingOf<T>() =>
        typeof(T) == typeof(OrderFilled) ? ReconciliationFinding.MissedFill
        : typeof(T) == typeof(OrderAccepted) ? ReconciliationFinding.MissedAnswer
        : typeof(T) == typeof(OrderCancelled) || typeof(T) == typeof(OrderExpired) ? ReconciliationFinding.MissedEnd
        : typeof(T) == typeof(OrderRejected) ? ReconciliationFinding.NeverArrived
        : null;

    private static long OrderIdOf<T>(in T payload) => payload switch
    {
        OrderFilled fill => fill.OrderId,
        OrderAccepted accepted => accepted.OrderId,
        OrderCancelled cancelled => cancelled.OrderId,
        OrderExpired expired => expired.OrderId,
        OrderRejected rejected => rejected.OrderId,
        _ => 0,
    };

    private static string CodeText(EventType type) => Domain.Canonical.CodeNames<EventType>.Name((int)type);
}
