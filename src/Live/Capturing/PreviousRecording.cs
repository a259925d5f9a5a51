using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Capturing;

/// <summary>
/// The end of what the store holds of a symbol, which a new capture goes on from. A recording whose process was killed is
/// sealed as it stands: nothing is added to it, and nothing that was acknowledged is missing from it.
/// </summary>
/// <param name="Stream">Its last day.</param>
/// <param name="Version">Last sequence there.</param>
/// <param name="LastTime">Last receive stamp there.</param>
/// <param name="Book">The book at its end.</param>
/// <param name="Instrument">The instrument in force there.</param>
/// <param name="LastTrade">Id and receive stamp of the last trade in its last day; zeros when there is none.</param>
/// <param name="LastDiff">Final update id and receive stamp of the last diff in its last day; zeros when there is none.</param>
internal sealed record PreviousRecording(StreamName Stream, long Version, long LastTime, BookTracker Book, Instrument Instrument, (long Id, long Time) LastTrade, (long Id, long Time) LastDiff)
{
    // A recording that ended longer ago has nothing to do with this one.
    private const long LongestPause = Nanoseconds.PerDay;

    /// <summary>Seals what a killed capture has left and finds the recording to go on from; null when there is none.</summary>
    /// <param name="store">The store.</param>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <param name="now">Start of the new recording.</param>
    /// <param name="recorder">Program and version that seals.</param>
    /// <param name="note">Told what was found.</param>
    /// <exception cref="CaptureException">Somebody else is writing the symbol.</exception>
    /// <exception cref="JournalFailedException">The disk takes nothing of what sealing writes.</exception>
    public static PreviousRecording? Find(JournalStore store, string symbol, long now, string recorder, Action<string> note)
    {
        foreach (var name in store.ListAsync($"market/{symbol}/").ToBlockingEnumerable().ToArray())
        {
            if (store.ReadManifest(name) is null)
            {
                Seal(store, name, recorder, note);
            }
        }

        // One that died over its first events has no instrument, and nothing else either: the one before it is gone on from.
        foreach (var latest in MarketCatalog.Of(store, symbol).OrderByDescending(d => d.Info.LastTime))
        {
            if (latest.Info.LastTime > now || now - latest.Info.LastTime > LongestPause)
            {
                return null;
            }

            var fold = new DayFold();
            fold.Read(store, latest.Name);
            if (fold.Book.Instrument.Symbol.Length > 0)
            {
                return new PreviousRecording(latest.Name, latest.Info.Version, latest.Info.LastTime, fold.Book.Tracker, fold.Book.Instrument.ToInstrument(), (fold.LastTradeId, fold.LastTradeTime), fold.LastDiff);
            }

            note($"{latest.Name} ends before its instrument is defined: it is gone on from the recording before it");
        }

        return null;
    }

    private static void Seal(JournalStore store, StreamName name, string recorder, Action<string> note)
    {
        JournalWriter writer;
        try
        {
            writer = store.OpenWriter(name, Stores.Durability.OnClose);
        }
        catch (Stores.StreamLockedException e)
        {
            throw new CaptureException($"Another program is recording {name.Parts[1]} into {store.Root}: {e.Message} Record into another store with --store, or end the other one.", e);
        }

        using (writer)
        {
            if (writer.Version > 0)
            {
                var fold = new DayFold();
                fold.Read(store, name);
                try
                {
                    writer.Seal(recorder, fold.Notes(name));
                }
                catch (Exception e) when (JournalFailedException.IsCause(e))
                {
                    throw new JournalFailedException(name, writer.Version, e);
                }

                note($"{name} was left by a capture that did not end: sealed with its {writer.Version} events");
                return;
            }
        }

        // Killed before its first batch was whole: there is nothing in it.
        Directory.Delete(Path.Combine(store.Root, name.Value.Replace('/', Path.DirectorySeparatorChar)), recursive: true);
    }
}
