using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>Reads what a new order needs, with the venue's errors for what is missing, too much or malformed.</summary>
internal static class TicketReader
{
    private const string DecimalRange = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
    private const string NameRange = "^[a-zA-Z0-9-_]{1,36}$";
    private const int LongestName = 36;
    private const long LeastStrategyType = 1_000_000;
    private static readonly string[] Unsupported = ["stopPrice", "trailingDelta", "icebergQty", "pegPriceType", "pegOffsetValue", "pegOffsetType"];

    /// <summary>Reads a new order.</summary>
    /// <exception cref="RestException">It cannot be one.</exception>
    public static OrderTicket Read(RestParameters parameters, SymbolOrders market)
    {
        var side = Side(parameters);
        var kind = Kind(parameters);
        var time = Time(parameters);
        var price = Decimal(parameters, "price", market.Instrument.PriceScale);
        var quantity = Decimal(parameters, "quantity", market.Instrument.QuantityScale);
        var quote = Decimal(parameters, "quoteOrderQty", new Scale(Amount.Shown));
        var unsupported = Array.Find(Unsupported, parameters.Has);
        if (unsupported is not null)
        {
            throw new RestException(VenueError.NotSupported);
        }

        Require(kind == OrderKind.Limit, "timeInForce", time is not null);
        Require(kind != OrderKind.Market, "price", price is not null);
        if (kind != OrderKind.Market || quote is null)
        {
            quantity = quantity ?? throw new RestException(kind == OrderKind.Market ? VenueError.NeitherOf("quantity", "quoteOrderQty") : VenueError.Missing("quantity"));
            Require(isNeeded: false, "quoteOrderQty", quote is not null);
        }
        else
        {
            Require(isNeeded: false, "quantity", quantity is not null);
        }

        return new OrderTicket
        {
            Side = side,
            Kind = kind,
            Time = time ?? OrderTime.GoodTillCancelled,
            Price = price ?? 0,
            Quantity = quantity ?? 0,
            QuoteValue = Amount.Of(quote ?? 0, Amount.Shown),
            ClientOrderId = Name(parameters, "newClientOrderId") ?? "",
            SelfTrade = Mode(parameters),
            StrategyId = parameters.Number("strategyId"),
            StrategyType = parameters.Number("strategyType") is { } type
                ? type >= LeastStrategyType ? type : throw new RestException(VenueError.BadStrategy)
                : null,
            Size = Size(parameters, kind),
        };
    }

    /// <summary>A client order id; null when none was sent.</summary>
    /// <exception cref="RestException">It has other characters, or too many.</exception>
    public static string? Name(RestParameters parameters, string name) => parameters.Text(name) switch
    {
        null => null,
        { Length: <= LongestName } text when text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/') => text,
        _ => throw new RestException(VenueError.Illegal(name, NameRange)),
    };

    /// <summary>A decimal at a scale; null when none was sent.</summary>
    /// <exception cref="RestException">It is none, or too fine.</exception>
    public static long? Decimal(RestParameters parameters, string name, Scale scale)
    {
        if (parameters.Text(name) is not { } text)
        {
            return null;
        }

        if (!text.All(c => char.IsAsciiDigit(c) || c == '.') || text[0] == '.' || text[^1] == '.' || text.Count(c => c == '.') > 1)
        {
            throw new RestException(VenueError.Illegal(name, DecimalRange));
        }

        return FixedPoint.TryParse(text, scale, out var units) ? units : throw new RestException(VenueError.TooPrecise(name));
    }

    private static void Require(bool isNeeded, string name, bool isThere)
    {
        if (isNeeded != isThere)
        {
            throw new RestException(isNeeded ? VenueError.Missing(name) : VenueError.NotRequired(name));
        }
    }

    private static Side Side(RestParameters parameters) => parameters.Text("side") switch
    {
        "BUY" => Domain.Book.Side.Bid,
        "SELL" => Domain.Book.Side.Ask,
        null => throw new RestException(VenueError.Missing("side")),
        _ => throw new RestException(VenueError.BadSide),
    };

    private static OrderKind Kind(RestParameters parameters) => parameters.Text("type") switch
    {
        "LIMIT" => OrderKind.Limit,
        "LIMIT_MAKER" => OrderKind.LimitMaker,
        "MARKET" => OrderKind.Market,
        null => throw new RestException(VenueError.Missing("type")),
        "STOP_LOSS" or "STOP_LOSS_LIMIT" or "TAKE_PROFIT" or "TAKE_PROFIT_LIMIT" => throw new RestException(VenueError.NotSupported),
        _ => throw new RestException(VenueError.BadOrderType),
    };

    private static OrderTime? Time(RestParameters parameters) => parameters.Text("timeInForce") switch
    {
        null => null,
        "GTC" => OrderTime.GoodTillCancelled,
        "IOC" => OrderTime.ImmediateOrCancel,
        "FOK" => OrderTime.FillOrKill,
        _ => throw new RestException(VenueError.BadTime),
    };

    private static SelfTrade Mode(RestParameters parameters) => parameters.Text("selfTradePreventionMode") switch
    {
        null or "EXPIRE_MAKER" => SelfTrade.ExpireMaker,
        "EXPIRE_TAKER" => SelfTrade.ExpireTaker,
        "EXPIRE_BOTH" => SelfTrade.ExpireBoth,
        "DECREMENT" => SelfTrade.Decrement,
        _ => throw new RestException(VenueError.Invalid("selfTradePreventionMode")),
    };

    private static AnswerSize Size(RestParameters parameters, OrderKind kind) => parameters.Text("newOrderRespType") switch
    {
        null => kind == OrderKind.LimitMaker ? AnswerSize.Acknowledgement : AnswerSize.Full,
        "ACK" => AnswerSize.Acknowledgement,
        "RESULT" => AnswerSize.Result,
        "FULL" => AnswerSize.Full,
        _ => throw new RestException(VenueError.Invalid("newOrderRespType")),
    };
}
