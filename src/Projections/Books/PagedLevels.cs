using System.Numerics;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// Quantities by slot of a price grid, in pages of 128 slots that exist only where there are levels, with a bit for every
/// occupied slot and for every page in use. Setting a level is a few loads and stores wherever it lies; nothing is searched
/// and nothing moves. The best slot is kept; when its level goes, the bits lead to the next one.
/// </summary>
internal sealed class PagedLevels(Side side)
{
    private const int PageBits = 7;
    private const int PageSlots = 1 << PageBits;
    private const int SlotMask = PageSlots - 1;
    private const int None = -1;

    private readonly bool lowIsBest = side == Side.Ask;

    // A slot's rank grows towards the best: the slot itself for bids, its complement for asks.
    private readonly int flip = side == Side.Ask ? -1 : 0;
    private int bestRank = int.MinValue;

    // Where a page's quantities begin; 0 for a page that does not exist, so the first page of the arrays is not used.
    private int[] starts = new int[64];
    private long[] quantities = new long[4 * PageSlots];
    private ulong[] occupied = new ulong[4 * PageSlots / 64];
    private int[] free = new int[4];
    private int freeCount;
    private int pages = 1;

    // A bit for every page that exists.
    private ulong[] inUse = new ulong[1];

    /// <summary>Levels.</summary>
    public int Count { get; private set; }

    /// <summary>Best slot; −1 without levels.</summary>
    public int Best => bestRank == int.MinValue ? None : bestRank ^ flip;

    /// <summary>Quantity at a slot; 0 without a level.</summary>
    public long this[int slot]
    {
        get
        {
            var page = slot >> PageBits;
            return page < starts.Length ? quantities[starts[page] + (slot & SlotMask)] : 0;
        }
    }

    /// <summary>Sets the quantity at a slot, 0 removes the level, and returns the quantity before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Set(int slot, long quantity)
    {
        var page = slot >> PageBits;
        var start = (uint)page < (uint)starts.Length ? starts[page] : 0;
        if (start == 0)
        {
            if (quantity == 0)
            {
                return 0;
            }

            start = Open(page);
        }

        // Whether a level comes, goes or only changes cannot be foreseen: the bookkeeping of all three is the same, without
        // a branch. Only a change at the best price or beyond, and a page that is empty now, are looked at.
        var at = start + (slot & SlotMask);
        ref var place = ref quantities[at];
        var before = place;
        place = quantity;
        var now = quantity != 0 ? 1 : 0;
        var change = now - (before != 0 ? 1 : 0);
        ref var word = ref occupied[at >> 6];
        word = (word & ~(1UL << (at & 63))) | ((ulong)(uint)now << (at & 63));
        Count += change;
        if ((slot ^ flip) >= bestRank)
        {
            MoveBest(slot, now != 0);
        }

        // The word beside it is the page's other half.
        if ((word | occupied[(at >> 6) ^ 1]) == 0)
        {
            Close(page, at >> PageBits);
        }

        return before;
    }

    /// <summary>Reads the places of slots, so that they are in the cache when they are set; below 0 stands for no slot.</summary>
    /// <returns>Something that depends on all of them.</returns>
    public long Touch(ReadOnlySpan<int> slots)
    {
        var seen = 0L;
        foreach (var given in slots)
        {
            var slot = given & ~(given >> 31);
            var page = (uint)slot >> PageBits;
            var at = (page < (uint)starts.Length ? starts[page] : 0) + (slot & SlotMask);
            seen ^= quantities[at] ^ unchecked((long)occupied[at >> 6]); // det-ok: bits that are read and thrown away, no number
        }

        return seen;
    }

    /// <summary>Takes what <see cref="Touch"/> read, so that no compiler leaves the reading out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Keep(long seen)
    {
    }

    /// <summary>Removes every level.</summary>
    public void Clear()
    {
        for (var slot = Best; slot != None; slot = Best)
        {
            Set(slot, 0);
        }
    }

    /// <summary>The next slot behind one, away from the best; −1 when there is none.</summary>
    public int Next(int slot) => lowIsBest ? Above(slot) : Below(slot);

    private void MoveBest(int slot, bool occupiedNow)
    {
        var best = occupiedNow ? slot : slot == Best ? Next(slot) : Best;
        bestRank = best == None ? int.MinValue : best ^ flip;
    }

    private int Open(int page)
    {
        if (page >= starts.Length)
        {
            Array.Resize(ref starts, (int)BitOperations.RoundUpToPowerOf2((uint)page + 1));
            Array.Resize(ref inUse, starts.Length / 64);
        }

        var index = freeCount > 0 ? free[--freeCount] : pages++;
        if (index == free.Length)
        {
            Array.Resize(ref quantities, quantities.Length * 2);
            Array.Resize(ref occupied, occupied.Length * 2);
            Array.Resize(ref free, free.Length * 2);
        }

        inUse[page >> 6] |= 1UL << (page & 63);
        return starts[page] = index << PageBits;
    }

    private void Close(int page, int index)
    {
        starts[page] = 0;
        inUse[page >> 6] &= ~(1UL << (page & 63));
        free[freeCount++] = index;
    }

    private int Below(int slot)
    {
        var page = slot >> PageBits;
        var within = FindBelow(page, slot & SlotMask);
        if (within != None)
        {
            return within;
        }

        var word = page >> 6;
        var bits = inUse[word] & ((1UL << (page & 63)) - 1);
        while (bits == 0)
        {
            if (--word < 0)
            {
                return None;
            }

            bits = inUse[word];
        }

        return FindBelow((word << 6) + BitOperations.Log2(bits), PageSlots);
    }

    private int Above(int slot)
    {
        var page = slot >> PageBits;
        var within = FindAbove(page, (slot & SlotMask) + 1);
        if (within != None)
        {
            return within;
        }

        var word = page >> 6;
        var bits = (page & 63) == 63 ? 0 : inUse[word] & (ulong.MaxValue << ((page & 63) + 1));
        while (bits == 0)
        {
            if (++word == inUse.Length)
            {
                return None;
            }

            bits = inUse[word];
        }

        return FindAbove((word << 6) + BitOperations.TrailingZeroCount(bits), 0);
    }

    // The highest occupied slot of a page below one of its slots.
    private int FindBelow(int page, int end)
    {
        var first = starts[page] >> 6;
        var word = end >> 6;
        var bits = word < PageSlots / 64 ? occupied[first + word] & ((1UL << (end & 63)) - 1) : 0;
        while (bits == 0)
        {
            if (--word < 0)
            {
                return None;
            }

            bits = occupied[first + word];
        }

        return (page << PageBits) + (word << 6) + BitOperations.Log2(bits);
    }

    // The lowest occupied slot of a page from one of its slots on.
    private int FindAbove(int page, int from)
    {
        var first = starts[page] >> 6;
        var word = from >> 6;
        var bits = word < PageSlots / 64 ? occupied[first + word] & (ulong.MaxValue << (from & 63)) : 0;
        while (bits == 0)
        {
            if (++word >= PageSlots / 64)
            {
                return None;
            }

            bits = occupied[first + word];
        }

        return (page << PageBits) + (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}
