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

namespace EventSourcedMM.Live.Gateway;

/// <summary>The order gateway of one account (docs/live.md). One lock guards all desks; nothing waits inside it.</summary>
public sealed class OrderGateway : IOrderGateway, ILinkOwner
{
    private readonly GatewayOptions options;
    private readonly Clock clock;
    private readonly Dictionary<string, OrderDesk> desks = new(StringComparer.Ordinal);
    private readonly OrderCountBudget orderCount = new();
    private readonly AccountLink link;
    private readonly RestClient publicRest;
    private readonly RequestSender sender;
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
    {
        this.options = options;
        this.clock = clock;
        Keys = keys;
        link = new AccountLink(endpoint, keys, clock, options, orderCount, this);
        publicRest = new RestClient(endpoint, clock) { Budget = options.Weight, TimeOut = options.TimeOut };
        resolver = new DoubtResolver(this, link, clock, stop.Token);
        sender = new RequestSender(this, link, resolver, orderCount, options, clock);
        reconciler = new Reconciler(this, link, resolver, publicRest, options, clock);
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

    internal Lock Gate { get; } = new();

    internal ApiKeys Keys { get; }

    internal BalanceBook Balances { get; } = new();

    /// <summary>How often the account's connection was lost.</summary>
    internal long Losses { get; private set; }

    /// <summary>Our time.</summary>
    internal long Now => clock.Now;

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
        await LearnRulesAsync(either.Token).ConfigureAwait(false);
        await link.ConnectAsync(either.Token).ConfigureAwait(false);
        running.Add(Watched(link.RunAsync(stop.Token)));
        await reconciler.RunAsync(ReconciliationTrigger.Start, either.Token).ConfigureAwait(false);
        running.Add(Watched(reconciler.KeepAsync(stop.Token)));
        running.Add(Watched(clockWatch.KeepAsync(stop.Token)));
    }

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

        var sweep = new CancelSweep(symbol, (method, parameters, token) => link.CallAsync(method, parameters, token), clock);
        var outcome = await sweep.RunAsync(
            answer => Apply(desk, answer),
            () =>
            {
                lock (Gate)
                {
                    return desk.Tracker.Open.Count(o => o.Phase == OrderPhase.Asked);
                }
            },
            ct).ConfigureAwait(false);
        if (outcome.Confirmed)
        {
            // Ends that neither answer nor report told: the venue is asked about each.
            Task[] doubts;
            lock (Gate)
            {
                doubts = [.. desk.Tracker.Open.Select(o => resolver.Resolve(desk, o))];
            }

            await Task.WhenAny(Task.WhenAll(doubts), Task.Delay(Timeout.InfiniteTimeSpan, ct)).ConfigureAwait(false);
        }

        return outcome;
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
        catch (Exception e) when (e is MalformedMessageException or FormatException or OverflowException)
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
                desk.Emit(new RequestThrottled { Request = method.Kind, Limit = answer.Code == -1015 ? GatewayLimit.OrderCountShort : GatewayLimit.Ban, Used = answer.Status, Until = until, Detail = answer.Words }, 0, 0);
            }
        }
    }

    internal void Submit(OrderDesk desk, ReadOnlySpan<GatewayRequest> requests)
    {
        lock (Gate)
        {
            sender.Submit(desk, requests);
        }
    }

    internal void RequestReconciliation(ReconciliationTrigger trigger) => reconciler.Request(trigger);

    internal void DoubtClock() => clockWatch.Doubt();

    internal void SendApart(OrderDesk desk, TrackedOrder old, TrackedOrder next) => sender.Apart(desk, old, next);

    /// <summary>Tells each desk whether orders may be sent.</summary>
    internal void UpdateUp(string why)
    {
        foreach (var desk in desks.Values)
        {
            var clockIsGood = clockWatch.Last is { Excessive: false };
            desk.SetUp(link.IsUp && desk.IsReconciled && clockIsGood, clockIsGood ? why : clockWatch.Words);
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
                // A list of orders (OCO) has another shape; this program places none.
                if (entry.TryGetProperty("status", out _) && AccountJson.Order(entry, desk.Instrument) is var facts && Find(desk, facts) is { } order)
                {
                    desk.Tracker.Stands(order, facts);
                    resolver.IfNeeded(desk, order);
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

    private void Happened(JsonElement json)
    {
        switch (AccountJson.OptionalText(json, "e"))
        {
            case "executionReport":
                if (AccountJson.Report(json, symbol => desks.GetValueOrDefault(symbol)?.Instrument) is { } report)
                {
                    Reported(desks[report.Symbol], report);
                }

                break;
            case "outboundAccountPosition":
                Balances.Set(AccountJson.Balances(json.TryGetProperty("B", out var list) ? list : default, "a", "f", "l"), AccountJson.Stamp(json, "u"));
                foreach (var desk in desks.Values)
                {
                    desk.Balance(Balances.Of(desk.Instrument), always: false);
                }

                break;
            case "balanceUpdate":
                Balances.Transferred(AccountJson.Text(json, "a"), AccountJson.Amount(json, "d"));
                break;
        }
    }

    private void Reported(OrderDesk desk, in ExecutionReport report)
    {
        var tracker = desk.Tracker;
        if (report.Kind is ExecutionKind.Replaced or ExecutionKind.Trade or ExecutionKind.Cancelled && tracker.Find(report.Order.NewClientOrderId) is { } next)
        {
            tracker.Link(next, report.Order);
        }

        if (Find(desk, report.Order) is not { } order)
        {
            if (report.Trade is { } foreign)
            {
                ForeignTrade(desk, foreign);
            }

            return;
        }

        if (report.Trade is { } trade)
        {
            tracker.Traded(order, trade);
        }
        else if (report.Kind != ExecutionKind.Replaced)
        {
            tracker.Stands(order, report.Order);
        }

        resolver.IfNeeded(desk, order);
    }

    /// <summary>Reports a trade of the account that is none of this run's, once.</summary>
    internal void ForeignTrade(OrderDesk desk, in TradeFacts trade)
    {
        if (desk.ReportedForeign.Add(trade.TradeId))
        {
            desk.Found(ReconciliationFinding.ForeignTrade, 0, trade.Time, $"trade {trade.TradeId} of {desk.Instrument.FormatQuantity(trade.Quantity)} at {desk.Instrument.FormatPrice(trade.Price)} is by an order that is none of this run's", trade.VenueOrderId);
        }
    }

    private async Task LearnRulesAsync(CancellationToken ct)
    {
        var body = await publicRest.ExchangeInfoAsync([.. desks.Keys], ct).ConfigureAwait(false);
        using var json = JsonDocument.Parse(body);
        lock (orderCount)
        {
            if (json.RootElement.TryGetProperty("rateLimits", out var limits))
            {
                orderCount.Learn(limits);
            }
        }

        lock (Gate)
        {
            foreach (var entry in json.RootElement.GetProperty("symbols").EnumerateArray())
            {
                if (desks.GetValueOrDefault(AccountJson.Text(entry, "symbol")) is { } desk)
                {
                    desk.Rules = SymbolRules.Read(entry, desk.Instrument);
                    if (options.SelfTradePrevention is { } mode && desk.Rules.SelfTradePreventionModes.Count > 0 && !desk.Rules.SelfTradePreventionModes.Contains(mode))
                    {
                        throw new GatewayException($"{desk.Instrument.Symbol} does not allow the self-trade prevention mode {mode}: it allows {string.Join(", ", desk.Rules.SelfTradePreventionModes)}.");
                    }
                }
            }
        }
    }
}
