using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;
using EventSourcedMM.Live.Telemetry;

namespace EventSourcedMM.Live.Gateway;

/// <summary>The order gateway of one account (docs/live.md). One lock guards all desks; nothing waits inside it.</summary>
public sealed partial class OrderGateway : IOrderGateway, ILinkOwner
{
    // A sweep is repeated anyway: it does not wait as long for one answer as others do.
    private static readonly TimeSpan SweepPatience = TimeSpan.FromSeconds(3);

    private readonly GatewayOptions options;
    private readonly Clock clock;
    private readonly Dictionary<string, OrderDesk> desks = new(StringComparer.Ordinal);
    private readonly OrderCountBudget orderCount = new();
    private readonly IAccountLink link;
    private readonly RestClient publicRest;
    private readonly RequestSender sender;
    private readonly LimitLearner limits;
    private readonly DoubtResolver resolver;
    private readonly Reconciler reconciler;
    private readonly ClockWatch clockWatch;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private bool isOpen;
    private bool isClosed;

    /// <summary>A gateway; nothing is sent before <see cref="OpenAsync"/>.</summary>
    /// <exception cref="GatewayException">The endpoint takes no orders.</exception>
    public OrderGateway(VenueEndpoint endpoint, ApiKeys keys, Clock clock, GatewayOptions options)
        : this(endpoint, keys, clock, options, (owner, orderCount) => new TracedLink(new AccountLink(endpoint, keys, clock, options, orderCount, owner)))
    {
    }

    /// <summary>A gateway over a link of its own.</summary>
    internal OrderGateway(VenueEndpoint endpoint, ApiKeys keys, Clock clock, GatewayOptions options, Func<ILinkOwner, OrderCountBudget, IAccountLink> connect)
    {
        this.options = options;
        this.clock = clock;
        Keys = keys;
        link = connect(this, orderCount);
        publicRest = new RestClient(endpoint, clock) { Budget = options.Weight, TimeOut = options.TimeOut };
        var claims = new TradeClaims(this, link, clock);
        resolver = new DoubtResolver(this, link, claims, clock, stop.Token);
        limits = new LimitLearner(Gate, link, publicRest, orderCount, options, clock);
        sender = new RequestSender(this, link, resolver, orderCount, options, clock);
        reconciler = new Reconciler(this, link, resolver, claims, publicRest, options, clock);
        clockWatch = new ClockWatch(this, link, publicRest, options, clock);
    }

    /// <inheritdoc/>
    public GatewayBudgets Budgets
    {
        get
        {
            var now = clock.Now;
            lock (orderCount)
            {
                var (shortUsed, shortLimit, length) = orderCount.Short(now);
                var (dayUsed, dayLimit, _) = orderCount.Long(now);
                var blocked = options.Weight.BlockedUntil;
                return new GatewayBudgets(options.Weight.Used, options.Weight.Limit, shortUsed, shortLimit, TimeSpan.FromTicks(length / 100), dayUsed, dayLimit, blocked > now ? blocked : 0);
            }
        }
    }

    /// <inheritdoc/>
    public GatewayTraffic Traffic => link.Traffic;

    /// <inheritdoc/>
    public ClockReading? ClockError => clockWatch.Last;

    /// <inheritdoc/>
    public long Account { get; internal set; }

    /// <summary>Orders that the account may have resting in all symbols together (EXCHANGE_MAX_NUM_ORDERS); 0 for no limit.</summary>
    internal long MostOrders => limits.MostOrders;

    /// <summary>What the venue limits.</summary>
    internal LimitLearner Limits => limits;

    /// <summary>Orders of the account in symbols that are not traded here, when they were last counted.</summary>
    internal int OrdersElsewhere { get; set; }

    internal Lock Gate { get; } = new();

    internal ApiKeys Keys { get; }

    internal BalanceBook Balances { get; } = new();

    /// <summary>How often the account's connection was lost.</summary>
    internal long Losses { get; private set; }

    /// <summary>Our time.</summary>
    internal long Now => clock.Now;

    /// <summary>A point of the clock that no setting of it moves.</summary>
    internal long Timestamp => clock.GetTimestamp();

    /// <summary>True when the answer to a side that is refused again and again waits.</summary>
    internal bool PacesRefusals => options.PaceRefusals;

    /// <summary>Done after a while by our clock.</summary>
    /// <exception cref="OperationCanceledException">The gateway is closed before.</exception>
    internal Task Later(TimeSpan pause) => Task.Delay(pause, clock, stop.Token);

    /// <summary>Cancelled when the gateway is closed.</summary>
    internal CancellationToken Stopping => stop.Token;

    /// <summary>Our clock against the venue's.</summary>
    internal ClockWatch ClockWatch => clockWatch;

    /// <summary>Ordinal of the last reconciliation.</summary>
    internal long Reconciliation { get; set; }

    internal IReadOnlyCollection<OrderDesk> Desks => desks.Values;

    /// <inheritdoc/>
    public IOrderDesk AddDesk(DeskStart start)
    {
        lock (Gate)
        {
            if (isOpen)
            {
                throw new InvalidOperationException("Desks are added before the gateway is opened.");
            }

            var desk = new OrderDesk(this, start with { Since = start.Since > 0 ? start.Since : clock.Now });
            desk.Commissions.Charged = (fill, amount, asset) => Balances.Filled(desk.Instrument, fill, amount, asset);
            desks.Add(start.Instrument.Symbol, desk);
            return desk;
        }
    }

    /// <inheritdoc/>
    public async Task OpenAsync(CancellationToken ct)
    {
        isOpen = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, stop.Token);
        await clockWatch.MeasureAsync(either.Token).ConfigureAwait(false);
        await limits.LearnRulesAsync(desks, either.Token).ConfigureAwait(false);
        await link.ConnectAsync(either.Token).ConfigureAwait(false);
        running.Add(Watched(link.RunAsync(stop.Token)));
        running.Add(Watched(clockWatch.KeepAsync(stop.Token)));
        await limits.LearnCountsAsync(either.Token).ConfigureAwait(false);
        await limits.LearnAssetsAsync(desks, either.Token).ConfigureAwait(false);
        Remember();
        await reconciler.RunAsync(ReconciliationTrigger.Start, either.Token).ConfigureAwait(false);
        running.Add(Watched(reconciler.KeepAsync(stop.Token)));
    }

    /// <summary>Reconciles now and waits for it.</summary>
    internal Task ReconcileAsync(ReconciliationTrigger trigger, CancellationToken ct) => reconciler.RunAsync(trigger, ct);

    /// <inheritdoc/>
    public async Task<CancelAllOutcome> CancelAllAsync(string symbol, CancellationToken ct)
    {
        var desk = desks[symbol];
        lock (Gate)
        {
            desk.IsClosed = true;
            foreach (var order in desk.Tracker.Open)
            {
                order.SweepAsked = true;
            }
        }

        // A connection may seem to stand and be dead: after a request without an answer the other way is tried. Cancelling twice does no harm.
        var byRest = false;
        var sweep = new CancelSweep(
            symbol,
            async (method, parameters, token) =>
            {
                var answer = await link.CallAsync(method, parameters, token, new CallOptions(Urgent: true, byRest, SweepPatience)).ConfigureAwait(false);
                byRest ^= answer.Kind is AnswerKind.Unknown or AnswerKind.NotSent;
                return answer;
            },
            clock);
        var count = 0;
        while (true)
        {
            var outcome = await sweep.RunAsync(answer => Apply(desk, answer), () => UnderWay(desk), ct).ConfigureAwait(false);
            count += outcome.Cancelled;
            outcome = outcome with { Cancelled = count };
            if (!outcome.Confirmed)
            {
                return outcome;
            }

            // Ends that neither answer nor report told: the venue is asked about each.
            Task[] doubts;
            lock (Gate)
            {
                doubts = [.. desk.Tracker.Open.Select(o => resolver.Resolve(desk, o))];
            }

            await Task.WhenAny(Task.WhenAll(doubts), Task.Delay(Timeout.InfiniteTimeSpan, ct)).ConfigureAwait(false);
            if (Count(desk, OrderPhase.Resting) == 0 || ct.IsCancellationRequested)
            {
                return outcome;
            }
        }
    }

    /// <inheritdoc/>
    public async Task CloseAsync(CancellationToken ct)
    {
        lock (Gate)
        {
            if (isClosed)
            {
                return;
            }

            isClosed = true;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await link.CloseAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        await resolver.EndAsync().ConfigureAwait(false);
        lock (Gate)
        {
            foreach (var desk in desks.Values)
            {
                desk.Complete();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync(CancellationToken.None).ConfigureAwait(false);
        await link.DisposeAsync().ConfigureAwait(false);
        publicRest.Dispose();
    }

    // Requests that will bring an answer by themselves do; of an order that no request is about any more (a start that failed) the venue is asked.
    private int UnderWay(OrderDesk desk)
    {
        lock (Gate)
        {
            var open = desk.Tracker.Open;
            if (open.Any(o => o is { Phase: OrderPhase.Asked, UnderWay: 0 }))
            {
                // With the orders that it may be an amendment of.
                foreach (var order in open.Where(o => o is { Phase: OrderPhase.Asked, UnderWay: 0 } || o.LacksTrades))
                {
                    resolver.Ask(desk, order);
                }
            }

            return open.Count(o => o.Phase == OrderPhase.Asked);
        }
    }

    private int Count(OrderDesk desk, OrderPhase phase)
    {
        lock (Gate)
        {
            return desk.Tracker.Open.Count(o => o.Phase == phase);
        }
    }

    /// <summary>What is open and why, in words.</summary>
    internal string Describe(IOrderDesk desk)
    {
        lock (Gate)
        {
            return $"link {(link.IsUp ? "up" : "down")}, {link.Describe()}\n" + string.Join('\n', ((OrderDesk)desk).Tracker.Open.Select(o => $"{o.Describe()}; {resolver.Describe(o)}"));
        }
    }

    /// <summary>Ends as a killed process does: nothing is waited for, nothing more is told. For tests of what a restart finds.</summary>
    internal async Task AbandonAsync()
    {
        lock (Gate)
        {
            isClosed = true;
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await link.CutAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        await resolver.EndAsync().ConfigureAwait(false);
        await link.DisposeAsync().ConfigureAwait(false);
        publicRest.Dispose();
    }

    void ILinkOwner.OnEvent(JsonElement json)
    {
        try
        {
            lock (Gate)
            {
                Happened(json);
            }
        }
        catch (MalformedMessageException)
        {
            // What it said is lost: everything it may have been about is asked for.
            RequestReconciliation(ReconciliationTrigger.Doubt);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failed(e);
        }
    }

    void ILinkOwner.OnUp()
    {
        lock (Gate)
        {
            if (Reconciliation == 0)
            {
                return;
            }
        }

        RequestReconciliation(ReconciliationTrigger.Reconnected);
    }

    void ILinkOwner.OnDown(string why)
    {
        lock (Gate)
        {
            Losses++;
            foreach (var desk in desks.Values)
            {
                desk.IsReconciled = false;
                desk.SetUp(false, why);
            }
        }
    }

    void ILinkOwner.OnLimit(VenueMethod method, VenueAnswer answer)
    {
        lock (Gate)
        {
            var until = clock.Now + (answer.RetryAfter.Ticks * 100);
            foreach (var desk in desks.Values)
            {
                desk.Emit(new RequestThrottled { Request = method.Kind, Limit = LimitOf(answer), Used = answer.Status, Until = until, Refused = method.Changes, Detail = answer.Words }, 0, 0);
            }
        }
    }

    // -1015 names the window: "Too many new orders; current limit is 160000 orders per 1 DAY."
    private static GatewayLimit LimitOf(VenueAnswer answer) =>
        answer.Code != -1015 ? GatewayLimit.Ban : answer.Message.Contains("DAY", StringComparison.Ordinal) ? GatewayLimit.OrderCountDay : GatewayLimit.OrderCountShort;

    void ILinkOwner.OnHeld(VenueMethod method, TimeSpan wait)
    {
        lock (Gate)
        {
            var (now, weight) = (clock.Now, options.Weight);
            foreach (var desk in desks.Values)
            {
                desk.Emit(new RequestThrottled { Request = method.Kind, Limit = weight.BlockedUntil > now ? GatewayLimit.Ban : GatewayLimit.RequestWeight, Used = weight.Used, Allowed = weight.Limit, Until = now + (wait.Ticks * 100), Detail = "held back until there is room" }, 0, 0);
            }
        }
    }

    void ILinkOwner.OnStampRefused() => clockWatch.Doubt();

    void ILinkOwner.OnFailed(Exception failure) => Failed(failure);

    internal void Submit(OrderDesk desk, ReadOnlySpan<GatewayRequest> requests)
    {
        lock (Gate)
        {
            sender.Submit(desk, requests);
        }
    }

    internal void RequestReconciliation(ReconciliationTrigger trigger) => reconciler.Request(trigger);

    internal Task Resolve(OrderDesk desk, TrackedOrder order) => resolver.Resolve(desk, order);

    internal void SendApart(OrderDesk desk, TrackedOrder old, TrackedOrder next) => sender.Apart(desk, old, next);

    /// <summary>Tells each desk whether orders may be sent.</summary>
    internal void UpdateUp(string why)
    {
        foreach (var desk in desks.Values)
        {
            var clockIsGood = clockWatch.Last is { Excessive: false };
            desk.SetUp(
                link.IsUp && desk.IsReconciled && clockIsGood && !desk.IsAlarmed && !desk.IsHalted,
                !clockIsGood ? clockWatch.Words : desk.IsAlarmed ? desk.Why : desk.IsHalted ? LimitLearner.NotTraded(desk) : why);
        }
    }

    /// <summary>A part failed in a way that nothing here provides for: every reader gets the exception, and the runs end.</summary>
    internal void Failed(Exception failure)
    {
        lock (Gate)
        {
            foreach (var desk in desks.Values)
            {
                desk.Fail(failure);
            }
        }
    }

    /// <summary>Orders in an answer to a sweep: each stands at least where it says.</summary>
    internal void Apply(OrderDesk desk, JsonElement list)
    {
        lock (Gate)
        {
            foreach (var entry in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToArray() : [])
            {
                try
                {
                    // A list of orders (OCO) has another shape; this program places none.
                    if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("status", out _) && AccountJson.Order(entry, desk.Instrument) is var facts && Find(desk, facts) is { } order)
                    {
                        if (order.Predecessor is { } before)
                        {
                            desk.Tracker.Amended(before, order, facts);
                        }

                        desk.Tracker.Stands(order, facts);
                        resolver.IfNeeded(desk, order);
                    }
                }
                catch (MalformedMessageException)
                {
                    // Each order that is left is asked about once none rests at the venue: the sweep goes on.
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Failed(e);
                }
            }
        }
    }

    /// <summary>The tracked order that the venue speaks of; null when it is none of this run's.</summary>
    internal static TrackedOrder? Find(OrderDesk desk, in OrderFacts facts) =>
        desk.Tracker.Find(facts.ClientOrderId) ?? desk.Tracker.Find(facts.VenueOrderId);

    private async Task Watched(Task part)
    {
        try
        {
            await part.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failed(e);
        }
    }
}
