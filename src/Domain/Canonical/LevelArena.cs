using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>
/// Reused room for the levels of the event being read. Clearing it invalidates every <see cref="LevelList"/> handed out.
/// </summary>
public sealed class LevelArena
{
    private Level[] levels = new Level[1024];
    private int used;

    /// <summary>Forgets what was handed out.</summary>
    public void Clear() => used = 0;

    /// <summary>Room for <paramref name="count"/> levels.</summary>
    public LevelList Take(int count, out Span<Level> room)
    {
        if (count > levels.Length - used)
        {
            // Lists handed out before keep the old array alive and stay valid.
            levels = new Level[Math.Max(levels.Length * 2, count * 2)];
            used = 0;
        }

        var list = new LevelList(levels, used, count);
        room = levels.AsSpan(used, count);
        used += count;
        return list;
    }
}
