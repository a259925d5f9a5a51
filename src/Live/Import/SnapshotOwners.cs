namespace EventSourcedMM.Live.Import;

/// <summary>
/// Tells which bare snapshots belong to the symbol in a recording of several: a bare snapshot names none. Update ids of
/// different symbols are far apart, so a snapshot is ours when a diff of ours goes on from its id.
/// </summary>
internal sealed class SnapshotOwners
{
    private const int Remembered = 4_096;

    private readonly Queue<(long First, long Final)> diffs = new();
    private readonly List<(long Index, long Id)> open = [];
    private readonly HashSet<long> ours = [];
    private long count;

    /// <summary>Bare snapshots seen.</summary>
    public long Count => count;

    /// <summary>True when the snapshot of an index, from 0, is ours.</summary>
    public bool IsOurs(long index) => ours.Contains(index);

    /// <summary>A bare snapshot came.</summary>
    public void OnSnapshot(long updateId)
    {
        var index = count++;
        foreach (var (first, final) in diffs)
        {
            if (Joins(updateId, first, final))
            {
                ours.Add(index);
                return;
            }
        }

        open.Add((index, updateId));
    }

    /// <summary>A diff of ours came.</summary>
    public void OnDiff(long first, long final)
    {
        if (diffs.Count == Remembered)
        {
            diffs.Dequeue();
        }

        diffs.Enqueue((first, final));
        for (var i = open.Count - 1; i >= 0; i--)
        {
            if (Joins(open[i].Id, first, final))
            {
                ours.Add(open[i].Index);
                open.RemoveAt(i);
            }
        }
    }

    // Going on from the snapshot, or reaching it: a quiet book's snapshot may carry the id of the diff before it.
    private static bool Joins(long id, long first, long final) => first <= id + 1 && id <= final;
}
