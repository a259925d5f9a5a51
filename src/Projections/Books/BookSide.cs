using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// One side of a book. Levels on the grid of the market's prices are kept by slot (<see cref="PagedLevels"/>), the few
/// others in sorted arrays. The grid is taken from the prices themselves and shows nowhere: whatever it is, the same
/// changes give the same book.
/// </summary>
public sealed class BookSide
{
    // So many levels off the grid, and at least an eighth of all, and another grid is looked for.
    private const int MostOff = 64;

    // Levels whose places are looked up before the first of them is set.
    private const int Ahead = 64;
    private const int OffGrid = -1;

    private readonly PagedLevels paged;
    private readonly SortedLevels off;
    private readonly bool lowIsBest;
    private PriceGrid grid;
    private int lookAgainAt = MostOff;

    // How often a grid was taken.
    private int grids;

    // Where a walk by rank stands, so that the next rank is one step away.
    private Walk walk;
    private int walkRank = -1;

    /// <summary>An empty side.</summary>
    public BookSide(Side side)
    {
        paged = new PagedLevels(side);
        off = new SortedLevels(side);
        lowIsBest = side == Side.Ask;
        grid = PriceGrid.For([]);
    }

    /// <summary>Number of levels.</summary>
    public int Count => paged.Count + off.Count;

    /// <summary>Best price in price units; 0 when the side is empty.</summary>
    public long BestPrice => paged.Count > 0 && (off.Count == 0 || IsBetter(grid.PriceOf(paged.Best), off.BestPrice))
        ? grid.PriceOf(paged.Best)
        : off.BestPrice;

    /// <summary>Quantity at the best price; 0 when the side is empty.</summary>
    public long BestQuantity => paged.Count > 0 && (off.Count == 0 || IsBetter(grid.PriceOf(paged.Best), off.BestPrice))
        ? paged[paged.Best]
        : off.BestQuantity;

    /// <summary>Level by rank, 0 is the best. Walking from rank to rank is cheap, jumping is not.</summary>
    public Level this[int rank]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)Count);
            if (walkRank < 0 || rank < walkRank)
            {
                walk = new Walk(this);
                walkRank = 0;
            }

            for (; walkRank < rank; walkRank++)
            {
                walk.Move();
            }

            return walk.Current;
        }
    }

    /// <summary>Displayed quantity at a price; 0 when there is no level.</summary>
    public long QuantityAt(long price)
    {
        var slot = grid.SlotOf(price);
        return slot < PriceGrid.Slots ? paged[(int)slot] : off.QuantityAt(price);
    }

    /// <summary>Sets the quantity at a price, 0 removes the level, and returns the quantity before.</summary>
    public long Set(long price, long quantity)
    {
        walkRank = -1;
        var slot = grid.SlotOf(price);
        return slot < PriceGrid.Slots ? paged.Set((int)slot, quantity) : SetOff(price, quantity);
    }

    /// <summary>Applies changed levels: absolute quantities, 0 removes.</summary>
    public void Apply(ReadOnlySpan<Level> levels)
    {
        walkRank = -1;
        Span<int> slots = stackalloc int[Ahead];
        while (!levels.IsEmpty)
        {
            // All places are touched before the first is changed: their loads wait for memory together, not one after another.
            var some = levels[..Math.Min(Ahead, levels.Length)];
            for (var i = 0; i < some.Length; i++)
            {
                var slot = grid.SlotOf(some[i].Price);
                slots[i] = slot < PriceGrid.Slots ? (int)slot : OffGrid;
            }

            PagedLevels.Keep(paged.Touch(slots[..some.Length]));
            levels = levels[Apply(some, slots)..];
        }
    }

    /// <summary>Replaces the whole side.</summary>
    public void Reset(ReadOnlySpan<Level> levels)
    {
        Clear();
        grid = PriceGrid.For(levels);
        grids++;

        // What this grid leaves out is no reason to look for another one: it is the best there is.
        lookAgainAt = int.MaxValue;
        Apply(levels);
        lookAgainAt = Math.Max(MostOff, off.Count * 2);
    }

    /// <summary>Removes every level.</summary>
    public void Clear()
    {
        walkRank = -1;
        paged.Clear();
        off.Clear();
        lookAgainAt = MostOff;
    }

    /// <summary>Sum of all displayed quantities.</summary>
    public Int128 TotalQuantity()
    {
        Int128 total = 0;
        for (var rank = 0; rank < Count; rank++)
        {
            total += this[rank].Quantity;
        }

        return total;
    }

    /// <summary>All levels, best first.</summary>
    public Level[] ToLevels(int most = int.MaxValue)
    {
        var levels = new Level[Math.Min(most, Count)];
        for (var rank = 0; rank < levels.Length; rank++)
        {
            levels[rank] = this[rank];
        }

        return levels;
    }

    // Returns how many were applied: less than all when another grid was taken, which makes the slots void.
    private int Apply(ReadOnlySpan<Level> levels, ReadOnlySpan<int> slots)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            if (slots[i] != OffGrid)
            {
                paged.Set(slots[i], levels[i].Quantity);
                continue;
            }

            var before = grids;
            SetOff(levels[i].Price, levels[i].Quantity);
            if (grids != before)
            {
                return i + 1;
            }
        }

        return levels.Length;
    }

    private bool IsBetter(long price, long other) => lowIsBest ? price < other : price > other;

    private long SetOff(long price, long quantity)
    {
        var before = off.Set(price, quantity);
        if (off.Count >= lookAgainAt && off.Count * 8 > Count)
        {
            Reset(ToLevels());
        }

        return before;
    }

    // A walk over both kinds of levels, best first.
    private struct Walk
    {
        private readonly BookSide side;
        private int slot;
        private int offRank;
        private bool onGrid;

        public Walk(BookSide side)
        {
            this.side = side;
            slot = side.paged.Best;
            Choose();
        }

        public readonly Level Current => onGrid
            ? new Level(side.grid.PriceOf(slot), side.paged[slot])
            : side.off[offRank];

        public void Move()
        {
            if (onGrid)
            {
                slot = side.paged.Next(slot);
            }
            else
            {
                offRank++;
            }

            Choose();
        }

        private void Choose() => onGrid = slot >= 0
            && (offRank >= side.off.Count || side.IsBetter(side.grid.PriceOf(slot), side.off[offRank].Price));
    }
}
