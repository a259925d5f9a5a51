using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Projections.Books;

/// <summary>
/// Levels of one side in two parallel arrays, sorted so that the best price is last: the plain way to keep a book. It
/// holds the levels that are on no grid (<see cref="BookSide"/>), and is what that one is tested and measured against.
/// </summary>
public sealed class SortedLevels
{
    // Keys are prices for bids and negated prices for asks: one order serves both sides.
    private readonly bool negated;
    private long[] keys = [];
    private long[] quantities = [];

    /// <summary>An empty side.</summary>
    public SortedLevels(Side side) => negated = side == Side.Ask;

    /// <summary>Number of levels.</summary>
    public int Count { get; private set; }

    /// <summary>Best price in price units; 0 when the side is empty.</summary>
    public long BestPrice => Count == 0 ? 0 : PriceOf(keys[Count - 1]);

    /// <summary>Quantity at the best price; 0 when the side is empty.</summary>
    public long BestQuantity => Count == 0 ? 0 : quantities[Count - 1];

    /// <summary>Level by rank, 0 is the best.</summary>
    public Level this[int rank] => new(PriceOf(keys[Count - 1 - rank]), quantities[Count - 1 - rank]);

    /// <summary>Displayed quantity at a price; 0 when there is no level.</summary>
    public long QuantityAt(long price)
    {
        var index = Find(KeyOf(price));
        return index >= 0 ? quantities[index] : 0;
    }

    /// <summary>Sets the quantity at a price, 0 removes the level, and returns the quantity before.</summary>
    public long Set(long price, long quantity)
    {
        var key = KeyOf(price);
        var index = Find(key);
        if (index >= 0)
        {
            var before = quantities[index];
            if (quantity != 0)
            {
                quantities[index] = quantity;
            }
            else
            {
                Remove(index);
            }

            return before;
        }

        if (quantity != 0)
        {
            Insert(~index, key, quantity);
        }

        return 0;
    }

    /// <summary>Removes every level.</summary>
    public void Clear() => Count = 0;

    private long KeyOf(long price) => negated ? -price : price;

    private long PriceOf(long key) => negated ? -key : key;

    // Index of the key, or the complement of where it belongs.
    private int Find(long key)
    {
        var array = keys;
        var low = 0;
        var high = Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var at = array[middle];
            if (at == key)
            {
                return middle;
            }

            if (at < key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    private void Insert(int index, long key, long quantity)
    {
        if (Count == keys.Length)
        {
            Array.Resize(ref keys, Math.Max(16, Count * 2));
            Array.Resize(ref quantities, keys.Length);
        }

        Array.Copy(keys, index, keys, index + 1, Count - index);
        Array.Copy(quantities, index, quantities, index + 1, Count - index);
        keys[index] = key;
        quantities[index] = quantity;
        Count++;
    }

    private void Remove(int index)
    {
        Count--;
        Array.Copy(keys, index + 1, keys, index, Count - index);
        Array.Copy(quantities, index + 1, quantities, index, Count - index);
    }
}
