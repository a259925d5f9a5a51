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
/// asked by the order's name until it is known. An order that the venue does not know counts as never arrived only when
/// its request can no longer be accepted (its timestamp is older than recvWindow) and the venue has been asked again after that.
/// </summary>
internal sealed class DoubtResolver(OrderGateway gateway, AccountLink link, Clock clock, CancellationToken stop)
{
    private const int NoSuchOrder = -2013;
    private const int Archived = -2026;
    private const long Margin = 1_500 * Nanoseconds.PerMillisecond;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MissingTrades = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<TrackedOrder, Task> running = [];
    private readonly Dictionary<TrackedOrder, string> lastWords = [];

    /// <summary>Asks soon when fills of an order are still missing by then. Under the gateway's lock.</summary>
    public void IfNeeded(OrderDesk desk, TrackedOrder order)
    {
        if (order.LacksTrades)
        {
            Start(desk, order, MissingTrades);
        }
    }

    /// <summary>Asks now. Under the gateway's lock.</summary>
    public Task Resolve(OrderDesk desk, TrackedOrder order) => Start(desk, order, TimeSpan.Zero);

    /// <summary>Why an order is still in doubt, for whoever looks for it. Under the gateway's lock.</summary>
    public string Describe(TrackedOrder order) => running.ContainsKey(order) ? $"asked about, last answer: {lastWords.GetValueOrDefault(order, "none")}" : "not asked about";

    /// <summary>Waits for what is running.</summary>
    public async Task EndAsync()
    {
        Task[] tasks;
        lock (gateway.Gate)
        {
            tasks = [.. running.Values];
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private Task Start(OrderDesk desk, TrackedOrder order, TimeSpan after)
    {
        if (running.TryGetValue(order, out var known))
        {
            return known;
        }

        var task = Task.Run(() => RunAsync(desk, order, after), CancellationToken.None);
        running.Add(order, task);
        return task;
    }

    private async Task RunAsync(OrderDesk desk, TrackedOrder order, TimeSpan after)
    {
        try
        {
            if (after > TimeSpan.Zero)
            {
                await Task.Delay(after, clock, stop).ConfigureAwait(false);
                lock (gateway.Gate)
                {
                    if (!order.LacksTrades)
                    {
                        return;
                    }
                }
            }

            var wait = FirstWait;
            while (!await TryAsync(desk, order).ConfigureAwait(false))
            {
                await Task.Delay(wait, clock, stop).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end: the next start asks again.
        }
        finally
        {
            lock (gateway.Gate)
            {
                running.Remove(order);
                lastWords.Remove(order);
            }
        }
    }

    // True when nothing about the order is in doubt any more.
    private async Task<bool> TryAsync(OrderDesk desk, TrackedOrder order)
    {
        var asked = clock.Now;
        var byVenue = order.Predecessor is not null || (order.VenueOrderId > 0 && order.Phase != OrderPhase.Asked);
        var venueOrderId = order.Predecessor?.VenueOrderId ?? order.VenueOrderId;
        var question = new RequestParameters().Add("symbol", desk.Instrument.Symbol);
        _ = byVenue ? question.Add("orderId", venueOrderId) : question.Add("origClientOrderId", order.ClientOrderId);
        var answer = await link.CallAsync(VenueMethod.OrderStatus, question, stop).ConfigureAwait(false);
        var wasOpen = order.IsOpen;
        var lacking = false;
        lock (gateway.Gate)
        {
            using var asking = new Asking(desk);
            lastWords[order] = answer.Kind == AnswerKind.Done ? "the venue knows it" : answer.Words;
            switch (answer.Kind)
            {
                case AnswerKind.Done:
                    if (!Learn(desk, order, answer, asked))
                    {
                        return false;
                    }

                    lacking = order.LacksTrades;
                    venueOrderId = order.VenueOrderId;
                    break;
                case AnswerKind.Refused when answer.Code is NoSuchOrder or Archived:
                    if (!Missing(desk, order, asked))
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }

            if (!lacking)
            {
                SettleCancel(desk, order, wasOpen);
                return true;
            }
        }

        var trades = await link.CallAsync(VenueMethod.TradesOfOrder, new RequestParameters().Add("symbol", desk.Instrument.Symbol).Add("orderId", venueOrderId).Add("limit", 1_000), stop).ConfigureAwait(false);
        if (trades.Kind != AnswerKind.Done)
        {
            return false;
        }

        lock (gateway.Gate)
        {
            using var asking = new Asking(desk);
            try
            {
                desk.Tracker.AllTrades(order, AccountJson.Array(trades.Body).Select(t => AccountJson.Trade(t, desk.Instrument)).ToList());
            }
            catch (MalformedMessageException)
            {
                return false;
            }

            if (order.LacksTrades)
            {
                return false;
            }

            SettleCancel(desk, order, wasOpen);
            return true;
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

    private bool Missing(OrderDesk desk, TrackedOrder order, long asked)
    {
        if (order.Phase == OrderPhase.Asked && order.Predecessor is null)
        {
            if (!IsTooLate(order, asked))
            {
                return false;
            }

            desk.Tracker.Refused(order, OrderRejectReason.Gateway, "the request never arrived at the venue", 0);
            return true;
        }

        if (order.IsOpen && order.Predecessor is null)
        {
            desk.Found(ReconciliationFinding.Vanished, order.OrderId, 0, "the venue does not know the order, which it had taken");
            desk.Tracker.Vanished(order);
        }

        return true;
    }

    // The venue takes a request until its timestamp is older than recvWindow: asked after that, its word is final.
    private bool IsTooLate(TrackedOrder order, long asked) => asked > order.SentAt + link.ReceiveWindow + Margin;

    // A cancel whose answer was lost, or that found nothing: by now it is known what became of the order.
    private static void SettleCancel(OrderDesk desk, TrackedOrder order, bool wasOpen)
    {
        if (order.CancelAsked)
        {
            desk.Tracker.CancelRefused(order, order.IsOpen ? "the cancel did not arrive; the order rests" : wasOpen ? "the order was filled first" : "the order was over", 0);
        }
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
}
