using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>
/// What an order would take at once: what the recorded book shows, best price first, and where it would meet an order of
/// its own account. As everywhere in the model, taking does not change the recorded book.
/// </summary>
internal sealed class Taking
{
    /// <summary>An order that never takes.</summary>
    public static readonly Taking Nothing = new();

    /// <summary>The steps, in order.</summary>
    public List<TakingStep> Steps { get; } = [];

    /// <summary>Quantity taken.</summary>
    public long Quantity { get; private set; }

    /// <summary>Its value in money units.</summary>
    public Int128 Value { get; private set; }

    /// <summary>True when meeting an own order ends it.</summary>
    public bool TakerExpires { get; private set; }

    /// <summary>Plans what an order takes; nothing changes yet.</summary>
    public static Taking Plan(SymbolOrders market, Account account, OrderTicket ticket)
    {
        var plan = new Taking();
        var venue = market.VenueOf(account);
        var own = (ticket.Side == Side.Bid ? venue.Asks : venue.Bids).ToArray();
        plan.Walk(market, account, ticket, own.Select(o => account.Orders[o.OrderId]).ToArray());
        if (ticket.Time == OrderTime.FillOrKill && plan.Quantity < ticket.Quantity)
        {
            return new Taking();
        }

        return plan;
    }

    private void Walk(SymbolOrders market, Account account, OrderTicket ticket, VenueOrder[] own)
    {
        var levels = market.Tracker.Book[ticket.Side == Side.Bid ? Side.Ask : Side.Bid];
        var left = new Left(market, ticket);
        var (rank, mine) = (0, 0);
        while (!TakerExpires && left.Any)
        {
            var level = rank < levels.Count ? levels[rank] : default;
            var ownFirst = mine < own.Length && (rank >= levels.Count || Better(ticket.Side, own[mine].Price, level.Price));
            if (!ownFirst && rank >= levels.Count)
            {
                return;
            }

            var price = ownFirst ? own[mine].Price : level.Price;
            var size = left.At(price, ownFirst ? own[mine].Remaining : level.Quantity);
            if (size == 0)
            {
                return;
            }

            if (ownFirst)
            {
                Meet(ticket.SelfTrade, own[mine++], price, size, left);
            }
            else
            {
                rank++;
                left.Take(price, size);
                Quantity += size;
                Value += (Int128)price * size;
                Steps.Add(new TakingStep(price, size, null));
            }
        }
    }

    // Own orders stand behind what the recording shows at the same price.
    private static bool Better(Side taker, long price, long other) => taker == Side.Bid ? price < other : price > other;

    private void Meet(SelfTrade mode, VenueOrder own, long price, long size, Left left)
    {
        TakerExpires = mode is SelfTrade.ExpireTaker or SelfTrade.ExpireBoth;
        Steps.Add(new TakingStep(price, size, own));
        if (mode == SelfTrade.Decrement)
        {
            left.Take(price, size);
        }
    }

    // What is left of the order, in quantity or in value.
    private sealed class Left(SymbolOrders market, OrderTicket ticket)
    {
        private readonly bool isValue = ticket.Quantity == 0;
        private readonly long lot = market.Rules.Instrument.Lot;
        private long quantity = ticket.Quantity;
        private Int128 value = Amount.ToUnits(ticket.QuoteValue, market.Instrument.MoneyDecimals);

        public bool Any => isValue ? value > 0 : quantity > 0;

        // How much may be taken at a price of what is there; 0 when the price is beyond the limit, or less than a lot is left.
        public long At(long price, long available)
        {
            if (ticket.Kind != OrderKind.Market && (ticket.Side == Side.Bid ? price > ticket.Price : price < ticket.Price))
            {
                return 0;
            }

            if (!isValue)
            {
                return Math.Min(quantity, available);
            }

            var most = (long)Int128.Min(Division.Divide(value, price, Rounding.Down), available);
            return most < available ? most - (most % lot) : most;
        }

        public void Take(long price, long size)
        {
            quantity -= size;
            value -= (Int128)price * size;
        }
    }
}

/// <summary>A step of taking.</summary>
/// <param name="Price">Price.</param>
/// <param name="Quantity">Quantity.</param>
/// <param name="Own">The account's own order that is met there; null for what the recording shows.</param>
internal sealed record TakingStep(long Price, long Quantity, VenueOrder? Own);
