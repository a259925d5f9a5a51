using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Live.Binance;

/// <summary>Growing room for the levels of one message; it stops allocating once it is large enough.</summary>
internal sealed class LevelBuffer
{
    private Level[] levels = new Level[1024];

    /// <summary>Levels added since <see cref="Clear"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets the levels; lists handed out before are void.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a level.</summary>
    public void Add(long price, long quantity)
    {
        if (Count == levels.Length)
        {
            Array.Resize(ref levels, Count * 2);
        }

        levels[Count++] = new Level(price, quantity);
    }

    /// <summary>The levels from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    public LevelList List(int start, int end) => new(levels, start, end - start);
}
