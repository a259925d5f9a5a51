using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Explain;

/// <summary>What a run's log says up to one of its events, and what that event led to at once.</summary>
internal sealed class RunTrail : IEventHandler
{
    private readonly StoredRun run;
    private readonly long subject;
    private Cause root;
    private long turnBefore;

    private RunTrail(StoredRun run, long subject)
    {
        this.run = run;
        this.subject = subject;
    }

    /// <summary>Envelope of the event.</summary>
    public EventHeader Header { get; private set; }

    /// <summary>The event.</summary>
    public RunEvent? Subject { get; private set; }

    /// <summary>Last event written before the turn that the event belongs to.</summary>
    public long TurnBefore { get; private set; }

    /// <summary>The market event that the event's turn is for, or the one that its timer fired after.</summary>
    public Cause Root { get; private set; }

    /// <summary>Orders by ordinal.</summary>
    public Dictionary<long, OrderTrail> Orders { get; } = [];

    /// <summary>Fills before the event, with those of its own turn up to it.</summary>
    public List<(EventHeader Header, OrderFilled Fill)> Fills { get; } = [];

    /// <summary>What happened to the run's orders before the event, and after which market event: enough to know what of the book was ours.</summary>
    public List<OrderMove> Moves { get; } = [];

    /// <summary>After which market events the timers fired.</summary>
    public List<Cause> Timers { get; } = [];

    /// <summary>The ledger before the event.</summary>
    public Ledger Ledger { get; } = new();

    /// <summary>The last decision up to the event.</summary>
    public (EventHeader Header, QuoteDecided Decided)? Decision { get; private set; }

    /// <summary>The last stop up to the event, if no decision came after it.</summary>
    public (EventHeader Header, QuotingStopped Stopped)? Stop { get; private set; }

    /// <summary>The account before the event, as far as it was told.</summary>
    public AccountState Account { get; } = new();

    /// <summary>The portfolio's last verdict up to the event.</summary>
    public (EventHeader Header, PortfolioVerdict Verdict)? Verdict { get; private set; }

    /// <summary>The last change of the configuration up to the event.</summary>
    public ConfigurationChanged? Configuration { get; private set; }

    /// <summary>The last halt up to the event.</summary>
    public (EventHeader Header, Halted Halted)? Halt { get; private set; }

    /// <summary>Requests made by the event.</summary>
    public List<(EventHeader Header, string Text)> Requests { get; } = [];

    /// <summary>One of the run's own events up to the event; null for a sequence behind it or 0.</summary>
    public RunEvent? Own(long sequence)
    {
        if (sequence < 1 || sequence > subject)
        {
            return null;
        }

        using var source = new UpcastSource(run.Store.OpenToLook(run.Name, sequence));
        return source.Read(out var header, out var payload) ? RunEvent.Of(header, payload) : null;
    }

    private bool after;
    private bool requesting;

    /// <summary>Reads the log up to an event and the end of what it led to.</summary>
    public static RunTrail Read(StoredRun run, long subject)
    {
        var trail = new RunTrail(run, subject);
        var arena = new LevelArena();
        using var source = new UpcastSource(run.Store.OpenToLook(run.Name));
        try
        {
            while (!(trail.after && !trail.requesting) && source.Read(out var header, out var payload))
            {
                arena.Clear();
                if (header.Sequence == subject)
                {
                    trail.Subject = RunEvent.Of(header, payload);
                }

                EventCatalog.Decode(header, payload, arena, ref trail);
            }
        }
        catch (StreamDamagedException) when (trail.Subject is not null)
        {
            // The event itself is whole; what it led to lies in the damage behind it.
        }

        return trail;
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (header.Sequence > subject)
        {
            Follow(header, payload);
            return;
        }

        if (header.Type == EventType.TimerFired || (header.Cause.Stream > 0 && header.Cause != root))
        {
            turnBefore = header.Sequence - 1;
        }

        root = header.Cause.Stream > 0 ? header.Cause : root;
        if (header.Sequence == subject)
        {
            (Header, Root, TurnBefore, requesting) = (header, root, turnBefore, true);
        }

        switch (payload)
        {
            case TimerFired:
                Timers.Add(root);
                break;
            case QuoteDecided decided:
                Decision = (header, decided with { Bids = decided.Bids.Copy(), Asks = decided.Asks.Copy() });
                Stop = null;
                break;
            case QuotingStopped stopped:
                Stop = (header, stopped);
                break;
            case Halted halted:
                Halt = (header, halted);
                break;
            case PortfolioVerdict verdict:
                Verdict = (header, verdict);
                break;
            case ConfigurationChanged changed when header.Sequence < subject:
                Configuration = changed;
                break;
            case BalanceReported balance:
                Account.Apply(balance);
                break;
            case ClockMeasured clock:
                Account.Apply(clock);
                break;
            default:
                OnOrder(header, payload);
                break;
        }
    }

    private void OnOrder<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (header.Sequence < subject && OrderMove.Of(root, payload) is { } move)
        {
            Moves.Add(move);
        }

        switch (payload)
        {
            case OrderSubmitted submitted:
                Orders[submitted.OrderId] = new OrderTrail(header, submitted, submitted.Decision == 0 ? 0 : Decision?.Header.Sequence ?? 0);
                break;
            case OrderAccepted accepted:
                Orders[accepted.OrderId].Accept(header, root, accepted.QueueAhead);
                break;
            case OrderRejected rejected:
                Orders[rejected.OrderId].Over = true;
                break;
            case OrderCancelled cancelled:
                Orders[cancelled.OrderId].Over = true;
                break;
            case OrderExpired expired:
                Orders[expired.OrderId].Over = true;
                break;
            case OrderFilled fill:
                Fills.Add((header, fill));
                Orders[fill.OrderId].Fills.Add((header.Sequence, fill));
                if (header.Sequence < subject)
                {
                    Ledger.Apply(fill);
                    Account.Apply(fill);
                    Orders[fill.OrderId].Over |= fill.Remaining == 0;
                }

                break;
            default:
                break;
        }
    }

    // What the event asked for stands right behind it; fills of the same market event may follow later in the turn.
    private void Follow<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        after = true;
        if (Header.Type == EventType.OrderFilled)
        {
            // One print may fill several orders, logged in the order of their numbers: all of them are wanted.
            requesting = header.Type != EventType.TimerFired && (header.Cause.Stream == 0 || header.Cause == Root);
            if (requesting && payload is OrderFilled other)
            {
                Fills.Add((header, other));
            }

            return;
        }

        switch (payload)
        {
            case OrderSubmitted submitted when header.Cause == Header.Cause:
                Requests.Add((header, $"order {submitted.OrderId}: {Words.Of(submitted.Side)} level {submitted.Level}"));
                break;
            case OrderCancelRequested cancel when header.Cause == Header.Cause:
                Requests.Add((header, $"cancel of order {cancel.OrderId}: {Words.Code(cancel.Reason)}"));
                break;
            default:
                requesting = false;
                break;
        }
    }
}

/// <summary>What the log says of one order.</summary>
/// <param name="header">Envelope of its submission.</param>
/// <param name="submitted">Its submission.</param>
/// <param name="decision">Sequence of the decision that wanted it.</param>
internal sealed class OrderTrail(EventHeader header, OrderSubmitted submitted, long decision)
{
    /// <summary>Envelope of its submission.</summary>
    public EventHeader Header => header;

    /// <summary>Its submission.</summary>
    public OrderSubmitted Submitted => submitted;

    /// <summary>Sequence of the decision that wanted it.</summary>
    public long Decision => decision;

    /// <summary>Envelope of the venue's acceptance; sequence 0 before it.</summary>
    public EventHeader Accepted { get; private set; }

    /// <summary>The market event that it was accepted after.</summary>
    public Cause AcceptedAfter { get; private set; }

    /// <summary>Quantity displayed before it when it was accepted, in quantity units.</summary>
    public long QueueAhead { get; private set; }

    /// <summary>Its fills.</summary>
    public List<(long Sequence, OrderFilled Fill)> Fills { get; } = [];

    /// <summary>True when nothing of it can fill any more.</summary>
    public bool Over { get; set; }

    /// <summary>The venue took it.</summary>
    public void Accept(in EventHeader accepted, Cause after, long queueAhead) => (Accepted, AcceptedAfter, QueueAhead) = (accepted, after, queueAhead);

    /// <summary>Quantity that had not filled before an event, in quantity units.</summary>
    public long RemainingBefore(long sequence) => submitted.Quantity - Fills.Where(f => f.Sequence < sequence).Sum(f => f.Fill.Quantity);

    /// <summary>The side as +1 for a bid.</summary>
    public bool IsBid => submitted.Side == Side.Bid;
}
