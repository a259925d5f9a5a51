namespace EventSourcedMM.Web.Timelines;

/// <summary>A list of values in one array, grown by doubling and read as a span.</summary>
/// <typeparam name="T">A plain value.</typeparam>
/// <param name="capacity">Room to begin with.</param>
internal sealed class Column<T>(int capacity = 256)
    where T : struct
{
    private T[] values = new T[Math.Max(1, capacity)];

    /// <summary>Number of values.</summary>
    public int Count { get; private set; }

    /// <summary>The values.</summary>
    public ReadOnlySpan<T> Span => values.AsSpan(0, Count);

    /// <summary>A value; it may be written.</summary>
    public ref T this[int index] => ref values.AsSpan(0, Count)[index];

    /// <summary>Adds a value at the end.</summary>
    public void Add(in T value)
    {
        if (Count == values.Length)
        {
            Array.Resize(ref values, Count * 2);
        }

        values[Count++] = value;
    }

    /// <summary>Position of the last value at or before a key, by a function that never falls; −1 when all lie after it.</summary>
    public int LastAtOrBefore(long key, Func<T, long> keyOf)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (keyOf(values[middle]) <= key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }
}
