using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Projections.Books;

/// <summary>The book's state kept as bytes and continued from: what is hashed, and the counts that are not.</summary>
public sealed partial class BookTracker
{
    /// <summary>Writes the state to be continued from: <see cref="WriteTo"/>, then the counts and the last transition.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        WriteTo(writer);
        writer.Signed(DiffsIgnored);
        writer.Signed(Gaps);
        var change = LastChange;
        BookStateChanged.Describe(ref writer, ref change);
    }

    /// <summary>A book that continues from a kept state.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such state.</exception>
    internal static BookTracker From(ref CanonicalReader reader)
    {
        var tracker = new BookTracker
        {
            State = (BookState)reader.Signed(),
            LastUpdateId = reader.Signed(),
            DiffsApplied = reader.Signed(),
        };
        var bids = ReadLevels(ref reader);
        tracker.Book.Reset(bids, ReadLevels(ref reader));
        for (var count = KeptCount.Read(ref reader); count > 0; count--)
        {
            var (first, final) = (reader.Signed(), reader.Signed());
            var kept = ReadLevels(ref reader);
            tracker.buffer.Add(new BufferedDiff(first, final, kept, ReadLevels(ref reader)));
        }

        if (KeptCount.Read(ref reader) > 0)
        {
            var id = reader.Signed();
            var kept = ReadLevels(ref reader);
            tracker.ahead = new KeptSnapshot(id, kept, ReadLevels(ref reader));
        }

        tracker.behind = checked((int)reader.Signed());
        tracker.DiffsIgnored = reader.Signed();
        tracker.Gaps = reader.Signed();
        var change = default(BookStateChanged);
        BookStateChanged.Describe(ref reader, ref change);
        tracker.LastChange = change;
        return tracker;
    }

    private static Level[] ReadLevels(ref CanonicalReader reader)
    {
        var levels = new Level[KeptCount.Read(ref reader)];
        for (var i = 0; i < levels.Length; i++)
        {
            var price = reader.Signed();
            levels[i] = new Level(price, reader.Signed());
        }

        return levels;
    }
}
