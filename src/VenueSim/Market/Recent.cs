namespace EventSourcedMM.VenueSim.Market;

/// <summary>The last items of a sequence, oldest first.</summary>
internal sealed class Recent<T>(int capacity)
{
    private readonly T[] items = new T[capacity];
    private long added;

    /// <summary>Number kept.</summary>
    public int Count => (int)Math.Min(added, items.Length);

    /// <summary>By age, 0 is the oldest kept.</summary>
    public T this[int index] => items[(int)((added - Count + index) % items.Length)];

    /// <summary>Adds the newest and forgets the oldest when full.</summary>
    public void Add(in T item) => items[(int)(added++ % items.Length)] = item;
}
