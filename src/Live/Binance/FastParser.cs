using System.Text;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// The messages of one symbol in exactly the form in which Binance sends them, read without allocation. Whatever has
/// another form, and whatever breaks a rule, is left to <see cref="GeneralParser"/>.
/// </summary>
internal sealed class FastParser(Instrument instrument, LevelBuffer levels, bool bareBooksArePartial)
{
    private readonly byte[] streamPrefix = Encoding.ASCII.GetBytes(instrument.Symbol.ToLowerInvariant() + "@");
    private readonly byte[] symbol = Encoding.ASCII.GetBytes(instrument.Symbol);
    private readonly DecimalForm price = new(instrument.PriceScale);
    private readonly DecimalForm quantity = new(instrument.QuantityScale);

    /// <summary>Parses a message; false when it has to be read by the general parser.</summary>
    public bool TryParse(ReadOnlySpan<byte> utf8, MarketMessage message)
    {
        levels.Clear();
        var scan = new FastScanner(utf8);
        var stream = default(ReadOnlySpan<byte>);
        var enveloped = scan.Take("{\"stream\":\""u8);
        if (enveloped && !(scan.Take(streamPrefix) && scan.TakeToQuote(out stream) && scan.Take("\",\"data\":"u8)))
        {
            return false;
        }

        var known = scan.Take("{\"e\":\""u8)
            ? TypedMessage(ref scan, message)
            : scan.Take("{\"u\":"u8)
                ? BestQuote(ref scan, message)
                : scan.Take("{\"lastUpdateId\":"u8) && Book(ref scan, message, enveloped, stream);
        return known && (!enveloped || scan.Take("}"u8)) && scan.AtEnd;
    }

    private bool TypedMessage(ref FastScanner scan, MarketMessage message)
    {
        if (scan.Take("depthUpdate\",\"E\":"u8))
        {
            return DepthDiff(ref scan, message);
        }

        if (scan.Take("trade\",\"E\":"u8))
        {
            return Trade(ref scan, message);
        }

        return scan.Take("aggTrade\",\"E\":"u8) && AggregateTrade(ref scan, message);
    }

    private bool DepthDiff(ref FastScanner scan, MarketMessage message)
    {
        if (!Head(ref scan, out var time)
            || !scan.Take("\"U\":"u8) || !scan.TakeInteger(out var first)
            || !scan.Take(",\"u\":"u8) || !scan.TakeInteger(out var final) || first > final
            || !scan.Take(",\"b\":"u8) || !scan.TakeLevels(price, quantity, levels))
        {
            return false;
        }

        var bids = levels.Count;
        if (!scan.Take(",\"a\":"u8) || !scan.TakeLevels(price, quantity, levels) || !scan.Take("}"u8))
        {
            return false;
        }

        message.DepthDiff.FirstUpdateId = first;
        message.DepthDiff.FinalUpdateId = final;
        message.DepthDiff.Bids = levels.List(0, bids);
        message.DepthDiff.Asks = levels.List(bids, levels.Count);
        message.Become(MessageKind.DepthDiff, time);
        return true;
    }

    private bool Trade(ref FastScanner scan, MarketMessage message)
    {
        if (!Head(ref scan, out var time)
            || !scan.Take("\"t\":"u8) || !scan.TakeInteger(out var id)
            || !scan.Take(",\"p\":"u8) || !scan.TakeDecimal(price, out var p) || p == 0
            || !scan.Take(",\"q\":"u8) || !scan.TakeDecimal(quantity, out var q) || q == 0)
        {
            return false;
        }

        // Recordings from before June 2024 name the buyer's and the seller's order here.
        if (scan.Take(",\"b\":"u8) && !(scan.TakeInteger(out _) && scan.Take(",\"a\":"u8) && scan.TakeInteger(out _)))
        {
            return false;
        }

        if (!Tail(ref scan, out var tradeTime, out var buyerIsMaker))
        {
            return false;
        }

        message.Trade.TradeId = id;
        message.Trade.Price = p;
        message.Trade.Quantity = q;
        message.Trade.TradeTime = tradeTime;
        message.Trade.BuyerIsMaker = buyerIsMaker;
        message.Become(MessageKind.Trade, time);
        return true;
    }

    private bool AggregateTrade(ref FastScanner scan, MarketMessage message)
    {
        if (!Head(ref scan, out var time)
            || !scan.Take("\"a\":"u8) || !scan.TakeInteger(out var id)
            || !scan.Take(",\"p\":"u8) || !scan.TakeDecimal(price, out var p) || p == 0
            || !scan.Take(",\"q\":"u8) || !scan.TakeDecimal(quantity, out var q) || q == 0
            || !scan.Take(",\"f\":"u8) || !scan.TakeInteger(out var first)
            || !scan.Take(",\"l\":"u8) || !scan.TakeInteger(out var last)
            || !Tail(ref scan, out var tradeTime, out var buyerIsMaker))
        {
            return false;
        }

        message.AggregateTrade.AggregateId = id;
        message.AggregateTrade.Price = p;
        message.AggregateTrade.Quantity = q;
        message.AggregateTrade.FirstTradeId = first;
        message.AggregateTrade.LastTradeId = last;
        message.AggregateTrade.TradeTime = tradeTime;
        message.AggregateTrade.BuyerIsMaker = buyerIsMaker;
        message.Become(MessageKind.AggregateTrade, time);
        return true;
    }

    private bool BestQuote(ref FastScanner scan, MarketMessage message)
    {
        if (!scan.TakeInteger(out var id)
            || !scan.Take(",\"s\":\""u8) || !scan.Take(symbol)
            || !scan.Take("\",\"b\":"u8) || !scan.TakeDecimal(price, out var bid)
            || !scan.Take(",\"B\":"u8) || !scan.TakeDecimal(quantity, out var bidQuantity)
            || !scan.Take(",\"a\":"u8) || !scan.TakeDecimal(price, out var ask)
            || !scan.Take(",\"A\":"u8) || !scan.TakeDecimal(quantity, out var askQuantity)
            || !scan.Take("}"u8))
        {
            return false;
        }

        message.BestQuote.UpdateId = id;
        message.BestQuote.BidPrice = bid;
        message.BestQuote.BidQuantity = bidQuantity;
        message.BestQuote.AskPrice = ask;
        message.BestQuote.AskQuantity = askQuantity;
        message.Become(MessageKind.BestQuote);
        return true;
    }

    private bool Book(ref FastScanner scan, MarketMessage message, bool enveloped, ReadOnlySpan<byte> stream)
    {
        if (enveloped && !BookStreams.IsPartial(stream))
        {
            return false;
        }

        if (!scan.TakeInteger(out var id) || !scan.Take(",\"bids\":"u8) || !scan.TakeLevels(price, quantity, levels))
        {
            return false;
        }

        var bids = levels.Count;
        if (!scan.Take(",\"asks\":"u8) || !scan.TakeLevels(price, quantity, levels) || !scan.Take("}"u8))
        {
            return false;
        }

        if (enveloped || bareBooksArePartial)
        {
            message.PartialBook.LastUpdateId = id;
            message.PartialBook.Bids = levels.List(0, bids);
            message.PartialBook.Asks = levels.List(bids, levels.Count);
            message.Become(MessageKind.PartialBook);
        }
        else
        {
            message.BookSnapshot.LastUpdateId = id;
            message.BookSnapshot.Bids = levels.List(0, bids);
            message.BookSnapshot.Asks = levels.List(bids, levels.Count);
            message.Become(MessageKind.BookSnapshot);
        }

        return true;
    }

    // E and s, the same in every typed message.
    private bool Head(ref FastScanner scan, out long time)
    {
        time = 0;
        return scan.TakeInteger(out var stamp) && VenueStamp.TryToNanoseconds(stamp, out time)
            && scan.Take(",\"s\":\""u8) && scan.Take(symbol) && scan.Take("\","u8);
    }

    // T, m and M, the same in both kinds of trades.
    private static bool Tail(ref FastScanner scan, out long tradeTime, out bool buyerIsMaker)
    {
        tradeTime = 0;
        buyerIsMaker = false;
        return scan.Take(",\"T\":"u8) && scan.TakeInteger(out var stamp) && VenueStamp.TryToNanoseconds(stamp, out tradeTime)
            && scan.Take(",\"m\":"u8) && scan.TakeFlag(out buyerIsMaker)
            && (scan.Take("}"u8) || (scan.Take(",\"M\":"u8) && scan.TakeFlag(out _) && scan.Take("}"u8)));
    }
}
