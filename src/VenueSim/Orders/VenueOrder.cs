using EventSourcedMM.Domain.Book;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>Kinds of orders that the venue takes.</summary>
internal enum OrderKind
{
    Limit,
    LimitMaker,
    Market,
}

/// <summary>How long an order is good.</summary>
internal enum OrderTime
{
    GoodTillCancelled,
    ImmediateOrCancel,
    FillOrKill,
}

/// <summary>Where an order stands (enums.md, "Order status").</summary>
internal enum OrderState
{
    New,
    PartiallyFilled,
    Filled,
    Cancelled,
    Expired,
    ExpiredInMatch,
}

/// <summary>What happens when an order would meet one of the same account (enums.md, "STP Modes").</summary>
internal enum SelfTrade
{
    ExpireTaker,
    ExpireMaker,
    ExpireBoth,
    Decrement,
}

/// <summary>An order as the venue knows it. Prices and quantities are in units of its symbol.</summary>
internal sealed class VenueOrder
{
    /// <summary>The venue's id.</summary>
    public required long Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required Account Account { get; init; }

    /// <summary>Where it is.</summary>
    public required SymbolOrders Market { get; init; }

    /// <summary>What was asked for.</summary>
    public required OrderTicket Ticket { get; init; }

    /// <summary>Id that the client gave it; another one once it is cancelled.</summary>
    public required string ClientOrderId { get; set; }

    /// <summary>Id that it had before it was cancelled or amended.</summary>
    public string OriginalClientOrderId { get; set; } = "";

    /// <summary>Quantity, less what was amended away.</summary>
    public required long Quantity { get; set; }

    /// <summary>Quantity filled.</summary>
    public long Executed { get; set; }

    /// <summary>Value of that, as an amount.</summary>
    public Int128 ExecutedValue { get; set; }

    /// <summary>Quantity that was kept from meeting the account's own orders.</summary>
    public long Prevented { get; set; }

    /// <summary>Where it stands.</summary>
    public OrderState State { get; set; }

    /// <summary>Why it expired, as the venue writes it; empty when it did not.</summary>
    public string ExpiryReason { get; set; } = "";

    /// <summary>When it was taken, in nanoseconds since the epoch.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required long UpdatedAt { get; set; }

    /// <summary>True when it has rested in the book.</summary>
    public bool HasRested { get; set; }

    /// <summary>Amendments so far.</summary>
    public int Amendments { get; set; }

    /// <summary>Symbol in capitals.</summary>
    public string Symbol => Market.Symbol;

    /// <summary>Side.</summary>
    public Side Side => Ticket.Side;

    /// <summary>Price; 0 for a market order.</summary>
    public long Price => Ticket.Price;

    /// <summary>Quantity that can still be filled.</summary>
    public long Remaining => Quantity - Executed - Prevented;

    /// <summary>True while it can be filled or cancelled.</summary>
    public bool IsOpen => State is OrderState.New or OrderState.PartiallyFilled;
}

/// <summary>A fill of an order.</summary>
/// <param name="Id">The trade's id in its symbol.</param>
/// <param name="Order">The order.</param>
/// <param name="Price">Price.</param>
/// <param name="Quantity">Quantity.</param>
/// <param name="Value">Price times quantity, as an amount.</param>
/// <param name="Commission">Commission, as an amount.</param>
/// <param name="CommissionAsset">What it is charged in.</param>
/// <param name="Time">When, in nanoseconds since the epoch.</param>
/// <param name="IsMaker">True when the order rested.</param>
internal sealed record Execution(
    long Id, VenueOrder Order, long Price, long Quantity, Int128 Value, Int128 Commission, string CommissionAsset, long Time, bool IsMaker);

/// <summary>An order as a client asks for it.</summary>
internal sealed record OrderTicket
{
    /// <summary>Side.</summary>
    public required Side Side { get; init; }

    /// <summary>Kind.</summary>
    public required OrderKind Kind { get; init; }

    /// <summary>How long it is good.</summary>
    public OrderTime Time { get; init; }

    /// <summary>Price; 0 for a market order.</summary>
    public long Price { get; init; }

    /// <summary>Quantity; 0 for a market order of a value.</summary>
    public long Quantity { get; init; }

    /// <summary>Value of a market order, as an amount; 0 for one of a quantity.</summary>
    public Int128 QuoteValue { get; init; }

    /// <summary>Client order id; empty to have one made.</summary>
    public string ClientOrderId { get; init; } = "";

    /// <summary>What happens when it meets an order of its own account.</summary>
    public SelfTrade SelfTrade { get; init; } = SelfTrade.ExpireMaker;

    /// <summary>The client's strategy; null without.</summary>
    public long? StrategyId { get; init; }

    /// <summary>The client's kind of strategy; null without.</summary>
    public long? StrategyType { get; init; }

    /// <summary>How much the answer tells.</summary>
    public AnswerSize Size { get; init; }
}

/// <summary>How much the answer to a new order tells (newOrderRespType).</summary>
internal enum AnswerSize
{
    Acknowledgement,
    Result,
    Full,
}
