using EventSourcedMM.VenueSim.Rest;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>A call by its name in the WebSocket API.</summary>
/// <param name="Name">Name, such as order.place.</param>
/// <param name="Weight">Request weight.</param>
internal sealed record ApiMethod(string Name, Func<RestParameters, int> Weight)
{
    private static readonly Dictionary<string, ApiMethod> ByName = new ApiMethod[]
    {
        new("order.place", _ => 1) { IsSigned = true, ChangesOrders = true, CountsOrders = true },
        new("order.test", _ => 1) { IsSigned = true },
        new("order.cancel", _ => 1) { IsSigned = true, ChangesOrders = true },
        new("order.cancelReplace", _ => 1) { IsSigned = true, ChangesOrders = true, CountsOrders = true },
        new("order.amend.keepPriority", _ => 4) { IsSigned = true, ChangesOrders = true },
        new("openOrders.cancelAll", _ => 1) { IsSigned = true, ChangesOrders = true },
        new("order.status", _ => 4) { IsSigned = true },
        new("openOrders.status", p => p.Has("symbol") ? 6 : 80) { IsSigned = true },
        new("allOrders", _ => 20) { IsSigned = true },
        new("myTrades", p => p.Has("orderId") ? 5 : 20) { IsSigned = true },
        new("account.status", _ => 20) { IsSigned = true },
        new("account.commission", _ => 20) { IsSigned = true },
        new("account.rateLimits.orders", _ => 40) { IsSigned = true },
        new("myFilters", _ => 40) { IsSigned = true },
        new("userDataStream.subscribe.signature", _ => 2) { IsSigned = true, IsSession = true },
        new("userDataStream.subscribe", _ => 2) { IsSession = true },
        new("userDataStream.unsubscribe", _ => 2) { IsSession = true },
        new("session.logon", _ => 2) { IsSigned = true, IsSession = true },
        new("session.status", _ => 2) { IsSession = true },
        new("session.logout", _ => 2) { IsSession = true },
        new("session.subscriptions", _ => 2) { IsSession = true },
    }.ToDictionary(m => m.Name, StringComparer.Ordinal);

    private static readonly Dictionary<(string Verb, string Path), string> ByPath = new()
    {
        [("POST", "/api/v3/order")] = "order.place",
        [("POST", "/api/v3/order/test")] = "order.test",
        [("DELETE", "/api/v3/order")] = "order.cancel",
        [("GET", "/api/v3/order")] = "order.status",
        [("POST", "/api/v3/order/cancelReplace")] = "order.cancelReplace",
        [("PUT", "/api/v3/order/amend/keepPriority")] = "order.amend.keepPriority",
        [("GET", "/api/v3/openOrders")] = "openOrders.status",
        [("DELETE", "/api/v3/openOrders")] = "openOrders.cancelAll",
        [("GET", "/api/v3/allOrders")] = "allOrders",
        [("GET", "/api/v3/account")] = "account.status",
        [("GET", "/api/v3/account/commission")] = "account.commission",
        [("GET", "/api/v3/myTrades")] = "myTrades",
        [("GET", "/api/v3/rateLimit/order")] = "account.rateLimits.orders",
        [("GET", "/api/v3/myFilters")] = "myFilters",
    };

    private static readonly Dictionary<string, string> PublicPaths = new(StringComparer.Ordinal)
    {
        ["ping"] = "/api/v3/ping",
        ["time"] = "/api/v3/time",
        ["exchangeInfo"] = "/api/v3/exchangeInfo",
        ["depth"] = "/api/v3/depth",
        ["trades.recent"] = "/api/v3/trades",
        ["trades.aggregate"] = "/api/v3/aggTrades",
        ["avgPrice"] = "/api/v3/avgPrice",
        ["referencePrice"] = "/api/v3/referencePrice",
        ["ticker.price"] = "/api/v3/ticker/price",
        ["ticker.book"] = "/api/v3/ticker/bookTicker",
    };

    /// <summary>True when a key must sign for it.</summary>
    public bool IsSigned { get; init; }

    /// <summary>True when it can change orders: these make the requests of lockstep.</summary>
    public bool ChangesOrders { get; init; }

    /// <summary>True when its answer tells the unfilled order count.</summary>
    public bool CountsOrders { get; init; }

    /// <summary>True for calls about the WebSocket connection itself.</summary>
    public bool IsSession { get; init; }

    /// <summary>A call by name, with or without a version before it; null when there is none.</summary>
    public static ApiMethod? Find(string name) => ByName.GetValueOrDefault(Bare(name));

    /// <summary>A signed call by REST verb and path; null when there is none.</summary>
    public static ApiMethod? Find(string verb, string path) => ByPath.TryGetValue((verb, path), out var name) ? ByName[name] : null;

    /// <summary>The REST path of a public call of the WebSocket API; null when there is none.</summary>
    public static string? PublicPath(string name) => PublicPaths.GetValueOrDefault(Bare(name));

    private static string Bare(string name) => name.StartsWith("v3/", StringComparison.Ordinal) ? name[3..] : name;
}
