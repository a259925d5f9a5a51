using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Live.Instruments;

/// <summary>
/// Watches the prices and quantities of a recording: the largest steps that all of them are multiples of, and the largest
/// quantity. One division a value unless a step gets finer.
/// </summary>
public sealed class GridObserver
{
    /// <summary>Greatest common divisor of all prices, in price units; 0 before any.</summary>
    public long PriceStep { get; private set; }

    /// <summary>Greatest common divisor of all quantities but zero, in quantity units; 0 before any.</summary>
    public long QuantityStep { get; private set; }

    /// <summary>Greatest common divisor of the traded quantities; 0 before any.</summary>
    public long TradedStep { get; private set; }

    /// <summary>Number of trades seen.</summary>
    public long Trades { get; private set; }

    /// <summary>Number of prices seen.</summary>
    public long Prices { get; private set; }

    /// <summary>A price that made <see cref="PriceStep"/> what it is.</summary>
    public long FinestPrice { get; private set; }

    /// <summary>A quantity that made <see cref="QuantityStep"/> what it is.</summary>
    public long FinestQuantity { get; private set; }

    /// <summary>Largest quantity seen.</summary>
    public long LargestQuantity { get; private set; }

    /// <summary>Looks at a message's values.</summary>
    public void Observe(MarketMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.DepthDiff:
                Levels(message.DepthDiff.Bids);
                Levels(message.DepthDiff.Asks);
                break;
            case MessageKind.BookSnapshot:
                Levels(message.BookSnapshot.Bids);
                Levels(message.BookSnapshot.Asks);
                break;
            case MessageKind.PartialBook:
                Levels(message.PartialBook.Bids);
                Levels(message.PartialBook.Asks);
                break;
            case MessageKind.Trade:
                Price(message.Trade.Price);
                Traded(message.Trade.Quantity);
                break;
            case MessageKind.AggregateTrade:
                Price(message.AggregateTrade.Price);
                Traded(message.AggregateTrade.Quantity);
                break;
            case MessageKind.BestQuote:
                Price(message.BestQuote.BidPrice);
                Price(message.BestQuote.AskPrice);
                Quantity(message.BestQuote.BidQuantity);
                Quantity(message.BestQuote.AskQuantity);
                break;
        }
    }

    /// <summary>What the recording says against an instrument; empty when nothing.</summary>
    public IEnumerable<string> Contradictions(Instrument instrument)
    {
        if (PriceStep % instrument.Tick != 0)
        {
            yield return $"prices finer than the tick {instrument.FormatPrice(instrument.Tick)} were recorded, such as {instrument.FormatPrice(FinestPrice)}: check the instrument ({instrument.Source})";
        }
        else if (Prices >= 10_000 && PriceStep > instrument.Tick)
        {
            yield return $"all {Prices} recorded prices are multiples of {instrument.FormatPrice(PriceStep)}, coarser than the tick {instrument.FormatPrice(instrument.Tick)}: check the instrument ({instrument.Source})";
        }

        if (TradedStep % instrument.Lot != 0)
        {
            yield return $"traded quantities are not multiples of the lot {instrument.FormatQuantity(instrument.Lot)}, but of {instrument.FormatQuantity(TradedStep)}: check the instrument ({instrument.Source})";
        }
        else if (QuantityStep % instrument.Lot != 0)
        {
            yield return $"resting quantities finer than the lot {instrument.FormatQuantity(instrument.Lot)} were recorded, such as {instrument.FormatQuantity(FinestQuantity)}; they are kept as they are, our own orders keep to the lot";
        }
        else if (Trades >= 10_000 && QuantityStep > instrument.Lot)
        {
            yield return $"all recorded quantities are multiples of {instrument.FormatQuantity(QuantityStep)}, coarser than the lot {instrument.FormatQuantity(instrument.Lot)}: check the instrument ({instrument.Source})";
        }
    }

    private static long Divisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private void Levels(LevelList levels)
    {
        foreach (ref readonly var level in levels.Span)
        {
            Price(level.Price);
            Quantity(level.Quantity);
        }
    }

    private void Price(long price)
    {
        if (price == 0)
        {
            return;
        }

        Prices++;
        if (PriceStep == 0 || price % PriceStep != 0)
        {
            PriceStep = Divisor(price, PriceStep);
            FinestPrice = price;
        }
    }

    private void Quantity(long quantity)
    {
        LargestQuantity = Math.Max(LargestQuantity, quantity);
        if (quantity != 0 && (QuantityStep == 0 || quantity % QuantityStep != 0))
        {
            QuantityStep = Divisor(quantity, QuantityStep);
            FinestQuantity = quantity;
        }
    }

    private void Traded(long quantity)
    {
        Trades++;
        Quantity(quantity);
        if (TradedStep == 0 || quantity % TradedStep != 0)
        {
            TradedStep = Divisor(quantity, TradedStep);
        }
    }
}
