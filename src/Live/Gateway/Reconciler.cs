using System.Text.Json;
using System.Threading.Channels;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;
using EventSourcedMM.Live.Telemetry;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// Compares the gateway with the venue: open orders, balances, trades since the last that is settled. Whatever it learns goes
/// through the same tracker as reports, so a fill that both tell is one. At the start and after a connection was lost,
/// the desk is down until it has closed.
/// </summary>
internal sealed partial class Reconciler(OrderGateway gateway, IAccountLink link, DoubtResolver resolver, TradeClaims claims, RestClient publicRest, GatewayOptions options, Clock clock)
{
    private const int MostAttempts = 5;
    private const int NothingToCancel = -2011;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly Channel<ReconciliationTrigger> due = Channel.CreateUnbounded<ReconciliationTrigger>();
    private bool hasBaseline;
    private bool sawUnknownTrade;

    /// <summary>Asks for a reconciliation.</summary>
    public void Request(ReconciliationTrigger trigger) => due.Writer.TryWrite(trigger);

    /// <summary>Reconciles whenever it is due, until stopped.</summary>
    public async Task KeepAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(ct);
                var asked = due.Reader.WaitToReadAsync(wait.Token).AsTask();
                var first = await Task.WhenAny(asked, Task.Delay(options.ReconciliationInterval, clock, wait.Token)).ConfigureAwait(false);
                var trigger = ReconciliationTrigger.Periodic;
                if (first == asked)
                {
                    while (due.Reader.TryRead(out var next))
                    {
                        // The gravest reason is the one that is told.
                        trigger = trigger == ReconciliationTrigger.Reconnected ? trigger : next;
                    }
                }

                await wait.CancelAsync().ConfigureAwait(false);
                ct.ThrowIfCancellationRequested();
                await RunAsync(trigger, ct).ConfigureAwait(false);
                if (!due.Reader.TryPeek(out _))
                {
                    await gateway.RefreshRulesAsync(ct).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It is being closed: nothing is left to do.
        }
    }

    /// <summary>Reconciles every desk; repeats what fails until it is done or stopped. Gives up, still open, where a lost connection makes another one necessary anyway.</summary>
    /// <exception cref="VenueOutOfReachException">At the start: the venue does not answer.</exception>
    public async Task RunAsync(ReconciliationTrigger trigger, CancellationToken ct)
    {
        using var activity = LiveTelemetry.Source.StartActivity("reconciliation")?.SetTag("trigger", trigger);
        lock (gateway.Gate)
        {
            gateway.Reconciliation++;
            foreach (var desk in gateway.Desks)
            {
                desk.Findings = 0;
                desk.Alarms = 0;
                if (trigger != ReconciliationTrigger.Periodic)
                {
                    desk.IsReconciled = false;
                    desk.SetUp(false, "the account is being reconciled");
                }

                desk.Emit(new ReconciliationStarted { Reconciliation = gateway.Reconciliation, Trigger = trigger }, 0, 0);
            }
        }

        var wait = FirstWait;
        for (var attempt = 1; ; attempt++)
        {
            string? failure;
            try
            {
                failure = await TryAsync(trigger, ct).ConfigureAwait(false);
            }
            catch (MalformedMessageException e)
            {
                // An answer that cannot be read reconciles nothing; it is asked for again, and no new risk is taken until then.
                failure = $"the venue's answer cannot be read: {e.Message}";
            }

            if (failure is null)
            {
                return;
            }

            if (trigger == ReconciliationTrigger.Start && attempt == MostAttempts)
            {
                throw new VenueOutOfReachException($"The account cannot be reconciled: {failure}.");
            }

            if (attempt == MostAttempts)
            {
                // What has not been compared for so long is not known to agree: no new risk, and the reason is told.
                lock (gateway.Gate)
                {
                    foreach (var desk in gateway.Desks)
                    {
                        desk.IsReconciled = false;
                        desk.SetUp(false, $"the account cannot be reconciled: {failure}");
                    }
                }
            }

            await Task.Delay(wait, clock, ct).ConfigureAwait(false);
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
        }
    }

    private async Task<string?> TryAsync(ReconciliationTrigger trigger, CancellationToken ct)
    {
        long fills, losses;
        lock (gateway.Gate)
        {
            (fills, losses) = (gateway.Balances.Fills, gateway.Losses);
            sawUnknownTrade = false;
        }

        var account = await link.CallAsync(VenueMethod.Account, new RequestParameters().Add("omitZeroBalances", true), ct).ConfigureAwait(false);
        if (account.Kind != AnswerKind.Done)
        {
            return account.Words;
        }

        lock (gateway.Gate)
        {
            RequireAccount(AccountJson.OptionalNumber(account.Body, "uid") ?? 0);
            if (account.Body.TryGetProperty("canTrade", out var can) && can.ValueKind == JsonValueKind.False && trigger == ReconciliationTrigger.Start)
            {
                throw new GatewayException("The account may not trade (canTrade is false): allow spot trading for the key at the venue.");
            }
        }

        foreach (var desk in gateway.Desks)
        {
            if (await OrdersAsync(desk, ct).ConfigureAwait(false) is { } failed)
            {
                return failed;
            }

            if (await TradesAsync(desk, ct).ConfigureAwait(false) is { } missing)
            {
                return missing;
            }

            if (await PricesAsync(desk, account.Body, ct).ConfigureAwait(false) is { } unpriced && trigger != ReconciliationTrigger.Periodic)
            {
                return unpriced;
            }
        }

        if (gateway.MostOrders > 0 && trigger != ReconciliationTrigger.Periodic && await ElsewhereAsync(ct).ConfigureAwait(false) is { } uncounted)
        {
            return uncounted;
        }

        return Close(account.Body, fills, losses, trigger);
    }

    // Only where the venue limits them over all symbols: the question is a dear one.
    private async Task<string?> ElsewhereAsync(CancellationToken ct)
    {
        var open = await link.CallAsync(VenueMethod.AllOpenOrders, new RequestParameters(), ct).ConfigureAwait(false);
        if (open.Kind != AnswerKind.Done)
        {
            return open.Words;
        }

        lock (gateway.Gate)
        {
            string[] traded = [.. gateway.Desks.Select(d => d.Instrument.Symbol)];
            gateway.OrdersElsewhere = AccountJson.Array(open.Body).Count(o => !traded.Contains(AccountJson.OptionalText(o, "symbol"), StringComparer.Ordinal));
        }

        return null;
    }

    // Another account has none of the orders: asked for them, it would say that they never arrived.
    private void RequireAccount(long account)
    {
        foreach (var desk in gateway.Desks)
        {
            if (account > 0 && desk.Start.Account is > 0 and var expected && expected != account)
            {
                throw new OtherAccountException(FormattableString.Invariant($"The keys are of the venue's account {account}; the orders of run {desk.Start.Run} are of account {expected}. Give it the keys that it had, or --new to leave it as it is and start another one."));
            }
        }

        gateway.Account = account;
    }

    private async Task<string?> OrdersAsync(OrderDesk desk, CancellationToken ct)
    {
        List<TrackedOrder> known;
        lock (gateway.Gate)
        {
            // Only what was there before the question can be missed in its answer.
            known = [.. desk.Tracker.Open.Where(o => !desk.IsReconciled || o is { Phase: OrderPhase.Resting, CancelAsked: false })];
        }

        var open = await link.CallAsync(VenueMethod.OpenOrders, new RequestParameters().Add("symbol", desk.Instrument.Symbol), ct).ConfigureAwait(false);
        if (open.Kind != AnswerKind.Done)
        {
            return open.Words;
        }

        var doubts = new List<Task>();
        var strays = new List<OrderFacts>();
        var undead = new List<(TrackedOrder Order, OrderFacts Facts)>();
        lock (gateway.Gate)
        {
            using var asking = new DoubtResolver.Asking(desk);
            var listed = new HashSet<TrackedOrder>();
            var others = 0;
            foreach (var entry in AccountJson.Array(open.Body))
            {
                var facts = AccountJson.Order(entry, desk.Instrument);
                if (OrderGateway.Find(desk, facts) is { } order)
                {
                    listed.Add(order);
                    if (!order.IsOpen && order.Successor is null)
                    {
                        undead.Add((order, facts));
                    }

                    if (order.Predecessor is null && order.Successor is null && (!desk.IsReconciled || order is { Phase: OrderPhase.Resting, CancelAsked: false }))
                    {
                        desk.Tracker.Stands(order, facts);
                    }
                }
                else
                {
                    others++;
                    Stray(desk, facts, strays);
                }
            }

            desk.OtherOrders = others;
            // While the connection stood, what is under way is answered by its own request; after it was lost, by asking only.
            foreach (var order in known.Where(o => o.LacksTrades || (o.IsOpen && !listed.Contains(o)) || (!desk.IsReconciled && (o.Phase == OrderPhase.Asked || o.CancelAsked))))
            {
                doubts.Add(resolver.Resolve(desk, order));
            }

            // Somebody waits for an answer, and no request is under way that brings one: that must not be, and must not last.
            foreach (var order in desk.Tracker.Open.Where(o => desk.IsReconciled && o.IsLeftInDoubt))
            {
                _ = resolver.Resolve(desk, order);
            }
        }

        await Task.WhenAll(doubts).WaitAsync(ct).ConfigureAwait(false);
        foreach (var stray in strays)
        {
            var (_, failed) = await CancelAsync(desk, stray, ct).ConfigureAwait(false);
            if (failed is not null)
            {
                return failed;
            }
        }

        foreach (var (order, facts) in undead)
        {
            // Its end was told. Where the venue's list only lags, there is nothing to cancel; where there is, the order had been resting with nobody knowing.
            var (cancelled, failed) = await CancelAsync(desk, facts, ct).ConfigureAwait(false);
            if (failed is not null)
            {
                return failed;
            }

            if (cancelled)
            {
                lock (gateway.Gate)
                {
                    desk.Found(ReconciliationFinding.Vanished, order.OrderId, facts.Time, "the order was told as over, rested at the venue all the same, and has been cancelled now", facts.VenueOrderId, facts.ClientOrderId);
                }
            }
        }

        return null;
    }

    // Whether there was something to cancel; the venue's words when that is not known.
    private async Task<(bool Cancelled, string? Failed)> CancelAsync(OrderDesk desk, OrderFacts order, CancellationToken ct)
    {
        var answer = await link.CallAsync(VenueMethod.Cancel, new RequestParameters().Add("symbol", desk.Instrument.Symbol).Add("orderId", order.VenueOrderId), ct).ConfigureAwait(false);
        return (answer.Kind == AnswerKind.Done, answer.Kind == AnswerKind.Done || answer.Code == NothingToCancel ? null : $"order {order.VenueOrderId} could not be cancelled: {answer.Words}");
    }

    private void Stray(OrderDesk desk, in OrderFacts facts, List<OrderFacts> strays)
    {
        var ours = ClientOrderId.TryRead(facts.ClientOrderId, out var id);
        if (ours && options.CancelOrdersOfOtherRuns)
        {
            strays.Add(facts);
        }

        if (desk.ReportedForeign.Add(-facts.VenueOrderId))
        {
            var what = $"{(facts.Side == Domain.Book.Side.Bid ? "bid" : "ask")} of {desk.Instrument.FormatQuantity(facts.Quantity)} at {desk.Instrument.FormatPrice(facts.Price)}";
            desk.Found(
                ours ? ReconciliationFinding.OrderOfOtherRun : ReconciliationFinding.ForeignOrder,
                0,
                facts.Time,
                ours ? $"a {what} of {(id.Tag == desk.Tag ? "this run, which its journal does not hold" : "another run of this program")}{(options.CancelOrdersOfOtherRuns ? ", which is to be cancelled" : "")}" : $"a {what} that this program did not place, which is left alone",
                facts.VenueOrderId,
                facts.ClientOrderId);
        }

        // Found first: nothing is told behind a failure.
        if (ours && gateway.IsAnotherEngines(desk, facts))
        {
            OrderGateway.AnotherEngine(desk, facts);
        }
    }

    private async Task<string?> TradesAsync(OrderDesk desk, CancellationToken ct)
    {
        var (trades, failed) = await claims.ListAsync(desk, ct).ConfigureAwait(false);
        failed ??= await claims.ClaimAsync(desk, trades, ct).ConfigureAwait(false);
        if (failed is not null)
        {
            return failed;
        }

        var doubts = new List<Task>();
        lock (gateway.Gate)
        {
            foreach (var trade in trades)
            {
                Judge(desk, trade, doubts);
            }
        }

        await Task.WhenAll(doubts).WaitAsync(ct).ConfigureAwait(false);
        lock (gateway.Gate)
        {
            desk.Listed(trades);
        }

        return null;
    }

    // Whose trade it is.
    private void Judge(OrderDesk desk, TradeFacts trade, List<Task> doubts)
    {
        if (desk.IsSettled(trade))
        {
            return;
        }

        sawUnknownTrade = true;
        if (desk.Tracker.Find(trade.VenueOrderId) is not { } order)
        {
            gateway.UnknownTrade(desk, trade);
            return;
        }

        if (!order.IsOpen && order.Successor is null)
        {
            desk.Contradiction(order, $"is over for the engine, and trade {trade.TradeId} says that it filled");
            return;
        }

        // While the connection stood, the report is on its way, and is waited for a moment.
        order.Executed = Math.Max(order.Executed, order.Before + order.Filled + 1);
        if (desk.IsReconciled)
        {
            resolver.IfNeeded(desk, order);
        }
        else
        {
            doubts.Add(resolver.Resolve(desk, order));
        }
    }
}
