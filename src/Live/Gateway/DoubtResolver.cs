using System.Text.Json;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// Finds out what became of an order when an answer was lost, a cancel found nothing, or fills are missing: the venue is
/// asked by the order's name until it is known. The venue answers from copies that lag behind its book, so "no such order"
/// alone decides nothing: an order never arrived when its request can no longer be accepted (its timestamp is older than
/// recvWindow) and some seconds have passed since; one that had been accepted is gone when the venue has not known it for
/// half a minute. Either is then also missing among the open orders, and has no trade that was not told: of an order whose
/// venue's id is not known, no trade of the account is one.
/// </summary>
internal sealed class DoubtResolver(OrderGateway gateway, IAccountLink link, TradeClaims claims, Clock clock, CancellationToken stop)
{
    private const int NoSuchOrder = -2013;
    private const int Archived = -2026;
    private const int MostTrades = 1_000;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MissingTrades = TimeSpan.FromMilliseconds(300);

    // How far stamps may be off each other.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(1_500);

    // How long the venue's copies may lag: for an order that nobody has seen, and for one that it had accepted.
    private static readonly TimeSpan UnseenLag = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan AcceptedLag = TimeSpan.FromSeconds(30);

    private static readonly CallOptions Urgent = new(Urgent: true);

    private readonly Dictionary<TrackedOrder, Inquiry> running = [];

    /// <summary>Asks soon when fills of an order are still missing by then. Under the gateway's lock.</summary>
    public void IfNeeded(OrderDesk desk, TrackedOrder order)
    {
        if (order.LacksTrades && !running.ContainsKey(order))
        {
            Start(desk, order, MissingTrades);
        }
    }

    /// <summary>Asks now, and again when a question is under way that left before this. Under the gateway's lock.</summary>
    /// <returns>Done when nothing about the order is in doubt.</returns>
    public Task Resolve(OrderDesk desk, TrackedOrder order)
    {
        var inquiry = running.GetValueOrDefault(order) ?? Start(desk, order, TimeSpan.Zero);
        inquiry.Wanted++;
        return inquiry.Task;
    }

    /// <summary>Asks, when nobody does. Under the gateway's lock.</summary>
    public void Ask(OrderDesk desk, TrackedOrder order)
    {
        if (!running.ContainsKey(order))
        {
            _ = Resolve(desk, order);
        }
    }

    /// <summary>Why an order is still in doubt, for whoever looks for it. Under the gateway's lock.</summary>
    public string Describe(TrackedOrder order) => running.TryGetValue(order, out var inquiry) ? $"asked about, last answer: {inquiry.LastWords}" : "not asked about";

    /// <summary>Waits for what is running.</summary>
    public async Task EndAsync()
    {
        Task[] tasks;
        lock (gateway.Gate)
        {
            tasks = [.. running.Values.Select(i => i.Task)];
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private Inquiry Start(OrderDesk desk, TrackedOrder order, TimeSpan after)
    {
        var inquiry = new Inquiry(desk, order);
        running.Add(order, inquiry);
        inquiry.Task = Task.Run(() => RunAsync(inquiry, after), CancellationToken.None);
        return inquiry;
    }

    private async Task RunAsync(Inquiry inquiry, TimeSpan after)
    {
        try
        {
            if (after > TimeSpan.Zero)
            {
                await Task.Delay(after, clock, stop).ConfigureAwait(false);
                lock (gateway.Gate)
                {
                    if (!inquiry.Order.LacksTrades && inquiry.Wanted == 0)
                    {
                        running.Remove(inquiry.Order);
                        return;
                    }
                }
            }

            var wait = FirstWait;
            while (!await TryAsync(inquiry).ConfigureAwait(false) || !IsOver(inquiry))
            {
                await Task.Delay(wait, clock, stop).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end: the next start asks again.
        }
        catch (Exception e)
        {
            // An order in doubt that nobody asks about would stay so for ever.
            gateway.Failed(e);
        }
        finally
        {
            lock (gateway.Gate)
            {
                if (running.GetValueOrDefault(inquiry.Order) == inquiry)
                {
                    running.Remove(inquiry.Order);
                }
            }
        }
    }

    // Leaves in one step with the last look at what is wanted: a doubt that comes after it starts another inquiry.
    private bool IsOver(Inquiry inquiry)
    {
        lock (gateway.Gate)
        {
            return !inquiry.IsBehind && running.Remove(inquiry.Order);
        }
    }

    // True when nothing about the order is in doubt any more.
    private async Task<bool> TryAsync(Inquiry inquiry)
    {
        var (desk, order) = (inquiry.Desk, inquiry.Order);
        RequestParameters question;
        long asked, venueOrderId;
        lock (gateway.Gate)
        {
            inquiry.Answering = inquiry.Wanted;
            asked = clock.GetTimestamp();
            var byVenue = order.Predecessor is not null || (order.VenueOrderId > 0 && order.Phase != OrderPhase.Asked);
            venueOrderId = order.Predecessor?.VenueOrderId ?? order.VenueOrderId;
            question = new RequestParameters().Add("symbol", desk.Instrument.Symbol);
            _ = byVenue ? question.Add("orderId", venueOrderId) : question.Add("origClientOrderId", order.ClientOrderId);
        }

        var answer = await link.CallAsync(VenueMethod.OrderStatus, question, stop, Urgent).ConfigureAwait(false);
        var wasOpen = order.IsOpen;
        var isMissing = answer.Kind == AnswerKind.Refused && answer.Code is NoSuchOrder or Archived;
        lock (gateway.Gate)
        {
            using var asking = new Asking(desk);
            inquiry.LastWords = answer.Kind == AnswerKind.Done ? "the venue knows it" : answer.Words;
            if (answer.Kind == AnswerKind.Done)
            {
                order.UnknownSince = null;
                if (!Learn(desk, order, answer, asked))
                {
                    return false;
                }

                venueOrderId = order.VenueOrderId;
                if (!order.LacksTrades)
                {
                    return SettleCancel(inquiry, wasOpen, asked);
                }
            }
            else if (isMissing)
            {
                order.UnknownSince ??= asked;
                if (answer.Code == NoSuchOrder && !IsConclusive(order, asked))
                {
                    return false;
                }
            }
            else
            {
                return false;
            }
        }

        return isMissing
            ? await MissingAsync(inquiry, venueOrderId, asked).ConfigureAwait(false)
            : await TradesAsync(inquiry, venueOrderId, wasOpen, asked).ConfigureAwait(false);
    }

    private async Task<bool> TradesAsync(Inquiry inquiry, long venueOrderId, bool wasOpen, long asked)
    {
        if (await AllTradesAsync(inquiry.Desk, venueOrderId).ConfigureAwait(false) is not { } trades)
        {
            return false;
        }

        lock (gateway.Gate)
        {
            using var asking = new Asking(inquiry.Desk);
            inquiry.Desk.Tracker.AllTrades(inquiry.Order, trades);
            return !inquiry.Order.LacksTrades && SettleCancel(inquiry, wasOpen, asked);
        }
    }

    // All trades of an order, page by page; null when they cannot be had now.
    private async Task<List<TradeFacts>?> AllTradesAsync(OrderDesk desk, long venueOrderId)
    {
        var all = new List<TradeFacts>();
        var from = 0L;
        while (true)
        {
            var question = new RequestParameters().Add("symbol", desk.Instrument.Symbol).Add("orderId", venueOrderId).Add("fromId", from).Add("limit", MostTrades);
            var answer = await link.CallAsync(VenueMethod.TradesOfOrder, question, stop, Urgent).ConfigureAwait(false);
            if (answer.Kind != AnswerKind.Done)
            {
                return null;
            }

            try
            {
                var page = AccountJson.Array(answer.Body).Select(t => AccountJson.Trade(t, desk.Instrument)).ToList();
                all.AddRange(page);
                if (page.Count < MostTrades)
                {
                    return all;
                }

                from = page.Max(t => t.TradeId) + 1;
            }
            catch (MalformedMessageException)
            {
                return null;
            }
        }
    }

    private bool Learn(OrderDesk desk, TrackedOrder order, VenueAnswer answer, long asked)
    {
        OrderFacts facts;
        try
        {
            facts = AccountJson.Order(answer.Body, desk.Instrument);
        }
        catch (MalformedMessageException)
        {
            return false;
        }

        if (order.Predecessor is { } old)
        {
            if (facts.ClientOrderId == order.ClientOrderId)
            {
                desk.Tracker.Amended(old, order, facts);
                return true;
            }

            // Not amended, as far as is known: until the request can no longer be accepted, that may change.
            if (facts.Status is VenueOrderStatus.New or VenueOrderStatus.PartiallyFilled && !IsTooLate(order, asked))
            {
                return false;
            }

            desk.Tracker.Stands(old, facts);
            gateway.SendApart(desk, old, order);
            return true;
        }

        // An amendment just before a crash: the venue's one order is two of ours, of which this is the earlier or the later.
        if (facts.ClientOrderId != order.ClientOrderId && desk.Tracker.Find(facts.ClientOrderId) is { Phase: OrderPhase.Asked } next)
        {
            desk.Tracker.Link(next, facts);
            return true;
        }

        desk.Tracker.Stands(order, facts);
        return true;
    }

    // The venue has not known the order for so long that this is no lag: it is looked for in two other places.
    private async Task<bool> MissingAsync(Inquiry inquiry, long venueOrderId, long asked)
    {
        var (desk, order) = (inquiry.Desk, inquiry.Order);
        var phase = order.Phase;
        var open = await link.CallAsync(VenueMethod.OpenOrders, new RequestParameters().Add("symbol", desk.Instrument.Symbol), stop, Urgent).ConfigureAwait(false);
        var trades = new List<TradeFacts>();
        if (open.Kind != AnswerKind.Done || (venueOrderId > 0 && (trades = await AllTradesAsync(desk, venueOrderId).ConfigureAwait(false)) is null))
        {
            return false;
        }

        lock (gateway.Gate)
        {
            using var asking = new Asking(desk);
            if (Rests(desk, order, venueOrderId, open.Body) is not false)
            {
                return false;
            }
        }

        if (venueOrderId == 0 && !await ClaimAsync(desk).ConfigureAwait(false))
        {
            return false;
        }

        lock (gateway.Gate)
        {
            using var asking = new Asking(desk);
            if (trades.Exists(t => !desk.Tracker.Knows(t.TradeId)))
            {
                desk.Tracker.AllTrades(order, trades);
                return !order.IsOpen && SettleCancel(inquiry, wasOpen: true, asked);
            }

            if (order.Phase != phase || (venueOrderId == 0 && order.VenueOrderId != 0))
            {
                // It was heard of meanwhile.
                order.UnknownSince = null;
                return false;
            }

            GiveUp(desk, order);
            return SettleCancel(inquiry, wasOpen: true, asked);
        }
    }

    // Whether it is among the open orders: then its status lags. Null when the list cannot be read.
    private static bool? Rests(OrderDesk desk, TrackedOrder order, long venueOrderId, JsonElement open)
    {
        try
        {
            foreach (var entry in AccountJson.Array(open))
            {
                var facts = AccountJson.Order(entry, desk.Instrument);
                if (facts.ClientOrderId == order.ClientOrderId || (venueOrderId > 0 && facts.VenueOrderId == venueOrderId))
                {
                    order.UnknownSince = null;
                    if (order.Predecessor is null)
                    {
                        desk.Tracker.Stands(order, facts);
                    }

                    return true;
                }
            }

            return false;
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }

    // It may have filled, been cancelled, and have the cancel's name since: then its trades are among the account's.
    private async Task<bool> ClaimAsync(OrderDesk desk)
    {
        try
        {
            var (trades, failed) = await claims.ListAsync(desk, stop, Urgent).ConfigureAwait(false);
            return failed is null && await claims.ClaimAsync(desk, trades, stop, Urgent).ConfigureAwait(false) is null;
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }

    private void GiveUp(OrderDesk desk, TrackedOrder order)
    {
        if (order.Predecessor is { } old)
        {
            // The order that was to be amended is gone; its own end is asked for by the cancel that goes out now.
            gateway.SendApart(desk, old, order);
        }
        else if (order.Phase == OrderPhase.Asked)
        {
            order.NeverArrived = true;
            desk.Tracker.Refused(order, OrderRejectReason.Gateway, "the request never arrived at the venue", 0);
        }
        else if (order.IsOpen)
        {
            desk.Found(ReconciliationFinding.Vanished, order.OrderId, 0, "the venue does not know the order, which it had taken");
            desk.Tracker.Vanished(order);
        }
    }

    private bool IsConclusive(TrackedOrder order, long asked)
    {
        var isUnseen = order.Phase == OrderPhase.Asked && order.Predecessor is null;
        var accepted = !isUnseen && (order.Predecessor is null || IsTooLate(order, asked)) && clock.GetElapsedTime(order.UnknownSince!.Value, asked) > AcceptedLag;
        return isUnseen ? order.UnderWay == 0 && IsPast(order.SentAt, asked, UnseenLag) && clock.GetElapsedTime(order.UnknownSince!.Value, asked) >= UnseenLag : accepted;
    }

    // The venue takes a request until its timestamp is older than recvWindow.
    private bool IsTooLate(TrackedOrder order, long asked) => order.UnderWay == 0 && IsPast(order.SentAt, asked, TimeSpan.Zero);

    private bool IsPast(long since, long asked, TimeSpan more) =>
        clock.GetElapsedTime(since, asked) > TimeSpan.FromTicks(link.ReceiveWindow / 100) + Margin + more;

    // A cancel whose answer was lost, or that found nothing: by now it is known what became of the order. False while it may still be executed.
    private bool SettleCancel(Inquiry inquiry, bool wasOpen, long asked)
    {
        var (desk, order) = (inquiry.Desk, inquiry.Order);
        if (!order.CancelAsked)
        {
            return true;
        }

        if (!order.IsOpen)
        {
            desk.Tracker.CancelRefused(order, wasOpen ? "the order was filled first" : "the order was over", 0);
            return true;
        }

        // Its own request is under way, or an amendment that stands for it: that will answer it.
        if (order.UnderWay > 0 || desk.Tracker.Open.Any(o => o.Predecessor == order))
        {
            return true;
        }

        if (inquiry.IsBehind || (order.IsCancelInDoubt && !IsPast(order.CancelInDoubtSince, asked, TimeSpan.Zero)))
        {
            return false;
        }

        order.CancelMayArrive |= order.IsCancelInDoubt;
        order.IsCancelInDoubt = false;
        desk.Tracker.CancelRefused(order, "the cancel did not arrive; the order rests", 0);
        return true;
    }

    /// <summary>While it lives, what the desk emits is a finding.</summary>
    internal readonly ref struct Asking : IDisposable
    {
        private readonly OrderDesk desk;

        public Asking(OrderDesk desk)
        {
            this.desk = desk;
            desk.Asking++;
        }

        public void Dispose() => desk.Asking--;
    }

    /// <summary>The questions about one order.</summary>
    private sealed class Inquiry(OrderDesk desk, TrackedOrder order)
    {
        public OrderDesk Desk => desk;

        public TrackedOrder Order => order;

        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>How often somebody asked for an answer.</summary>
        public long Wanted { get; set; }

        /// <summary>How often had been asked for when the last question left.</summary>
        public long Answering { get; set; }

        /// <summary>True when a doubt came after the last question left.</summary>
        public bool IsBehind => Wanted > Answering;

        public string LastWords { get; set; } = "none";
    }
}
