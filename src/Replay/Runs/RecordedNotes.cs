using System.Globalization;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// Holds what a recorder left in a day's manifest against the day's events. A manifest's notes are in no chain: whoever can
/// write the file can change them and its checksum.
/// </summary>
internal static class RecordedNotes
{
    /// <summary>The untrusted nanoseconds that the events give, and every note that they do not.</summary>
    /// <param name="day">The day with its manifest.</param>
    /// <param name="fold">The day's events, folded to the last.</param>
    /// <param name="goesOn">True when the recording's next day is known to go on from this one.</param>
    public static (long Untrusted, IReadOnlyList<string> Damage) Hold(StoredDay day, TrustFold fold, bool goesOn)
    {
        // To midnight where the next day goes on from it. Of a day without an end whose next day is not here nobody knows
        // whether there was one: then the recorder's word decides between the two, and no other figure is possible.
        var counted = new List<(long Trusted, long Untrusted)>();
        if (!goesOn || fold.ToMidnight == 0)
        {
            counted.Add((fold.Trusted, fold.Untrusted));
        }

        if (fold.ToMidnight > 0)
        {
            counted.Add(fold.UntilMidnight);
        }

        var trusted = day.Manifest?.Note(MarketNotes.TrustedSeconds);
        var untrusted = day.Manifest?.Note(MarketNotes.UntrustedSeconds);
        var match = counted.FindIndex(c => (trusted ?? Seconds(c.Trusted)) == Seconds(c.Trusted) && (untrusted ?? Seconds(c.Untrusted)) == Seconds(c.Untrusted));
        var found = counted[Math.Max(0, match)];
        var damage = new List<string>();
        Compare(MarketNotes.TrustedSeconds, Seconds(found.Trusted));
        Compare(MarketNotes.UntrustedSeconds, Seconds(found.Untrusted));
        Compare(MarketNotes.Gaps, fold.Book.Tracker.Gaps.ToString(CultureInfo.InvariantCulture));
        Compare(MarketNotes.MissingTrades, fold.Trades.Count.ToString(CultureInfo.InvariantCulture));
        return (found.Untrusted, damage);

        void Compare(string note, string events)
        {
            if (day.Manifest?.Note(note) is { } stated && stated != events)
            {
                damage.Add($"{day.Name}: its manifest notes {note} {stated}, its events give {events}. The note was edited, or written by a recorder with another rule.");
            }
        }
    }

    private static string Seconds(long nanoseconds) => FixedPoint.Format(nanoseconds, 9);
}
