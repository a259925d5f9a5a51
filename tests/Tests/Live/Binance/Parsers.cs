using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Tests.Live.Binance;

/// <summary>Instruments and messages for parser tests.</summary>
internal static class Parsers
{
    public static Instrument Instrument(string symbol = "BTCUSDT", int priceDecimals = 8, int quantityDecimals = 8) => new Instrument
    {
        Symbol = symbol,
        BaseAsset = symbol[..^4],
        QuoteAsset = symbol[^4..],
        PriceScale = new Scale(priceDecimals),
        QuantityScale = new Scale(quantityDecimals),
        Tick = 1,
        Lot = 1,
        MinQuantity = 1,
        CommissionDecimals = Math.Min(8, quantityDecimals),
    }.Validated();

    /// <summary>Everything that a parsed message says, as comparable text.</summary>
    public static string Describe(MarketMessage m) => m.Kind switch
    {
        MessageKind.DepthDiff => $"diff {m.VenueTime} {m.DepthDiff.FirstUpdateId} {m.DepthDiff.FinalUpdateId} {Levels(m.DepthDiff.Bids)} {Levels(m.DepthDiff.Asks)}",
        MessageKind.Trade => $"trade {m.VenueTime} {m.Trade.TradeId} {m.Trade.Price} {m.Trade.Quantity} {m.Trade.TradeTime} {m.Trade.BuyerIsMaker}",
        MessageKind.AggregateTrade => $"agg {m.VenueTime} {m.AggregateTrade.AggregateId} {m.AggregateTrade.Price} {m.AggregateTrade.Quantity} {m.AggregateTrade.FirstTradeId} {m.AggregateTrade.LastTradeId} {m.AggregateTrade.TradeTime} {m.AggregateTrade.BuyerIsMaker}",
        MessageKind.BestQuote => $"quote {m.VenueTime} {m.BestQuote.UpdateId} {m.BestQuote.BidPrice} {m.BestQuote.BidQuantity} {m.BestQuote.AskPrice} {m.BestQuote.AskQuantity}",
        MessageKind.PartialBook => $"partial {m.VenueTime} {m.PartialBook.LastUpdateId} {Levels(m.PartialBook.Bids)} {Levels(m.PartialBook.Asks)}",
        MessageKind.BookSnapshot => $"snapshot {m.VenueTime} {m.BookSnapshot.LastUpdateId} {Levels(m.BookSnapshot.Bids)} {Levels(m.BookSnapshot.Asks)}",
        MessageKind.OtherSymbol => $"other {m.OtherSymbol}",
        _ => $"{m.Kind} {m.VenueTime} '{m.EventName}' '{m.VenueMessage.Stream}' {m.VenueMessage.Problem} {m.VenueMessage.Body}",
    };

    public static MessageKind Parse(this StreamParser parser, string message) => parser.Parse(Encoding.UTF8.GetBytes(message));

    private static string Levels(LevelList levels)
    {
        var text = new StringBuilder("[");
        foreach (var level in levels.Span)
        {
            text.Append(level.Price).Append('x').Append(level.Quantity).Append(' ');
        }

        return text.Append(']').ToString();
    }
}
