using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway.Wire;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Gateway.Limits;

/// <summary>The filters of a symbol that a post-only limit order has to pass (filters.md), from exchangeInfo. 0 switches a limit off.</summary>
internal sealed class SymbolRules
{
    private readonly Instrument instrument;
    private long tick, lowestPrice, highestPrice;
    private long lot, leastQuantity, mostQuantity;
    private Int128 leastNotional, mostNotional;
    private decimal bidUp, bidDown, askUp, askDown;
    private long mostPosition;

    private SymbolRules(Instrument instrument)
    {
        this.instrument = instrument;
        tick = instrument.Tick;
        lot = instrument.Lot;
        leastQuantity = instrument.MinQuantity;
        leastNotional = instrument.MinNotional;
    }

    /// <summary>Orders that may rest in the symbol; 0 for no limit.</summary>
    public long MostOrders { get; private set; }

    /// <summary>True when the distance from the average price is limited.</summary>
    public bool LimitsDistance => bidUp > 0 || askUp > 0;

    /// <summary>True when the position is limited, with what is bid for.</summary>
    public bool LimitsPosition => mostPosition > 0;

    /// <summary>True when cancelReplace is allowed.</summary>
    public bool AllowsCancelReplace { get; private set; } = true;

    /// <summary>True when amendments are allowed.</summary>
    public bool AllowsAmend { get; private set; }

    /// <summary>Amendments that one order may have; 0 for no limit.</summary>
    public long MostAmends { get; private set; }

    /// <summary>
    /// What the account may transact of the symbol's assets in one order (MAX_ASSET, which myFilters tells and exchangeInfo does not): base in quantity
    /// units, the order's value in money units; 0 for no limit.
    /// </summary>
    public (long Base, Int128 Quote) MostOfAsset { get; set; }

    /// <summary>Self-trade prevention modes that the symbol allows.</summary>
    public IReadOnlyList<string> SelfTradePreventionModes { get; private set; } = [];

    /// <summary>The rules that follow from an instrument alone.</summary>
    public static SymbolRules Of(Instrument instrument) => new(instrument);

    /// <summary>The rules of a symbol's entry in exchangeInfo.</summary>
    /// <exception cref="GatewayException">The symbol cannot be traded by post-only orders now.</exception>
    public static SymbolRules Read(JsonElement entry, Instrument instrument)
    {
        var rules = new SymbolRules(instrument);
        if (AccountJson.OptionalText(entry, "status") is { Length: > 0 } status && status != "TRADING")
        {
            throw new GatewayException($"The venue does not trade {instrument.Symbol} now: its status is {status}.");
        }

        if (entry.TryGetProperty("orderTypes", out var types) && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0 && !types.EnumerateArray().Any(t => t.ValueEquals("LIMIT_MAKER")))
        {
            throw new GatewayException($"The venue takes no LIMIT_MAKER orders in {instrument.Symbol}.");
        }

        rules.AllowsCancelReplace = !entry.TryGetProperty("cancelReplaceAllowed", out var replace) || replace.ValueKind != JsonValueKind.False;
        rules.AllowsAmend = entry.TryGetProperty("amendAllowed", out var amend) && amend.ValueKind == JsonValueKind.True;
        if (entry.TryGetProperty("allowedSelfTradePreventionModes", out var modes) && modes.ValueKind == JsonValueKind.Array)
        {
            rules.SelfTradePreventionModes = [.. modes.EnumerateArray().Select(m => m.GetString() ?? "")];
        }

        foreach (var filter in entry.TryGetProperty("filters", out var filters) && filters.ValueKind == JsonValueKind.Array ? filters.EnumerateArray().ToArray() : [])
        {
            rules.Apply(filter);
        }

        return rules;
    }

    /// <summary>Reads the limits of the symbol's assets from the assetFilters of myFilters.</summary>
    public void LearnAssets(JsonElement filters)
    {
        var most = (Base: 0L, Quote: (Int128)0);
        foreach (var filter in filters.ValueKind == JsonValueKind.Array ? filters.EnumerateArray().ToArray() : [])
        {
            if (AccountJson.OptionalText(filter, "filterType") != "MAX_ASSET")
            {
                continue;
            }

            // Of the base asset it limits the quantity, of the quote asset the value.
            var asset = AccountJson.OptionalText(filter, "asset");
            most.Base = asset == instrument.BaseAsset ? Quantity(filter, "limit") : most.Base;
            most.Quote = asset == instrument.QuoteAsset ? Money(filter, "limit") : most.Quote;
        }

        MostOfAsset = most;
    }

    /// <summary>Checks a new order.</summary>
    /// <param name="order">The order.</param>
    /// <param name="average">The price that the venue measures distances by (its reference price, or an average) in price units; 0 when it is not known.</param>
    /// <param name="position">Base held and bid for, in quantity units.</param>
    /// <returns>Null when it passes.</returns>
    public (OrderRejectReason Reason, string Detail)? Check(in OrderRequest order, long average, long position)
    {
        var price = instrument.FormatPrice(order.Price);
        if (order.Price <= 0 || (tick > 0 && order.Price % tick != 0) || order.Price < lowestPrice || (highestPrice > 0 && order.Price > highestPrice))
        {
            return (OrderRejectReason.PriceFilter, $"price {price} does not pass PRICE_FILTER: from {instrument.FormatPrice(lowestPrice)} to {instrument.FormatPrice(highestPrice)} in steps of {instrument.FormatPrice(tick)}");
        }

        if (order.Quantity <= 0 || (lot > 0 && order.Quantity % lot != 0) || order.Quantity < leastQuantity || (mostQuantity > 0 && order.Quantity > mostQuantity))
        {
            return (OrderRejectReason.LotSize, $"quantity {instrument.FormatQuantity(order.Quantity)} does not pass LOT_SIZE: from {instrument.FormatQuantity(leastQuantity)} to {instrument.FormatQuantity(mostQuantity)} in steps of {instrument.FormatQuantity(lot)}");
        }

        var notional = (Int128)order.Price * order.Quantity;
        if (notional < leastNotional || (mostNotional > 0 && notional > mostNotional))
        {
            return (OrderRejectReason.Notional, $"the order's value {instrument.FormatMoney(notional)} does not pass NOTIONAL: from {instrument.FormatMoney(leastNotional)} to {instrument.FormatMoney(mostNotional)}");
        }

        if (MostOfAsset.Base > 0 && order.Quantity > MostOfAsset.Base)
        {
            return (OrderRejectReason.Venue, $"quantity {instrument.FormatQuantity(order.Quantity)} does not pass MAX_ASSET: at most {instrument.FormatQuantity(MostOfAsset.Base)} {instrument.BaseAsset} in one order");
        }

        if (MostOfAsset.Quote > 0 && notional > MostOfAsset.Quote)
        {
            return (OrderRejectReason.Venue, $"the order's value {instrument.FormatMoney(notional)} does not pass MAX_ASSET: at most {instrument.FormatMoney(MostOfAsset.Quote)} {instrument.QuoteAsset} in one order");
        }

        var (up, down) = order.Side == Side.Bid ? (bidUp, bidDown) : (askUp, askDown);
        if (average > 0 && up > 0 && (order.Price > average * up || order.Price < average * down))
        {
            return (OrderRejectReason.PriceFilter, FormattableString.Invariant($"price {price} does not pass PERCENT_PRICE_BY_SIDE: {down} to {up} times the average price {instrument.FormatPrice(average)}"));
        }

        return order.Side == Side.Bid && mostPosition > 0 && position + order.Quantity > mostPosition
            ? (OrderRejectReason.Venue, $"the position would exceed MAX_POSITION {instrument.FormatQuantity(mostPosition)}")
            : null;
    }

    private void Apply(JsonElement filter)
    {
        switch (AccountJson.OptionalText(filter, "filterType"))
        {
            case "PRICE_FILTER":
                (tick, lowestPrice, highestPrice) = (Price(filter, "tickSize"), Price(filter, "minPrice"), Price(filter, "maxPrice"));
                break;
            case "LOT_SIZE":
                (lot, leastQuantity, mostQuantity) = (Quantity(filter, "stepSize"), Quantity(filter, "minQty"), Quantity(filter, "maxQty"));
                break;
            case "NOTIONAL":
                (leastNotional, mostNotional) = (Money(filter, "minNotional"), Money(filter, "maxNotional"));
                break;
            case "MIN_NOTIONAL":
                leastNotional = Money(filter, "minNotional");
                break;
            case "PERCENT_PRICE_BY_SIDE":
                (bidUp, bidDown) = (Factor(filter, "bidMultiplierUp"), Factor(filter, "bidMultiplierDown"));
                (askUp, askDown) = (Factor(filter, "askMultiplierUp"), Factor(filter, "askMultiplierDown"));
                break;
            case "PERCENT_PRICE":
                (bidUp, bidDown) = (Factor(filter, "multiplierUp"), Factor(filter, "multiplierDown"));
                (askUp, askDown) = (bidUp, bidDown);
                break;
            case "MAX_NUM_ORDERS":
                MostOrders = AccountJson.Number(filter, "maxNumOrders");
                break;
            case "MAX_POSITION":
                mostPosition = Quantity(filter, "maxPosition");
                break;
            case "MAX_NUM_ORDER_AMENDS":
                MostAmends = AccountJson.Number(filter, "maxNumOrderAmends");
                break;
        }
    }

    private static decimal Factor(JsonElement filter, string name) => AccountJson.OptionalText(filter, name).Length == 0 ? 0 : AccountJson.Amount(filter, name);

    private long Price(JsonElement filter, string name) => Units(filter, name, instrument.PriceScale);

    private long Quantity(JsonElement filter, string name) => Units(filter, name, instrument.QuantityScale);

    // A limit beyond 64 bits limits nothing that 64 bits can hold.
    private static long Units(JsonElement filter, string name, Scale scale) =>
        FixedPoint.TryParse(AccountJson.OptionalText(filter, name), scale, out var units) ? units : 0;

    private Int128 Money(JsonElement filter, string name)
    {
        var places = Math.Min(8, instrument.MoneyDecimals);
        Int128 units = Units(filter, name, new Scale(places));
        for (var i = places; i < instrument.MoneyDecimals; i++)
        {
            units *= 10;
        }

        return units;
    }
}
