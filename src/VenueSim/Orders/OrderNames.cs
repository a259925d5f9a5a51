namespace EventSourcedMM.VenueSim.Orders;

/// <summary>The venue's words for what an order can be (enums.md).</summary>
internal static class OrderNames
{
    /// <summary>Order type.</summary>
    public static string Of(OrderKind kind) => kind switch
    {
        OrderKind.Limit => "LIMIT",
        OrderKind.LimitMaker => "LIMIT_MAKER",
        _ => "MARKET",
    };

    /// <summary>Time in force; GTC for orders that have none.</summary>
    public static string Of(OrderTime time) => time switch
    {
        OrderTime.ImmediateOrCancel => "IOC",
        OrderTime.FillOrKill => "FOK",
        _ => "GTC",
    };

    /// <summary>Order status.</summary>
    public static string Of(OrderState state) => state switch
    {
        OrderState.New => "NEW",
        OrderState.PartiallyFilled => "PARTIALLY_FILLED",
        OrderState.Filled => "FILLED",
        OrderState.Cancelled => "CANCELED",
        OrderState.Expired => "EXPIRED",
        _ => "EXPIRED_IN_MATCH",
    };

    /// <summary>Self-trade prevention mode.</summary>
    public static string Of(SelfTrade mode) => mode switch
    {
        SelfTrade.ExpireTaker => "EXPIRE_TAKER",
        SelfTrade.ExpireMaker => "EXPIRE_MAKER",
        SelfTrade.ExpireBoth => "EXPIRE_BOTH",
        _ => "DECREMENT",
    };
}
