using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Live.Gateway.Wire;

/// <summary>Messages about orders, trades and balances (web-socket-api.md, user-data-stream.md, rest-api.md): both transports write the same fields.</summary>
/// <exception cref="MalformedMessageException">A field is missing, or is not what the documentation says; names it.</exception>
internal static class AccountJson
{
    /// <summary>An order of order.status or openOrders.status, or a cancelled order of a cancel's answer.</summary>
    public static OrderFacts Order(JsonElement json, Instrument instrument)
    {
        var original = OptionalText(json, "origClientOrderId");
        var id = Text(json, "clientOrderId");
        return new OrderFacts
        {
            ClientOrderId = original.Length > 0 ? original : id,
            NewClientOrderId = id,
            VenueOrderId = Number(json, "orderId"),
            Status = Status(Text(json, "status")),
            Side = SideOf(Text(json, "side")),
            Price = Price(json, "price", instrument),
            Quantity = Quantity(json, json.TryGetProperty("origQty", out _) ? "origQty" : "qty", instrument),
            Executed = Quantity(json, "executedQty", instrument),
            Time = json.TryGetProperty("transactTime", out _) ? Stamp(json, "transactTime") : json.TryGetProperty("updateTime", out _) ? Stamp(json, "updateTime") : 0,
            PlacedAt = json.TryGetProperty("time", out _) ? Stamp(json, "time") : 0,
            Detail = OptionalText(json, "expiryReason"),
        };
    }

    /// <summary>A trade of myTrades.</summary>
    public static TradeFacts Trade(JsonElement json, Instrument instrument) => new()
    {
        TradeId = Number(json, "id"),
        VenueOrderId = Number(json, "orderId"),
        Side = Flag(json, "isBuyer") ? Side.Bid : Side.Ask,
        Price = Price(json, "price", instrument),
        Quantity = Quantity(json, "qty", instrument),
        ExecutedAfter = -1,
        Commission = Text(json, "commission"),
        CommissionAsset = OptionalText(json, "commissionAsset"),
        Time = Stamp(json, "time"),
    };

    /// <summary>An executionReport.</summary>
    /// <param name="json">The event.</param>
    /// <param name="instrumentOf">The instrument of a symbol; null when the symbol is nobody's here.</param>
    /// <returns>Null when the symbol is nobody's here.</returns>
    public static ExecutionReport? Report(JsonElement json, Func<string, Instrument?> instrumentOf)
    {
        var symbol = Text(json, "s");
        if (instrumentOf(symbol) is not { } instrument)
        {
            return null;
        }

        var kind = Text(json, "x") switch
        {
            "NEW" => ExecutionKind.New,
            "CANCELED" => ExecutionKind.Cancelled,
            "REPLACED" => ExecutionKind.Replaced,
            "REJECTED" => ExecutionKind.Rejected,
            "TRADE" => ExecutionKind.Trade,
            "EXPIRED" => ExecutionKind.Expired,
            "TRADE_PREVENTION" => ExecutionKind.TradePrevention,
            var other => throw new MalformedMessageException($"executionReport has the execution type {other}, which the documentation does not name"),
        };
        var original = OptionalText(json, "C");
        var current = Text(json, "c");
        var time = Stamp(json, "T");
        var order = new OrderFacts
        {
            ClientOrderId = original.Length > 0 ? original : current,
            NewClientOrderId = current,
            VenueOrderId = Number(json, "i"),
            Status = Status(Text(json, "X")),
            Side = SideOf(Text(json, "S")),
            Price = Price(json, "p", instrument),
            Quantity = Quantity(json, "q", instrument),
            Executed = Quantity(json, "z", instrument),
            Time = time,
            PlacedAt = json.TryGetProperty("O", out _) ? Stamp(json, "O") : 0,
            Detail = OptionalText(json, "eR") is { Length: > 0 } expiry ? expiry : OptionalText(json, "r") is "NONE" ? "" : OptionalText(json, "r"),
        };
        TradeFacts? trade = kind != ExecutionKind.Trade ? null : new TradeFacts
        {
            TradeId = Number(json, "t"),
            VenueOrderId = order.VenueOrderId,
            Side = order.Side,
            Price = Price(json, "L", instrument),
            Quantity = Quantity(json, "l", instrument),
            ExecutedAfter = order.Executed,
            Commission = OptionalText(json, "n") is { Length: > 0 } commission ? commission : "0",
            CommissionAsset = OptionalText(json, "N"),
            Time = time,
        };
        return new ExecutionReport(symbol, kind, order, trade);
    }

    /// <summary>The balances of account.status or outboundAccountPosition.</summary>
    public static List<AssetBalance> Balances(JsonElement list, string asset, string free, string locked)
    {
        var balances = new List<AssetBalance>();
        foreach (var entry in Array(list))
        {
            balances.Add(new AssetBalance(Text(entry, asset), Amount(entry, free), Amount(entry, locked)));
        }

        return balances;
    }

    /// <summary>The elements of a list.</summary>
    public static JsonElement.ArrayEnumerator Array(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw new MalformedMessageException("a list was expected");

    /// <summary>A text.</summary>
    public static string Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new MalformedMessageException($"field {name} is missing or no text");

    /// <summary>A text; empty when it is missing or null.</summary>
    public static string OptionalText(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary>A whole number; null when it is missing or something else.</summary>
    public static long? OptionalNumber(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>A whole number.</summary>
    public static long Number(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : throw new MalformedMessageException($"field {name} is missing or no whole number");

    /// <summary>A stamp in milliseconds or microseconds as nanoseconds.</summary>
    public static long Stamp(JsonElement json, string name) =>
        VenueStamp.TryToNanoseconds(Number(json, name), out var time) ? time : throw new MalformedMessageException($"field {name} is no time");

    /// <summary>An amount of an asset.</summary>
    public static decimal Amount(JsonElement json, string name) =>
        decimal.TryParse(Text(json, name), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var amount)
            ? amount
            : throw new MalformedMessageException($"field {name} is no decimal");

    private static bool Flag(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new MalformedMessageException($"field {name} is missing or neither true nor false");

    private static long Price(JsonElement json, string name, Instrument instrument) => Decimal(json, name, instrument.PriceScale);

    private static long Quantity(JsonElement json, string name, Instrument instrument) => Decimal(json, name, instrument.QuantityScale);

    private static long Decimal(JsonElement json, string name, Scale scale)
    {
        var text = Text(json, name);
        return FixedPoint.TryParse(text, scale, out var units) ? units : throw new MalformedMessageException($"field {name} is \"{text}\", no decimal with at most {scale.Decimals} places");
    }

    private static Side SideOf(string text) => text switch
    {
        "BUY" => Side.Bid,
        "SELL" => Side.Ask,
        _ => throw new MalformedMessageException($"\"{text}\" is no side"),
    };

    private static VenueOrderStatus Status(string text) => text switch
    {
        "NEW" or "PENDING_NEW" => VenueOrderStatus.New,
        "PARTIALLY_FILLED" => VenueOrderStatus.PartiallyFilled,
        "FILLED" => VenueOrderStatus.Filled,
        "CANCELED" or "PENDING_CANCEL" => VenueOrderStatus.Cancelled,
        "REJECTED" => VenueOrderStatus.Rejected,
        "EXPIRED" or "EXPIRED_IN_MATCH" => VenueOrderStatus.Expired,
        _ => throw new MalformedMessageException($"\"{text}\" is no order status that the documentation names"),
    };
}
