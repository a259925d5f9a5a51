using System.IO.Hashing;
using System.Numerics;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Numbers distinct byte strings in order of first appearance: a hash table with linear probing over positions of values.</summary>
internal sealed class DistinctBytes(ParquetByteArrays values)
{
    private readonly List<int> _first = []; // position of each distinct value's first appearance
    private int[] _numbers = new int[256]; // number + 1; 0 is a free slot

    public int Count => _first.Count;

    /// <summary>The number of the value at <paramref name="position"/>.</summary>
    public int IndexOf(int position, out bool isNew)
    {
        int slot = Find(values[position]);
        isNew = _numbers[slot] == 0;
        if (!isNew)
        {
            return _numbers[slot] - 1;
        }

        _first.Add(position);
        _numbers[slot] = _first.Count;
        if (_first.Count * 2 > _numbers.Length)
        {
            Grow();
        }

        return _first.Count - 1;
    }

    private int Find(ReadOnlySpan<byte> value)
    {
        int mask = _numbers.Length - 1;
        int slot = (int)(XxHash3.HashToUInt64(value) >> (64 - BitOperations.Log2((uint)_numbers.Length)));
        while (_numbers[slot] != 0 && !values[_first[_numbers[slot] - 1]].SequenceEqual(value))
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        _numbers = new int[_numbers.Length * 4];
        for (int i = 0; i < _first.Count; i++)
        {
            _numbers[Find(values[_first[i]])] = i + 1;
        }
    }
}
