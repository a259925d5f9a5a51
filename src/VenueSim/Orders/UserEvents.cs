using EventSourcedMM.Domain.Book;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>An event of an account's user data stream (user-data-stream.md), as it was when it happened.</summary>
internal abstract record UserEvent(Account Account, long Time)
{
    /// <summary>Writes the event.</summary>
    public abstract void Write(WireWriter json, TimeUnit unit, long clockError);
}

/// <summary>outboundAccountPosition: balances that may have changed.</summary>
internal sealed record PositionEvent(Account Account, long Time, IReadOnlyList<(string Asset, Int128 Free, Int128 Locked)> Balances) : UserEvent(Account, Time)
{
    /// <summary>The balances of some assets now.</summary>
    public static PositionEvent Of(Account account, long time, IEnumerable<string> assets) =>
        new(account, time, [.. assets.Distinct().Select(a => (a, account.Funds.Free(a), account.Funds.Locked(a)))]);

    /// <inheritdoc/>
    public override void Write(WireWriter json, TimeUnit unit, long clockError)
    {
        json.Raw("{\"e\":\"outboundAccountPosition\",\"E\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw(",\"u\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw(",\"B\":["u8);
        for (var i = 0; i < Balances.Count; i++)
        {
            json.Raw(i > 0 ? ",{\"a\":"u8 : "{\"a\":"u8);
            json.Text(Balances[i].Asset);
            json.Raw(",\"f\":"u8);
            json.Text(Amount.Text(Balances[i].Free));
            json.Raw(",\"l\":"u8);
            json.Text(Amount.Text(Balances[i].Locked));
            json.Raw("}"u8);
        }

        json.Raw("]}"u8);
    }
}

/// <summary>balanceUpdate: a deposit or a withdrawal.</summary>
internal sealed record BalanceEvent(Account Account, long Time, string Asset, Int128 Delta) : UserEvent(Account, Time)
{
    /// <inheritdoc/>
    public override void Write(WireWriter json, TimeUnit unit, long clockError)
    {
        json.Raw("{\"e\":\"balanceUpdate\",\"E\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw(",\"a\":"u8);
        json.Text(Asset);
        json.Raw(",\"d\":"u8);
        json.Text(Amount.Text(Delta));
        json.Raw(",\"T\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw("}"u8);
    }
}

/// <summary>eventStreamTerminated: a subscription has ended.</summary>
internal sealed record TerminatedEvent(Account Account, long Time) : UserEvent(Account, Time)
{
    /// <inheritdoc/>
    public override void Write(WireWriter json, TimeUnit unit, long clockError)
    {
        json.Raw("{\"e\":\"eventStreamTerminated\",\"E\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw("}"u8);
    }
}

/// <summary>executionReport: what has happened to an order.</summary>
internal sealed record ExecutionEvent(Account Account, long Time) : UserEvent(Account, Time)
{
    private VenueOrder order = null!;
    private string clientOrderId = "";
    private string originalClientOrderId = "";
    private string kind = "";
    private OrderState state;
    private long quantity;
    private long executed;
    private Int128 executedValue;
    private long prevented;
    private string expiryReason = "";
    private bool isOpen;
    private bool hasRested;
    private long id;
    private Execution? execution;

    /// <summary>What happened: NEW, CANCELED, REPLACED, TRADE, EXPIRED, TRADE_PREVENTION.</summary>
    public string Kind => kind;

    /// <summary>An order as it is now.</summary>
    /// <param name="order">The order.</param>
    /// <param name="kind">What has happened.</param>
    /// <param name="id">The report's id.</param>
    /// <param name="execution">The fill, if it is one.</param>
    public static ExecutionEvent Of(VenueOrder order, string kind, long id, Execution? execution = null) => new(order.Account, order.UpdatedAt)
    {
        order = order,
        clientOrderId = order.ClientOrderId,
        originalClientOrderId = kind is "CANCELED" or "REPLACED" ? order.OriginalClientOrderId : "",
        kind = kind,
        state = order.State,
        quantity = order.Quantity,
        executed = order.Executed,
        executedValue = order.ExecutedValue,
        prevented = order.Prevented,
        expiryReason = order.ExpiryReason,
        isOpen = order.IsOpen,
        hasRested = order.HasRested,
        id = id,
        execution = execution,
    };

    /// <inheritdoc/>
    public override void Write(WireWriter json, TimeUnit unit, long clockError)
    {
        var instrument = order.Market.Instrument;
        var (price, size) = (instrument.PriceScale.Decimals, instrument.QuantityScale.Decimals);
        json.Raw("{\"e\":\"executionReport\",\"E\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw(",\"s\":"u8);
        json.Text(order.Symbol);
        json.Raw(",\"c\":"u8);
        json.Text(clientOrderId);
        json.Raw(order.Side == Side.Bid ? ",\"S\":\"BUY\",\"o\":"u8 : ",\"S\":\"SELL\",\"o\":"u8);
        json.Text(OrderNames.Of(order.Ticket.Kind));
        json.Raw(",\"f\":"u8);
        json.Text(OrderNames.Of(order.Ticket.Time));
        json.Raw(",\"q\":"u8);
        json.Decimal(quantity, size);
        json.Raw(",\"p\":"u8);
        json.Decimal(order.Price, price);
        json.Raw(",\"P\":\"0.00000000\",\"F\":\"0.00000000\",\"g\":-1,\"C\":"u8);
        json.Text(originalClientOrderId);
        json.Raw(",\"x\":"u8);
        json.Text(kind);
        json.Raw(",\"X\":"u8);
        json.Text(OrderNames.Of(state));
        json.Raw(",\"r\":\"NONE\",\"i\":"u8);
        json.Number(order.Id);
        json.Raw(",\"l\":"u8);
        json.Decimal(execution?.Quantity ?? 0, size);
        json.Raw(",\"z\":"u8);
        json.Decimal(executed, size);
        json.Raw(",\"L\":"u8);
        json.Decimal(execution?.Price ?? 0, price);
        json.Raw(",\"n\":"u8);
        json.Text(execution is null ? "0" : Amount.Text(execution.Commission));
        json.Raw(",\"N\":"u8);
        if (execution is null)
        {
            json.Raw("null"u8);
        }
        else
        {
            json.Text(execution.CommissionAsset);
        }

        json.Raw(",\"T\":"u8);
        json.Time(Time + clockError, unit);
        json.Raw(",\"t\":"u8);
        json.Number(execution?.Id ?? -1);
        json.Raw(",\"I\":"u8);
        json.Number(id);
        json.Raw(",\"w\":"u8);
        json.Flag(isOpen);
        json.Raw(",\"m\":"u8);
        json.Flag(execution?.IsMaker ?? false);
        json.Raw(",\"M\":"u8);
        json.Flag(execution is not null);
        json.Raw(",\"O\":"u8);
        json.Time(order.CreatedAt + clockError, unit);
        json.Raw(",\"Z\":"u8);
        json.Text(Amount.Text(executedValue));
        json.Raw(",\"Y\":"u8);
        json.Text(Amount.Text(execution?.Value ?? 0));
        json.Raw(",\"Q\":"u8);
        json.Text(Amount.Text(order.Ticket.QuoteValue));
        if (hasRested || executed > 0)
        {
            json.Raw(",\"W\":"u8);
            json.Time(order.CreatedAt + clockError, unit);
        }

        json.Raw(",\"V\":"u8);
        json.Text(OrderNames.Of(order.Ticket.SelfTrade));
        WriteConditional(json, size);
        json.Raw("}"u8);
    }

    private void WriteConditional(WireWriter json, int size)
    {
        if (order.Ticket.StrategyId is { } strategyId)
        {
            json.Raw(",\"j\":"u8);
            json.Number(strategyId);
        }

        if (order.Ticket.StrategyType is { } strategyType)
        {
            json.Raw(",\"J\":"u8);
            json.Number(strategyType);
        }

        if (prevented > 0)
        {
            json.Raw(",\"A\":"u8);
            json.Decimal(prevented, size);
        }

        if (expiryReason.Length > 0)
        {
            json.Raw(",\"eR\":"u8);
            json.Text(expiryReason);
        }
    }
}
