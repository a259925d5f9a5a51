using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Live.Gateway.Session;

/// <summary>A request of the venue under its two names, with its weight (web-socket-api.md, rest-api.md).</summary>
/// <param name="Name">Name in the WebSocket API.</param>
/// <param name="Verb">HTTP method.</param>
/// <param name="Path">Path of REST.</param>
/// <param name="Weight">Request weight; of a successful order request the venue charges none.</param>
/// <param name="Kind">What it asks for.</param>
internal sealed record VenueMethod(string Name, HttpMethod Verb, string Path, int Weight, GatewayRequestKind Kind)
{
    public static readonly VenueMethod Place = new("order.place", HttpMethod.Post, "/api/v3/order", 1, GatewayRequestKind.Place);
    public static readonly VenueMethod Cancel = new("order.cancel", HttpMethod.Delete, "/api/v3/order", 1, GatewayRequestKind.Cancel);
    public static readonly VenueMethod CancelReplace = new("order.cancelReplace", HttpMethod.Post, "/api/v3/order/cancelReplace", 1, GatewayRequestKind.CancelReplace);
    public static readonly VenueMethod Amend = new("order.amend.keepPriority", HttpMethod.Put, "/api/v3/order/amend/keepPriority", 4, GatewayRequestKind.Amend);
    public static readonly VenueMethod CancelAll = new("openOrders.cancelAll", HttpMethod.Delete, "/api/v3/openOrders", 1, GatewayRequestKind.CancelAll);
    public static readonly VenueMethod OrderStatus = new("order.status", HttpMethod.Get, "/api/v3/order", 4, GatewayRequestKind.Query);
    public static readonly VenueMethod OpenOrders = new("openOrders.status", HttpMethod.Get, "/api/v3/openOrders", 6, GatewayRequestKind.Query);
    public static readonly VenueMethod AllOpenOrders = new("openOrders.status", HttpMethod.Get, "/api/v3/openOrders", 80, GatewayRequestKind.Query);
    public static readonly VenueMethod Account = new("account.status", HttpMethod.Get, "/api/v3/account", 20, GatewayRequestKind.Query);
    public static readonly VenueMethod Trades = new("myTrades", HttpMethod.Get, "/api/v3/myTrades", 20, GatewayRequestKind.Query);
    public static readonly VenueMethod TradesOfOrder = new("myTrades", HttpMethod.Get, "/api/v3/myTrades", 5, GatewayRequestKind.Query);
    public static readonly VenueMethod OrderLimits = new("account.rateLimits.orders", HttpMethod.Get, "/api/v3/rateLimit/order", 40, GatewayRequestKind.Query);
    public static readonly VenueMethod RelevantFilters = new("myFilters", HttpMethod.Get, "/api/v3/myFilters", 40, GatewayRequestKind.Query);
    public static readonly VenueMethod Subscribe = new("userDataStream.subscribe.signature", HttpMethod.Post, "", 2, GatewayRequestKind.Query);

    /// <summary>True when a new order, or a new state of one, follows from it.</summary>
    public bool Places => Kind is GatewayRequestKind.Place or GatewayRequestKind.CancelReplace or GatewayRequestKind.Amend;

    /// <summary>True when the venue may be left in doubt about it: it changes something.</summary>
    public bool Changes => Kind != GatewayRequestKind.Query;
}
