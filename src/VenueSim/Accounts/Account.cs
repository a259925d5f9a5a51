using EventSourcedMM.VenueSim.Orders;

namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>An account at the venue. Used by the loop alone.</summary>
internal sealed class Account
{
    private readonly Dictionary<(string Symbol, string ClientOrderId), VenueOrder> open = [];

    /// <summary>An account as it was asked for.</summary>
    /// <exception cref="FormatException">A key cannot be one.</exception>
    public Account(AccountOptions options, int ordinal, UnfilledOrders unfilled)
    {
        Options = options;
        Ordinal = ordinal;
        Unfilled = unfilled;
        Keys = [.. options.Keys.Select(k => new ApiKey(k, this))];
    }

    /// <summary>What it is charged.</summary>
    public AccountOptions Options { get; }

    /// <summary>From 1, in the order of opening: the venue's uid.</summary>
    public int Ordinal { get; }

    /// <summary>Its keys.</summary>
    public IReadOnlyList<ApiKey> Keys { get; }

    /// <summary>Its first key.</summary>
    public string Name => Keys[0].Name;

    /// <summary>What it holds.</summary>
    public Funds Funds { get; } = new();

    /// <summary>Its count of unfilled orders.</summary>
    public UnfilledOrders Unfilled { get; }

    /// <summary>Every order by its id.</summary>
    public SortedDictionary<long, VenueOrder> Orders { get; } = [];

    /// <summary>Every execution, oldest first.</summary>
    public List<Execution> Executions { get; } = [];

    /// <summary>When anything was last changed, in nanoseconds since the epoch.</summary>
    public long UpdatedAt { get; set; }

    /// <summary>Open orders by id.</summary>
    public IEnumerable<VenueOrder> OpenOrders => open.Values.OrderBy(o => o.Id);

    /// <summary>Open orders of a symbol by id.</summary>
    public IEnumerable<VenueOrder> OpenOf(string symbol) => OpenOrders.Where(o => o.Symbol == symbol);

    /// <summary>Number of open orders of a symbol.</summary>
    public int CountOpen(string symbol) => open.Keys.Count(k => k.Symbol == symbol);

    /// <summary>The open order with a client order id; null when there is none.</summary>
    public VenueOrder? FindOpen(string symbol, string clientOrderId) => open.GetValueOrDefault((symbol, clientOrderId));

    /// <summary>The latest order with a client order id, open or not; null when there is none.</summary>
    public VenueOrder? FindAny(string symbol, string clientOrderId) =>
        FindOpen(symbol, clientOrderId) ?? Orders.Values.LastOrDefault(o => o.Symbol == symbol && o.ClientOrderId == clientOrderId);

    /// <summary>Takes a new order.</summary>
    public void Add(VenueOrder order) => Orders.Add(order.Id, order);

    /// <summary>An order is open from now on.</summary>
    public void Open(VenueOrder order) => open.Add((order.Symbol, order.ClientOrderId), order);

    /// <summary>An order is open no more; before its client order id changes.</summary>
    public void Close(VenueOrder order) => open.Remove((order.Symbol, order.ClientOrderId));
}
