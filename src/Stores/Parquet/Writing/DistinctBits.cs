using System.Numerics;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Numbers distinct values, given as bits, in order of first appearance: a hash table with linear probing.</summary>
internal sealed class DistinctBits
{
    private ulong[] _keys = new ulong[256];
    private int[] _numbers = new int[256]; // number + 1; 0 is a free slot

    public int Count { get; private set; }

    public int IndexOf(ulong bits, out bool isNew)
    {
        int slot = Find(bits);
        isNew = _numbers[slot] == 0;
        if (!isNew)
        {
            return _numbers[slot] - 1;
        }

        _keys[slot] = bits;
        _numbers[slot] = ++Count;
        if (Count * 2 > _keys.Length)
        {
            Grow();
        }

        return Count - 1;
    }

    private int Find(ulong bits)
    {
        int mask = _keys.Length - 1;
        ulong mixed = unchecked(bits * 0x9E37_79B9_7F4A_7C15UL);
        int slot = (int)(mixed >> (64 - BitOperations.Log2((uint)_keys.Length)));
        while (_numbers[slot] != 0 && _keys[slot] != bits)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        (ulong[] keys, int[] numbers) = (_keys, _numbers);
        _keys = new ulong[keys.Length * 4];
        _numbers = new int[keys.Length * 4];
        for (int i = 0; i < keys.Length; i++)
        {
            if (numbers[i] != 0)
            {
                int slot = Find(keys[i]);
                (_keys[slot], _numbers[slot]) = (keys[i], numbers[i]);
            }
        }
    }
}
