namespace EventSourcedMM.Projections.Books;

/// <summary>
/// Which ids of a sequence without gaps have not come, such as a symbol's trade ids: one that comes late, behind a greater one, is
/// missing no longer. Ids before the first, and repetitions, count nothing. For one thread at a time.
/// </summary>
public sealed class MissingIds
{
    // Of older gaps nothing comes any more that was not lost: a late message is late by seconds.
    private const int MostGaps = 1_024;

    // Whoever steps so far back or ahead counts from anew: a test venue is reset now and then. What was missing before stays counted.
    private const long FurthestBack = 100_000;
    private const long FurthestAhead = 1_000_000_000;

    private readonly List<(long First, long Last)> gaps = [];

    /// <summary>Ids between the first and the greatest that have not come.</summary>
    public long Count { get; private set; }

    /// <summary>The greatest id that has come; 0 before the first.</summary>
    public long Newest { get; private set; }

    /// <summary>True when an id steps so far that it is counted from anew: what was missing before is forgotten then, but for its number.</summary>
    public bool BeginsAnewWith(long id) => id >= 1 && (Newest == 0 || id - Newest is < -FurthestBack or > FurthestAhead);

    /// <summary>An id has come. One below 1 is none.</summary>
    public void Take(long id)
    {
        if (id < 1)
        {
            return;
        }

        // Differences of numbers above 0: a recording may say anything, and nothing overflows.
        var step = id - Newest;
        if (BeginsAnewWith(id))
        {
            Newest = id;
            gaps.Clear();
        }
        else if (step == 1)
        {
            Newest = id;
        }
        else if (step > 0)
        {
            Count += step - 1;
            gaps.Add((Newest + 1, id - 1));
            Newest = id;
            if (gaps.Count > MostGaps)
            {
                // One that was split by what came late makes two.
                gaps.RemoveRange(0, gaps.Count - MostGaps);
            }
        }
        else
        {
            Fill(id);
        }
    }

    /// <summary>What has not come of a range that is not older than the last thousand gaps, in pieces without a hole, in order.</summary>
    public List<(long First, long Last)> Within(long first, long last)
    {
        var pieces = new List<(long First, long Last)>();
        foreach (var gap in gaps)
        {
            if (gap.First <= last && gap.Last >= first)
            {
                pieces.Add((Math.Max(first, gap.First), Math.Min(last, gap.Last)));
            }
        }

        return pieces;
    }

    private void Fill(long id)
    {
        for (var i = gaps.Count - 1; i >= 0 && gaps[i].Last >= id; i--)
        {
            var (first, last) = gaps[i];
            if (first > id)
            {
                continue;
            }

            Count--;
            gaps.RemoveAt(i);
            if (last > id)
            {
                gaps.Insert(i, (id + 1, last));
            }

            if (first < id)
            {
                gaps.Insert(i, (first, id - 1));
            }

            return;
        }
    }
}
