using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

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

    /// <summary>
    /// Seals what a killed capture has left and finds the recording to go on from; null when there is none. What is damaged stays as it is:
    /// that it cannot be gone on from is no reason to lose today.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <param name="now">Start of the new recording.</param>
    /// <param name="recorder">Program and version that seals.</param>
    /// <param name="note">Told what was found.</param>
    /// <exception cref="CaptureException">Somebody else is writing the symbol.</exception>
    /// <exception cref="JournalFailedException">The disk takes nothing of what sealing writes.</exception>
    public static PreviousRecording? Find(JournalStore store, string symbol, long now, string recorder, Action<string> note)
    {
        var damaged = new List<StreamName>();
        foreach (var name in store.List($"market/{symbol}/"))
        {
            try
            {
                if (store.ReadManifest(name) is null)
                {
                    Seal(store, name, recorder, note);
                }
            }
            catch (Exception e) when (DamagedDay.IsCause(e))
            {
                damaged.Add(name);
                note(DamagedDay.Words(store, name, e));
            }
        }

        // One that died over its first events has no instrument, and nothing else either: the one before it is gone on from.
        foreach (var latest in MarketCatalog.Of(store, symbol, (_, _) => { }).Where(d => !damaged.Contains(d.Name)).OrderByDescending(d => d.Info.LastTime))
        {
            if (latest.Info.LastTime > now || now - latest.Info.LastTime > LongestPause)
            {
                return null;
            }

            if (damaged.Find(d => IsLater(d, latest.Name)) is { Value.Length: > 0 } later)
            {
                note($"{symbol}: the recording goes on from none, since {later} is damaged");
                return null;
            }

            var fold = new DayFold();
            try
            {
                fold.Read(store, latest.Name);
            }
            catch (Exception e) when (DamagedDay.IsCause(e))
            {
                note($"{DamagedDay.Words(store, latest.Name, e)} The recording goes on from none.");
                return null;
            }

            if (fold.Book.Instrument.Symbol.Length > 0)
            {
                return new PreviousRecording(latest.Name, latest.Info.Version, latest.Info.LastTime, fold.Book.Tracker, fold.Book.Instrument.ToInstrument(), (fold.LastTradeId, fold.LastTradeTime), fold.LastDiff);
            }

            note($"{latest.Name} ends before its instrument is defined: it is gone on from the recording before it");
        }

        return null;
    }

    // Recordings are named by the second in which they begin, and a symbol has one at a time.
    private static bool IsLater(StreamName one, StreamName other) =>
        string.CompareOrdinal(one.Parts[3], other.Parts[3]) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(one.Parts[2], other.Parts[2]) > 0));

    private static void Seal(JournalStore store, StreamName name, string recorder, Action<string> note)
    {
        var version = 0L;
        try
        {
            using (var writer = store.OpenWriter(name, Stores.Durability.OnClose))
            {
                version = writer.Version;
                if (version > 0)
                {
                    var fold = new DayFold();
                    fold.Read(store, name);
                    writer.Seal(recorder, fold.Notes(name));
                    note($"{name} was left by a capture that did not end: sealed with its {version} events");
                    return;
                }
            }

            // Killed before its first batch was whole: there is nothing in it.
            Directory.Delete(Path.Combine(store.Root, name.Value.Replace('/', Path.DirectorySeparatorChar)), recursive: true);
        }
        catch (Stores.StreamLockedException e)
        {
            throw new CaptureException($"Another program is recording {name.Parts[1]} into {store.Root}: {e.Message} Record into another store with --store, or end the other one.", e);
        }
        catch (Exception e) when (JournalFailedException.IsCause(e))
        {
            // A full disk takes neither the lock's note nor the seal: the same failure as at any other time.
            throw new JournalFailedException(name, version > 0 ? version : store.FindAsync(name).AsTask().GetAwaiter().GetResult()?.Version ?? 0, e);
        }
    }
}
