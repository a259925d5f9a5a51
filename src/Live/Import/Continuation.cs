using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Import;

/// <summary>The end of a stored recording that new files may go on from.</summary>
/// <param name="Stream">Its last day.</param>
/// <param name="Book">The book at its end.</param>
/// <param name="Instrument">The instrument in force there.</param>
internal sealed record Continuation(MarketStream Stream, BookTracker Book, Instrument Instrument)
{
    // A stream speaks of diffs ten times a second; where none comes in so many lines, none will.
    private const int LinesToLookAt = 100_000;

    /// <summary>
    /// The stored recording that a session goes on from: the session's first word on the book is a diff that follows the
    /// stored book's last update id. Null when there is none; then the session is a recording of its own.
    /// </summary>
    public static Continuation? Find(JournalStore store, IReadOnlyList<StoredRecording> stored, RecorderFileInfo first)
    {
        if (stored.MaxBy(r => r.LastTime) is not { } latest || latest.LastTime > first.FirstTime || latest.Days[^1].Manifest is null)
        {
            return null;
        }

        var day = latest.Days[^1];
        var fold = new BookFold();
        using (var source = new UpcastSource(store.OpenSource(day.Name)))
        {
            var arena = new LevelArena();
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref fold);
            }
        }

        var instrument = fold.Instrument.ToInstrument();
        return fold.Tracker.Follows && Joins(first, instrument, fold.Tracker.LastUpdateId)
            ? new Continuation(day, fold.Tracker, instrument)
            : null;
    }

    private static bool Joins(RecorderFileInfo first, Instrument instrument, long lastUpdateId)
    {
        using var file = RecorderFile.Open(first.Path);
        var parser = new StreamParser(instrument);
        for (var i = 0; i < LinesToLookAt && file.Read(out var line); i++)
        {
            if (!RecorderLine.TryParse(line, out var parsed, out _))
            {
                continue;
            }

            var kind = parser.Parse(parsed.Message);
            if (kind is MessageKind.BookSnapshot or MessageKind.PartialBook)
            {
                return false;
            }

            if (kind == MessageKind.DepthDiff && parser.Message.DepthDiff.FinalUpdateId > lastUpdateId)
            {
                return parser.Message.DepthDiff.FirstUpdateId <= lastUpdateId + 1;
            }
        }

        return false;
    }
}
