namespace EventSourcedMM.Live.Capturing;

/// <summary>
/// Counts the ids of a sequence without gaps that have not come: one that comes late, behind a greater one, is missing no longer. Ids
/// before the first, and repetitions, count nothing. For one thread at a time.
/// </summary>
internal sealed class MissingIds
{
    // Of older gaps nothing comes any more that was not lost: a late message is late by seconds.
    private const int MostGaps = 1_024;

    private readonly List<(long First, long Last)> gaps = [];
    private long newest;

    /// <summary>Ids between the first and the greatest that have not come.</summary>
    public long Count { get; private set; }

    /// <summary>An id has come.</summary>
    public void Take(long id)
    {
        if (newest == 0 || id == newest + 1)
        {
            newest = id;
        }
        else if (id > newest)
        {
            Count += id - newest - 1;
            gaps.Add((newest + 1, id - 1));
            newest = id;
            if (gaps.Count > MostGaps)
            {
                gaps.RemoveAt(0);
            }
        }
        else
        {
            Fill(id);
        }
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
