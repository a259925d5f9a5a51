using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// Checks a rebuilt book against the venue's own best quotes. A quote with update id t holds from t until the next
/// quote's id; so when the book stands at an update id in that interval, best prices and quantities must be the quote's.
/// Each time a diff moved the book it is checked once, as soon as the interval is known: quotes and diffs come from
/// separate streams and either may be ahead.
/// </summary>
public sealed class BestQuoteCheck
{
    /// <summary>Quotes, and books, that are kept while the other stream is behind; older ones are dropped unchecked.</summary>
    public const int MaxWaiting = 65_536;

    private const int MaxKeptDifferences = 16;

    private readonly Queue<BestQuote> quotes = new();
    private readonly Queue<BestQuote> books = new();
    private readonly List<BestQuoteDifference> differences = [];
    private BestQuote current;
    private long lastQuoteId;

    /// <summary>Books compared with a quote.</summary>
    public long Checked { get; private set; }

    /// <summary>Of those, books that agreed in both prices and both quantities.</summary>
    public long Matched { get; private set; }

    /// <summary>The first differences.</summary>
    public IReadOnlyList<BestQuoteDifference> Differences => differences;

    /// <summary>A best quote was recorded. One that is not newer than the last says nothing new.</summary>
    public void On(in BestQuote quote)
    {
        if (quote.UpdateId <= lastQuoteId)
        {
            return;
        }

        lastQuoteId = quote.UpdateId;
        Add(quotes, quote);
        Compare();
    }

    /// <summary>A diff moved the book to an update id.</summary>
    public void OnBook(long updateId, OrderBook book)
    {
        Add(books, new BestQuote
        {
            UpdateId = updateId,
            BidPrice = book.Bids.BestPrice,
            BidQuantity = book.Bids.BestQuantity,
            AskPrice = book.Asks.BestPrice,
            AskQuantity = book.Asks.BestQuantity,
        });
        Compare();
    }

    /// <summary>The line was lost: until the next quote nobody knows which one holds, and what waits for it cannot be compared.</summary>
    public void Forget()
    {
        quotes.Clear();
        books.Clear();
        current = default;
    }

    private static void Add(Queue<BestQuote> queue, in BestQuote item)
    {
        if (queue.Count == MaxWaiting)
        {
            queue.Dequeue();
        }

        queue.Enqueue(item);
    }

    private void Compare()
    {
        while (books.TryPeek(out var book))
        {
            // The quote in force at the book's id; what is left in the queue is newer than it.
            while (quotes.TryPeek(out var next) && next.UpdateId <= book.UpdateId)
            {
                current = quotes.Dequeue();
            }

            if (quotes.Count == 0)
            {
                return;
            }

            books.Dequeue();

            // Ids below the first quote's have none to be compared with.
            if (current.UpdateId != 0)
            {
                Check(book);
            }
        }
    }

    private void Check(in BestQuote book)
    {
        Checked++;
        if (book.BidPrice == current.BidPrice && book.BidQuantity == current.BidQuantity
            && book.AskPrice == current.AskPrice && book.AskQuantity == current.AskQuantity)
        {
            Matched++;
        }
        else if (differences.Count < MaxKeptDifferences)
        {
            differences.Add(new BestQuoteDifference(current, book));
        }
    }
}

/// <summary>A book whose best quote is not the venue's.</summary>
/// <param name="Venue">The venue's quote in force.</param>
/// <param name="Book">The rebuilt book's best quote, with the update id it stands at.</param>
public readonly record struct BestQuoteDifference(BestQuote Venue, BestQuote Book);
