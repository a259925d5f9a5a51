using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;

namespace EventSourcedMM.Cli.Book;

/// <summary>A book as a ladder for people: asks above, bids below, best prices in the middle, a bar for each quantity.</summary>
public static class BookLadder
{
    private const int BarWidth = 24;

    /// <summary>Writes it.</summary>
    /// <param name="at">The book.</param>
    /// <param name="depth">Levels a side.</param>
    /// <param name="color">True for a terminal that shows colours.</param>
    public static string Write(BookAt at, int depth, bool color)
    {
        var fold = at.Book;
        var book = fold.Tracker.Book;
        var ladder = new Ladder(fold, depth, color);
        var text = new StringBuilder();
        text.AppendLine($"{at.Day.Symbol}  {Moments.Text(fold.ReceiveTime)}  {State(fold.Tracker.State)}");
        text.AppendLine($"update {Plain(fold.Tracker.LastUpdateId)}, {Count(fold.Tracker.DiffsApplied)} diffs applied; event {Count(fold.Sequence)} of {at.Day.Name}");
        text.AppendLine();
        ladder.Side(text, book.Asks, Side.Ask);
        text.AppendLine(ladder.Middle(book));
        ladder.Side(text, book.Bids, Side.Bid);
        text.AppendLine();
        text.AppendLine($"asks  {Count(book.Asks.Count)} levels, {ladder.Quantity(book.Asks.TotalQuantity())}");
        text.Append($"bids  {Count(book.Bids.Count)} levels, {ladder.Quantity(book.Bids.TotalQuantity())}");
        return text.ToString();
    }

    private static string State(BookState state) => state == BookState.Synced ? "Synced" : $"{state} (not to be quoted on)";

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Plain(long value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed class Ladder
    {
        private readonly int depth;
        private readonly bool color;
        private readonly Scale priceScale;
        private readonly Scale quantityScale;
        private readonly int pricePlaces;
        private readonly int quantityPlaces;
        private readonly int priceWidth;
        private readonly int quantityWidth;
        private readonly long largest;

        public Ladder(BookFold fold, int depth, bool color)
        {
            this.depth = depth;
            this.color = color;
            priceScale = BookScales.Price(fold);
            quantityScale = BookScales.Quantity(fold);
            pricePlaces = BookScales.Places(fold.Instrument.Tick, priceScale);
            quantityPlaces = BookScales.Places(fold.Instrument.Lot, quantityScale);
            foreach (var side in (ReadOnlySpan<BookSide>)[fold.Tracker.Book.Bids, fold.Tracker.Book.Asks])
            {
                for (var rank = 0; rank < Math.Min(depth, side.Count); rank++)
                {
                    largest = Math.Max(largest, side[rank].Quantity);
                    priceWidth = Math.Max(priceWidth, Price(side[rank].Price).Length);
                    quantityWidth = Math.Max(quantityWidth, Quantity(side[rank].Quantity).Length);
                }
            }
        }

        public void Side(StringBuilder text, BookSide side, Side which)
        {
            var shown = Math.Min(depth, side.Count);
            for (var i = 0; i < shown; i++)
            {
                // Asks come worst first, so that the best prices meet in the middle.
                var level = side[which == Domain.Book.Side.Ask ? shown - 1 - i : i];
                var line = $"  {Price(level.Price).PadLeft(priceWidth)}  {Quantity(level.Quantity).PadLeft(quantityWidth)}  {Bar(level.Quantity)}".TrimEnd();
                text.AppendLine(color ? $"\u001b[{(which == Domain.Book.Side.Ask ? 31 : 32)}m{line}\u001b[0m" : line);
            }
        }

        public string Middle(OrderBook book)
        {
            if (!book.HasBothSides)
            {
                return "  one side is empty: there is no mid";
            }

            var spread = book.Asks.BestPrice - book.Bids.BestPrice;
            var ppm = (double)spread * 2_000_000 / book.MidTwice;
            return string.Create(CultureInfo.InvariantCulture, $"  ── mid {FixedPoint.Format((Int128)book.MidTwice * 5, priceScale.Decimals + 1, pricePlaces)}  spread {Price(spread)} ({ppm:0.#} ppm) ──");
        }

        public string Quantity(Int128 quantity) => FixedPoint.Format(quantity, quantityScale.Decimals, quantityPlaces);

        private string Price(long price) => FixedPoint.Format(price, priceScale, pricePlaces);

        // Every level that is there shows: at least the thinnest bar.
        private string Bar(long quantity)
        {
            const string eighths = "▏▎▍▌▋▊▉";
            var length = Math.Max(1, (int)((Int128)quantity * BarWidth * 8 / Math.Max(1, largest)));
            return new string('█', length / 8) + (length % 8 > 0 ? eighths[(length % 8) - 1].ToString() : "");
        }
    }
}
