using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Live.Capturing;

/// <summary>
/// Trade ids of one symbol that never came: counted at once, and told as holes when ten seconds of the venue's stamps have
/// passed without them. For one thread at a time.
/// </summary>
/// <param name="symbol">Symbol in capitals.</param>
/// <param name="tally">Told the holes.</param>
/// <param name="last">Id and receive stamp of the last trade of the recording that this one goes on from; zeros for none.</param>
internal sealed class TradeWatch(string symbol, CaptureTally tally, (long Id, long Time) last)
{
    // By the venue's stamps: a machine that is slow reads them later, and no closer together.
    private const long Patience = 10_000_000_000;

    // One line for all that was lost within as long, however many they are; more than this are not kept waiting.
    private const int MostWaiting = 512;

    // Where one that comes after all is looked for.
    private const int Remembered = 64;

    private readonly MissingIds ids = Begun(last.Id);
    private readonly Queue<Gap> waiting = new();
    private readonly Queue<CaptureHole> told = new();
    private long lastTime = last.Time;

    /// <summary>Ids that have not come; one that comes late is none.</summary>
    public long Missing => ids.Count;

    /// <summary>A trade has been recorded.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="receiveTime">Its receive stamp in nanoseconds since the epoch.</param>
    /// <param name="venueTime">The venue's stamp; 0 for none.</param>
    public void On(long id, long receiveTime, long venueTime)
    {
        if (waiting.Count > 0 && ids.BeginsAnewWith(id))
        {
            // Of what came before nothing is known any more in a moment.
            Tell(receiveTime, long.MaxValue);
        }

        var before = ids.Count;
        ids.Take(id);
        if (ids.Count > before)
        {
            waiting.Enqueue(new Gap(id - (ids.Count - before), id - 1, lastTime, receiveTime, venueTime));
        }
        else if (ids.Count < before)
        {
            Came(id, receiveTime);
        }

        lastTime = Math.Max(lastTime, receiveTime);
        if (waiting.Count > MostWaiting)
        {
            Tell(receiveTime, long.MaxValue);
        }
    }

    /// <summary>Time has passed by the venue's stamps.</summary>
    /// <param name="venueTime">The stamp of a message just recorded; 0 for none.</param>
    /// <param name="receiveTime">Its receive stamp.</param>
    public void Pass(long venueTime, long receiveTime)
    {
        if (venueTime != 0 && waiting.TryPeek(out var oldest) && venueTime - oldest.VenueTime >= Patience)
        {
            Tell(receiveTime, venueTime);
        }
    }

    /// <summary>The recording ends: nothing is waited for any more.</summary>
    public void End(long receiveTime) => Tell(receiveTime, long.MaxValue);

    private static MissingIds Begun(long id)
    {
        var ids = new MissingIds();
        ids.Take(id);
        return ids;
    }

    // What is younger may still come: half the patience is more than a message was ever late.
    private void Tell(long receiveTime, long venueTime)
    {
        var holes = new List<CaptureHole>();
        while (waiting.TryPeek(out var gap) && venueTime - gap.VenueTime >= Patience / 2)
        {
            waiting.Dequeue();
            foreach (var (first, end) in ids.Within(gap.First, gap.Last))
            {
                holes.Add(new CaptureHole { Symbol = symbol, IsOfTrades = true, From = gap.From, Until = gap.Until, FirstMissing = first, LastMissing = end, Why = "these trades never came" });
            }
        }

        if (holes.Count == 0)
        {
            return;
        }

        foreach (var hole in holes)
        {
            tally.Add(hole);
            told.Enqueue(hole);
        }

        while (told.Count > Remembered)
        {
            told.Dequeue();
        }

        var count = holes.Sum(h => h.LastMissing - h.FirstMissing + 1);
        tally.Note(receiveTime, holes.Count == 1
            ? FormattableString.Invariant($"{symbol}: {Ids(holes[0])} never came")
            : FormattableString.Invariant($"{symbol}: {count} trades from {holes[0].FirstMissing} to {holes[^1].LastMissing} never came, in {holes.Count} stretches"));
    }

    private void Came(long id, long receiveTime)
    {
        foreach (var hole in told)
        {
            if (hole.FirstMissing <= id && id <= hole.LastMissing)
            {
                hole.Why = ids.Within(hole.FirstMissing, hole.LastMissing).Count == 0 ? "these trades came late" : "some of these trades came late";
                tally.Note(receiveTime, FormattableString.Invariant($"{symbol}: trade {id} came after all, late"));
                return;
            }
        }
    }

    private static string Ids(CaptureHole hole) => hole.FirstMissing == hole.LastMissing
        ? FormattableString.Invariant($"trade {hole.FirstMissing}")
        : FormattableString.Invariant($"trades {hole.FirstMissing} to {hole.LastMissing}");

    /// <summary>Ids that were stepped over.</summary>
    /// <param name="First">The first.</param>
    /// <param name="Last">The last.</param>
    /// <param name="From">Receive stamp of the trade before them.</param>
    /// <param name="Until">Receive stamp of the trade behind them.</param>
    /// <param name="VenueTime">The venue's stamp of that one.</param>
    private readonly record struct Gap(long First, long Last, long From, long Until, long VenueTime);
}
