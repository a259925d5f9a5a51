using EventSourcedMM.Domain.Book;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>Answers about orders and trades, field by field in the venue's order (web-socket-api.md; REST has the same).</summary>
internal static class OrderPayloads
{
    /// <summary>The answer to a new order.</summary>
    public static void Placed(WireWriter json, TimeUnit unit, long clockError, VenueOrder order)
    {
        Head(json, order, "");
        json.Raw(",\"transactTime\":"u8);
        json.Time(order.UpdatedAt + clockError, unit);
        if (order.Ticket.Size != AnswerSize.Acknowledgement)
        {
            Body(json, order);
            json.Raw(",\"workingTime\":"u8);
            json.Time(order.CreatedAt + clockError, unit);
            SelfTrade(json, order);
            Strategy(json, order);
            Expiry(json, order);
        }

        if (order.Ticket.Size == AnswerSize.Full)
        {
            json.Raw(",\"fills\":["u8);
            var follows = false;
            foreach (var execution in order.Account.Executions.Where(e => ReferenceEquals(e.Order, order)))
            {
                json.Raw(follows ? ",{\"price\":"u8 : "{\"price\":"u8);
                follows = true;
                json.Decimal(execution.Price, order.Market.Instrument.PriceScale.Decimals);
                json.Raw(",\"qty\":"u8);
                json.Decimal(execution.Quantity, order.Market.Instrument.QuantityScale.Decimals);
                json.Raw(",\"commission\":"u8);
                json.Text(Amount.Text(execution.Commission));
                json.Raw(",\"commissionAsset\":"u8);
                json.Text(execution.CommissionAsset);
                json.Raw(",\"tradeId\":"u8);
                json.Number(execution.Id);
                json.Raw("}"u8);
            }

            json.Raw("]"u8);
        }

        json.Raw("}"u8);
    }

    /// <summary>The answer to a cancel.</summary>
    public static void Cancelled(WireWriter json, TimeUnit unit, long clockError, VenueOrder order)
    {
        Head(json, order, order.OriginalClientOrderId);
        json.Raw(",\"transactTime\":"u8);
        json.Time(order.UpdatedAt + clockError, unit);
        Body(json, order);
        Strategy(json, order);
        SelfTrade(json, order);
        json.Raw("}"u8);
    }

    /// <summary>The answer to an amendment.</summary>
    public static void Amended(WireWriter json, TimeUnit unit, long clockError, VenueOrder order, long reportId)
    {
        var size = order.Market.Instrument.QuantityScale.Decimals;
        json.Raw("{\"transactTime\":"u8);
        json.Time(order.UpdatedAt + clockError, unit);
        json.Raw(",\"executionId\":"u8);
        json.Number(reportId);
        json.Raw(",\"amendedOrder\":"u8);
        Head(json, order, order.OriginalClientOrderId);
        json.Raw(",\"price\":"u8);
        json.Decimal(order.Price, order.Market.Instrument.PriceScale.Decimals);
        json.Raw(",\"qty\":"u8);
        json.Decimal(order.Quantity, size);
        json.Raw(",\"executedQty\":"u8);
        json.Decimal(order.Executed, size);
        json.Raw(",\"preventedQty\":"u8);
        json.Decimal(order.Prevented, size);
        json.Raw(",\"quoteOrderQty\":\"0.00000000\",\"cumulativeQuoteQty\":"u8);
        json.Text(Amount.Text(order.ExecutedValue));
        Kind(json, order);
        json.Raw(",\"workingTime\":"u8);
        json.Time(order.CreatedAt + clockError, unit);
        SelfTrade(json, order);
        json.Raw("}}"u8);
    }

    /// <summary>An order as queries tell it.</summary>
    public static void Status(WireWriter json, TimeUnit unit, long clockError, VenueOrder order)
    {
        json.Raw("{\"symbol\":"u8);
        json.Text(order.Symbol);
        json.Raw(",\"orderId\":"u8);
        json.Number(order.Id);
        json.Raw(",\"orderListId\":-1,\"clientOrderId\":"u8);
        json.Text(order.ClientOrderId);
        Amounts(json, order);
        Kind(json, order);
        json.Raw(",\"stopPrice\":\"0.00000000\",\"icebergQty\":\"0.00000000\",\"time\":"u8);
        json.Time(order.CreatedAt + clockError, unit);
        json.Raw(",\"updateTime\":"u8);
        json.Time(order.UpdatedAt + clockError, unit);
        json.Raw(",\"isWorking\":true,\"workingTime\":"u8);
        json.Time(order.CreatedAt + clockError, unit);
        json.Raw(",\"origQuoteOrderQty\":"u8);
        json.Text(Amount.Text(order.Ticket.QuoteValue));
        Strategy(json, order);
        SelfTrade(json, order);
        Expiry(json, order);
        json.Raw("}"u8);
    }

    /// <summary>A fill as myTrades tells it.</summary>
    public static void Trade(WireWriter json, TimeUnit unit, long clockError, Execution execution)
    {
        var order = execution.Order;
        json.Raw("{\"symbol\":"u8);
        json.Text(order.Symbol);
        json.Raw(",\"id\":"u8);
        json.Number(execution.Id);
        json.Raw(",\"orderId\":"u8);
        json.Number(order.Id);
        json.Raw(",\"orderListId\":-1,\"price\":"u8);
        json.Decimal(execution.Price, order.Market.Instrument.PriceScale.Decimals);
        json.Raw(",\"qty\":"u8);
        json.Decimal(execution.Quantity, order.Market.Instrument.QuantityScale.Decimals);
        json.Raw(",\"quoteQty\":"u8);
        json.Text(Amount.Text(execution.Value));
        json.Raw(",\"commission\":"u8);
        json.Text(Amount.Text(execution.Commission));
        json.Raw(",\"commissionAsset\":"u8);
        json.Text(execution.CommissionAsset);
        json.Raw(",\"time\":"u8);
        json.Time(execution.Time + clockError, unit);
        json.Raw(",\"isBuyer\":"u8);
        json.Flag(order.Side == Side.Bid);
        json.Raw(",\"isMaker\":"u8);
        json.Flag(execution.IsMaker);
        json.Raw(",\"isBestMatch\":true}"u8);
    }

    private static void Head(WireWriter json, VenueOrder order, string original)
    {
        json.Raw("{\"symbol\":"u8);
        json.Text(order.Symbol);
        if (original.Length > 0)
        {
            json.Raw(",\"origClientOrderId\":"u8);
            json.Text(original);
        }

        json.Raw(",\"orderId\":"u8);
        json.Number(order.Id);
        json.Raw(",\"orderListId\":-1,\"clientOrderId\":"u8);
        json.Text(order.ClientOrderId);
    }

    private static void Body(WireWriter json, VenueOrder order)
    {
        Amounts(json, order);
        json.Raw(",\"origQuoteOrderQty\":"u8);
        json.Text(Amount.Text(order.Ticket.QuoteValue));
        Kind(json, order);
    }

    private static void Amounts(WireWriter json, VenueOrder order)
    {
        var size = order.Market.Instrument.QuantityScale.Decimals;
        json.Raw(",\"price\":"u8);
        json.Decimal(order.Price, order.Market.Instrument.PriceScale.Decimals);
        json.Raw(",\"origQty\":"u8);
        json.Decimal(order.Quantity, size);
        json.Raw(",\"executedQty\":"u8);
        json.Decimal(order.Executed, size);
        json.Raw(",\"cummulativeQuoteQty\":"u8);
        json.Text(Amount.Text(order.ExecutedValue));
    }

    private static void Kind(WireWriter json, VenueOrder order)
    {
        json.Raw(",\"status\":"u8);
        json.Text(OrderNames.Of(order.State));
        json.Raw(",\"timeInForce\":"u8);
        json.Text(OrderNames.Of(order.Ticket.Time));
        json.Raw(",\"type\":"u8);
        json.Text(OrderNames.Of(order.Ticket.Kind));
        json.Raw(order.Side == Side.Bid ? ",\"side\":\"BUY\""u8 : ",\"side\":\"SELL\""u8);
    }

    private static void SelfTrade(WireWriter json, VenueOrder order)
    {
        json.Raw(",\"selfTradePreventionMode\":"u8);
        json.Text(OrderNames.Of(order.Ticket.SelfTrade));
    }

    private static void Strategy(WireWriter json, VenueOrder order)
    {
        if (order.Ticket.StrategyId is { } strategyId)
        {
            json.Raw(",\"strategyId\":"u8);
            json.Number(strategyId);
        }

        if (order.Ticket.StrategyType is { } strategyType)
        {
            json.Raw(",\"strategyType\":"u8);
            json.Number(strategyType);
        }
    }

    private static void Expiry(WireWriter json, VenueOrder order)
    {
        if (order.Prevented > 0)
        {
            json.Raw(",\"preventedQuantity\":"u8);
            json.Decimal(order.Prevented, order.Market.Instrument.QuantityScale.Decimals);
        }

        if (order.ExpiryReason.Length > 0)
        {
            json.Raw(",\"expiryReason\":"u8);
            json.Text(order.ExpiryReason);
        }
    }
}
