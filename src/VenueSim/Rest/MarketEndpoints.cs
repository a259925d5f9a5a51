using EventSourcedMM.Domain.Events;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Rest;

/// <summary>
/// The public REST endpoints (rest-api.md, "General endpoints", "Market Data endpoints"): each reads its parameters,
/// names its weight, and writes the answer from the state at the recorded now. Used by the loop alone.
/// </summary>
internal sealed class MarketEndpoints(
    VenueClock clock, FaultDirector faults, IReadOnlyList<SymbolMarket> markets, IReadOnlyDictionary<string, SymbolMarket> bySymbol, RateLimits limits, decimal bnbPrice)
{
    private const int MostTrades = 1_000;
    private const int MostLevels = 5_000;

    /// <summary>Reads a request's parameters; null when there is no such endpoint.</summary>
    /// <exception cref="RestException">The parameters are not the endpoint's.</exception>
    public RestCall? Find(string path, RestParameters parameters)
    {
        RestCall? call = path switch
        {
            "/api/v3/ping" => new RestCall(1, (json, _) => json.Raw("{}"u8)),
            "/api/v3/time" => new RestCall(1, Time),
            "/api/v3/exchangeInfo" => ExchangeInfo(parameters),
            "/api/v3/depth" => Depth(parameters),
            "/api/v3/trades" => Trades(parameters),
            "/api/v3/aggTrades" => AggregateTrades(parameters),
            "/api/v3/avgPrice" => AveragePrice(parameters),
            "/api/v3/referencePrice" => ReferencePrice(parameters),
            "/api/v3/ticker/price" => BnbPrice(parameters) ?? Ticker(parameters, WritePrice),
            "/api/v3/ticker/bookTicker" => Ticker(parameters, WriteTicker),
            _ => null,
        };
        if (call is not null)
        {
            parameters.RequireAllRead();
        }

        return call;
    }

    private static void WriteAggregate(WireWriter json, SymbolScales scales, TimeUnit unit, in AggregateTrade trade)
    {
        json.Raw("{"u8);
        StreamPayloads.AggregateFields(json, scales, unit, trade);
    }

    private static void WriteTrade(WireWriter json, SymbolScales scales, TimeUnit unit, in Trade trade)
    {
        json.Raw("{\"id\":"u8);
        json.Number(trade.TradeId);
        json.Raw(",\"price\":"u8);
        json.Decimal(trade.Price, scales.PriceDecimals);
        json.Raw(",\"qty\":"u8);
        json.Decimal(trade.Quantity, scales.QuantityDecimals);
        json.Raw(",\"quoteQty\":"u8);
        json.DecimalCut((Int128)trade.Price * trade.Quantity, scales.PriceDecimals + scales.QuantityDecimals, 8);
        json.Raw(",\"time\":"u8);
        json.Time(trade.TradeTime, unit);
        json.Raw(",\"isBuyerMaker\":"u8);
        json.Flag(trade.BuyerIsMaker);
        json.Raw(",\"isBestMatch\":true}"u8);
    }

    private static void WriteTicker(WireWriter json, SymbolMarket market)
    {
        var quote = market.Quote;
        json.Raw("{\"symbol\":"u8);
        json.Text(market.Symbol);
        json.Raw(",\"bidPrice\":"u8);
        json.Decimal(quote.BidPrice, market.Scales.PriceDecimals);
        json.Raw(",\"bidQty\":"u8);
        json.Decimal(quote.BidQuantity, market.Scales.QuantityDecimals);
        json.Raw(",\"askPrice\":"u8);
        json.Decimal(quote.AskPrice, market.Scales.PriceDecimals);
        json.Raw(",\"askQty\":"u8);
        json.Decimal(quote.AskQuantity, market.Scales.QuantityDecimals);
        json.Raw("}"u8);
    }

    private static void WritePrice(WireWriter json, SymbolMarket market)
    {
        json.Raw("{\"symbol\":"u8);
        json.Text(market.Symbol);
        json.Raw(",\"price\":"u8);
        json.Decimal(market.LastPrice, market.Scales.PriceDecimals);
        json.Raw("}"u8);
    }

    private static void WriteList<T>(WireWriter json, IEnumerable<T> items, Action<T> write)
    {
        json.Raw("["u8);
        var follows = false;
        foreach (var item in items)
        {
            json.Raw(follows ? ","u8 : default);
            follows = true;
            write(item);
        }

        json.Raw("]"u8);
    }

    private SymbolMarket Market(string symbol) => bySymbol.TryGetValue(symbol, out var market) ? market : throw new RestException(VenueError.BadSymbol);

    private SymbolMarket RequiredMarket(RestParameters parameters) =>
        Market(parameters.Symbol() ?? throw new RestException(VenueError.Missing("symbol")));

    // The status that symbolStatus asks for; null when it does not.
    private static string? Status(RestParameters parameters)
    {
        var status = parameters.Text("symbolStatus");
        return status is null or "TRADING" or "HALT" or "BREAK" ? status : throw new RestException(VenueError.BadSymbolStatus);
    }

    private void Time(WireWriter json, TimeUnit unit)
    {
        json.Raw("{\"serverTime\":"u8);
        json.Time(clock.Now + faults.ClockError, unit);
        json.Raw("}"u8);
    }

    private RestCall ExchangeInfo(RestParameters parameters)
    {
        var chosen = Chosen(parameters);
        var permissions = parameters.Text("permissions");
        var status = Status(parameters);
        var showSets = parameters.Text("showPermissionSets") switch
        {
            null or "true" => true,
            "false" => false,
            _ => throw new RestException(VenueError.Illegal("showPermissionSets", "^(true|false)$")),
        };
        if ((parameters.Has("symbol") || parameters.Has("symbols")) && (permissions is not null || status is not null))
        {
            throw new RestException(VenueError.BadCombination);
        }

        // Every symbol here has the one permission that spot market data needs.
        var isSpot = permissions is null || permissions.Contains("SPOT", StringComparison.Ordinal);
        var shown = chosen.Where(m => isSpot && (status is null || m.Status == status)).ToArray();
        return new RestCall(20, (json, unit) => ExchangeRules.Write(json, unit, clock.Now + faults.ClockError, limits, shown, showSets));
    }

    private RestCall Depth(RestParameters parameters)
    {
        var market = RequiredMarket(parameters);
        var limit = parameters.Limit(100, MostLevels);
        var status = Status(parameters);
        if (status is not null && status != market.Status)
        {
            throw new RestException(VenueError.StatusMismatch);
        }

        var weight = limit switch
        {
            <= 100 => 5,
            <= 500 => 25,
            <= 1_000 => 50,
            _ => 250,
        };
        return new RestCall(weight, (json, _) => WriteDepth(json, market, limit))
        {
            WriteStale = json =>
            {
                if (market.Copies.Oldest is { } copy)
                {
                    StreamPayloads.Book(json, market.Scales, copy.UpdateId, copy.Bids.AsSpan(0, Math.Min(limit, copy.Bids.Length)), copy.Asks.AsSpan(0, Math.Min(limit, copy.Asks.Length)));
                }
                else
                {
                    WriteDepth(json, market, limit);
                }
            },
        };
    }

    private static void WriteDepth(WireWriter json, SymbolMarket market, int limit)
    {
        market.LookAtOrders();
        var (bids, asks) = market.Depth(limit);
        StreamPayloads.Book(json, market.Scales, market.Tape.UpdateId, bids, asks);
    }

    private RestCall Trades(RestParameters parameters)
    {
        var market = RequiredMarket(parameters);
        var limit = parameters.Limit(500, MostTrades);
        return new RestCall(25, (json, unit) =>
        {
            var trades = market.Trades;
            var first = Math.Max(0, trades.Count - limit);
            WriteList(json, Enumerable.Range(first, trades.Count - first), i => WriteTrade(json, market.Scales, unit, trades[i]));
        });
    }

    private RestCall AggregateTrades(RestParameters parameters)
    {
        var market = RequiredMarket(parameters);
        var fromId = parameters.Number("fromId");
        var from = parameters.Time("startTime");
        var to = parameters.Time("endTime");
        var limit = parameters.Limit(500, MostTrades);
        if (fromId is not null && (from is not null || to is not null))
        {
            throw new RestException(VenueError.BadCombination);
        }

        return new RestCall(4, (json, unit) =>
        {
            var trades = market.AggregateTrades;
            var fitting = Enumerable.Range(0, trades.Count)
                .Where(i => (fromId is null || trades[i].AggregateId >= fromId) && (from is null || trades[i].TradeTime >= from) && (to is null || trades[i].TradeTime <= to));

            // With a start the oldest, otherwise the newest (rest-api.md, "General API Information").
            var shown = fromId is not null || from is not null ? fitting.Take(limit) : fitting.TakeLast(limit);
            WriteList(json, shown, i => WriteAggregate(json, market.Scales, unit, trades[i]));
        });
    }

    private RestCall AveragePrice(RestParameters parameters)
    {
        var market = RequiredMarket(parameters);
        return new RestCall(2, (json, unit) =>
        {
            json.Raw("{\"mins\":"u8);
            json.Number(SymbolRules.AverageMinutes);
            json.Raw(",\"price\":"u8);
            json.Decimal(market.Orders?.AveragePrice ?? market.LastPrice, market.Scales.PriceDecimals);
            json.Raw(",\"closeTime\":"u8);
            json.Time(market.LastTradeTime, unit);
            json.Raw("}"u8);
        });
    }

    // No recording has one: filters measure by the average.
    private RestCall ReferencePrice(RestParameters parameters)
    {
        _ = RequiredMarket(parameters);
        parameters.RequireAllRead();
        throw new RestException(VenueError.NoReferencePrice);
    }

    // What commissions are charged in has a price, though nobody recorded its market.
    private RestCall? BnbPrice(RestParameters parameters)
    {
        var symbol = parameters.Symbol();
        return bnbPrice > 0 && symbol is not null && !bySymbol.ContainsKey(symbol) && markets.Any(m => symbol == Fees.Bnb + m.Tape.Instrument.QuoteAsset)
            ? new RestCall(2, (json, _) =>
            {
                json.Raw("{\"symbol\":"u8);
                json.Text(symbol);
                json.Raw(",\"price\":"u8);
                json.Text(bnbPrice.ToString("0.00000000", System.Globalization.CultureInfo.InvariantCulture));
                json.Raw("}"u8);
            })
            : null;
    }

    // ticker/price and ticker/bookTicker: one symbol is an object at half the weight, several or all are a list.
    private RestCall Ticker(RestParameters parameters, Action<WireWriter, SymbolMarket> write)
    {
        var chosen = Chosen(parameters);
        var status = Status(parameters);
        if (parameters.Has("symbol"))
        {
            var market = chosen[0];
            return status is not null && status != market.Status
                ? throw new RestException(VenueError.StatusMismatch)
                : new RestCall(2, (json, _) => write(json, market));
        }

        return new RestCall(4, (json, _) => WriteList(json, chosen.Where(m => status is null || m.Status == status), m => write(json, m)));
    }

    // The symbols of symbol or symbols; all without either.
    private IReadOnlyList<SymbolMarket> Chosen(RestParameters parameters)
    {
        var symbol = parameters.Symbol();
        var symbols = parameters.Symbols();
        if (symbol is not null && symbols is not null)
        {
            throw new RestException(VenueError.BadCombination);
        }

        return symbol is not null ? [Market(symbol)]
            : symbols is not null ? [.. symbols.Select(Market)]
            : markets;
    }
}

/// <summary>A REST request that was read.</summary>
/// <param name="Weight">What it costs.</param>
/// <param name="Write">Writes the answer.</param>
internal sealed record RestCall(int Weight, Action<WireWriter, TimeUnit> Write)
{
    /// <summary>Writes an answer that is out of date; null where there is none.</summary>
    public Action<WireWriter>? WriteStale { get; init; }
}
