using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Live.Gateway.Wire;

/// <summary>What the venue says of an order, in a status, an open order, an answer to a cancel or a report.</summary>
internal readonly record struct OrderFacts
{
    /// <summary>The order's client id (of a cancelled order the original one).</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>The client id that it has from now on, after an amendment; otherwise the same.</summary>
    public required string NewClientOrderId { get; init; }

    /// <summary>The venue's id.</summary>
    public required long VenueOrderId { get; init; }

    /// <summary>Where it stands.</summary>
    public required VenueOrderStatus Status { get; init; }

    /// <summary>Side.</summary>
    public required Side Side { get; init; }

    /// <summary>Limit price.</summary>
    public required long Price { get; init; }

    /// <summary>Whole quantity.</summary>
    public required long Quantity { get; init; }

    /// <summary>Quantity filled so far.</summary>
    public required long Executed { get; init; }

    /// <summary>The venue's stamp in nanoseconds; 0 for none.</summary>
    public required long Time { get; init; }

    /// <summary>When the order was placed, in nanoseconds by the venue's clock; 0 where the message does not tell.</summary>
    public long PlacedAt { get; init; }

    /// <summary>The venue's words for a refusal or an expiry; empty for none.</summary>
    public string Detail { get; init; }
}

/// <summary>One execution of one of our orders.</summary>
internal readonly record struct TradeFacts
{
    /// <summary>The trade's id.</summary>
    public required long TradeId { get; init; }

    /// <summary>The venue's id of our order.</summary>
    public required long VenueOrderId { get; init; }

    /// <summary>Side of our order.</summary>
    public required Side Side { get; init; }

    /// <summary>Price.</summary>
    public required long Price { get; init; }

    /// <summary>Quantity.</summary>
    public required long Quantity { get; init; }

    /// <summary>Filled quantity of the order after this trade; −1 when the message does not tell.</summary>
    public required long ExecutedAfter { get; init; }

    /// <summary>Commission as the venue wrote it.</summary>
    public required string Commission { get; init; }

    /// <summary>Asset of the commission; empty for none.</summary>
    public required string CommissionAsset { get; init; }

    /// <summary>The venue's stamp in nanoseconds.</summary>
    public required long Time { get; init; }
}

/// <summary>What an executionReport is about.</summary>
internal enum ExecutionKind
{
    New,
    Cancelled,
    Replaced,
    Rejected,
    Trade,
    Expired,
    TradePrevention,
}

/// <summary>An executionReport of the user data stream.</summary>
/// <param name="Symbol">Symbol.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Order">The order after it.</param>
/// <param name="Trade">The trade, when there was one.</param>
internal readonly record struct ExecutionReport(string Symbol, ExecutionKind Kind, OrderFacts Order, TradeFacts? Trade);

/// <summary>An asset's balance, exactly as the venue wrote it.</summary>
/// <param name="Asset">Asset.</param>
/// <param name="Free">Free amount.</param>
/// <param name="Locked">Amount held by open orders.</param>
internal readonly record struct AssetBalance(string Asset, decimal Free, decimal Locked)
{
    /// <summary>All of it.</summary>
    public decimal Total => Free + Locked;
}
