using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// Whose the account's trades are. They are listed from the last one that is settled, never from the newest that is known: one below it may be missing.
/// Where a trade's order is known here by no id of the venue, the venue is asked for that order, and its name tells whose it is. A cancelled order may
/// have the name of its cancel instead (a guard, a sweep of a start that failed): then one of ours that was never answered is told by side, price,
/// quantity and time.
/// </summary>
internal sealed class TradeClaims(OrderGateway gateway, IAccountLink link, Clock clock)
{
    private const int MostTrades = 1_000;

    // The venue shows at most a day of trades by time.
    private const long LongestLook = Nanoseconds.PerDay - (60 * Nanoseconds.PerSecond);

    // How far our stamp of a decision may be behind the venue's of its order: clocks, and a venue whose clock is set.
    private const long StampError = 10 * Nanoseconds.PerSecond;

    /// <summary>Lists the account's trades in the symbol that are not settled, oldest first, page by page.</summary>
    /// <returns>The trades, or the venue's words when they cannot be had now.</returns>
    /// <exception cref="MalformedMessageException">The answer cannot be read.</exception>
    public async Task<(IReadOnlyList<TradeFacts> Trades, string? Failed)> ListAsync(OrderDesk desk, CancellationToken ct, CallOptions how = default)
    {
        var all = new List<TradeFacts>();
        var from = desk.SettledTrade + 1;
        var earliest = clock.Now - LongestLook;
        if (desk.SettledTrade == 0 && desk.Start.Since < earliest && desk.Start.KnownTrades.Count > 0)
        {
            // The run's first one is longer ago than the venue tells by time.
            from = desk.Start.KnownTrades.Min();
        }

        while (true)
        {
            var question = new RequestParameters().Add("symbol", desk.Instrument.Symbol).Add("limit", MostTrades);
            _ = from > 1 ? question.Add("fromId", from) : question.Add("startTime", (Math.Max(desk.Start.Since, earliest) - link.Offset) / Nanoseconds.PerMillisecond);
            var answer = await link.CallAsync(VenueMethod.Trades, question, ct, how).ConfigureAwait(false);
            if (answer.Kind != AnswerKind.Done)
            {
                return (all, answer.Words);
            }

            var page = AccountJson.Array(answer.Body).Select(t => AccountJson.Trade(t, desk.Instrument)).ToList();
            all.AddRange(page);
            if (page.Count < MostTrades)
            {
                return (all, null);
            }

            from = page.Max(t => t.TradeId) + 1;
        }
    }

    /// <summary>Asks for the orders of trades whose order is not known here; what turns out to be ours has its venue's id afterwards.</summary>
    /// <returns>Null when of every trade it is known whether its order is ours; otherwise what the venue did not tell.</returns>
    /// <exception cref="MalformedMessageException">The answer cannot be read.</exception>
    public async Task<string?> ClaimAsync(OrderDesk desk, IReadOnlyList<TradeFacts> trades, CancellationToken ct, CallOptions how = default)
    {
        long[] unknown;
        lock (gateway.Gate)
        {
            unknown = [.. trades.Where(t => IsNobodys(desk, t)).Select(t => t.VenueOrderId).Distinct()];
        }

        foreach (var venueOrderId in unknown)
        {
            var question = new RequestParameters().Add("symbol", desk.Instrument.Symbol).Add("orderId", venueOrderId);
            var answer = await link.CallAsync(VenueMethod.OrderStatus, question, ct, how).ConfigureAwait(false);
            if (answer.Kind != AnswerKind.Done)
            {
                return $"whose order {venueOrderId} is, which traded, is not known: {answer.Words}";
            }

            var facts = AccountJson.Order(answer.Body, desk.Instrument);
            lock (gateway.Gate)
            {
                Claim(desk, facts);
            }
        }

        return null;
    }

    private static bool IsNobodys(OrderDesk desk, in TradeFacts trade) =>
        !desk.IsSettled(trade) && desk.Tracker.Find(trade.VenueOrderId) is null;

    private void Claim(OrderDesk desk, in OrderFacts facts)
    {
        if (desk.Tracker.Find(facts.VenueOrderId) is not null || (desk.Tracker.Find(facts.ClientOrderId) ?? Renamed(desk, facts)) is not { } order)
        {
            return;
        }

        if (order.UnderWay > 0)
        {
            // Its own answer is on the way: it is only heard of earlier.
            desk.Tracker.Stands(order, facts);
            return;
        }

        using var asking = new DoubtResolver.Asking(desk);
        desk.Tracker.Stands(order, facts);
    }

    private TrackedOrder? Renamed(OrderDesk desk, in OrderFacts facts)
    {
        if (facts.Status != VenueOrderStatus.Cancelled || ClientOrderId.TryRead(facts.ClientOrderId, out _))
        {
            return null;
        }

        // An amendment keeps the venue's id, which the journal has with the order before it.
        var isOfThisRun = desk.HasOfJournal(facts.VenueOrderId);
        foreach (var order in desk.Tracker.All)
        {
            if (order is { VenueOrderId: 0, IsOpen: true } or { VenueOrderId: 0, NeverArrived: true }
                && order.Side == facts.Side && order.Price == facts.Price
                && (isOfThisRun ? facts.Quantity >= order.Quantity : facts.Quantity == order.Quantity && (facts.PlacedAt == 0 || facts.PlacedAt >= order.RequestedAt - link.Offset - StampError)))
            {
                return order;
            }
        }

        return null;
    }
}
