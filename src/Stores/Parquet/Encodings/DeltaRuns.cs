namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Walks a DELTA_BINARY_PACKED page of 64-bit numbers from change to change, for columns that repeat a value over many
/// rows: most of their bits are zero, and whole words of them are passed over. What it gives is what
/// <see cref="DeltaBinaryPackedDecoder"/> gives.
/// </summary>
internal sealed class DeltaRuns
{
    // Bytes of a miniblock are looked at for so many values at a time: always whole bytes.
    private const int Slice = 32;
    private const int SparseWidth = 57; // widest deltas that one load of eight bytes holds at any offset in a byte

    // One over a width in 24 fractional bits, rounded up: exact for every bit of a slice.
    private static readonly ulong[] Reciprocals = [.. Enumerable.Range(0, SparseWidth + 1).Select(w => w == 0 ? 0 : ((1UL << 24) + (ulong)w - 1) / (ulong)w)];

    private readonly int[] changeRows = new int[Slice];
    private readonly long[] changes = new long[Slice];
    private readonly byte[] widths = new byte[64];
    private ArraySegment<byte> page;
    private ParquetPlace place = new("");
    private DeltaBinaryPackedDecoder.Layout layout;
    private int count;
    private int position;
    private int nextPosition;
    private int walked; // values whose deltas were looked at
    private int miniblock; // of the block
    private int left; // values of the miniblock that were not looked at
    private int within; // bytes of the miniblock that were
    private long minDelta;
    private int found;
    private int taken;

    /// <summary>The value at <see cref="Row"/>.</summary>
    public long Value { get; private set; }

    /// <summary>Where the walk stands.</summary>
    public int Row { get; private set; }

    /// <summary>The next row with another value; the number of rows when there is none.</summary>
    public int Change { get; private set; }

    /// <summary>True for a page whose first block repeats values, as all of them will. Others are decoded faster at once.</summary>
    public static bool Repeats(ReadOnlySpan<byte> data, int count, ParquetPlace place)
    {
        if (count < 2)
        {
            return false;
        }

        var layout = DeltaBinaryPackedDecoder.Layout.Read(data, count, place, out int position, out _);
        return layout.Miniblocks <= 64 && Varint.ReadZigZag(data, ref position, place) == 0;
    }

    /// <summary>Begins a page.</summary>
    /// <param name="bytes">The encoded values; they must stay until the page was walked.</param>
    /// <param name="values">How many there are, at least 1.</param>
    /// <param name="where">For errors.</param>
    /// <exception cref="ParquetException">The page is damaged.</exception>
    public void Begin(ArraySegment<byte> bytes, int values, ParquetPlace where)
    {
        page = bytes;
        place = where;
        count = values;
        layout = DeltaBinaryPackedDecoder.Layout.Read(bytes, values, where, out position, out long first);
        Value = first;
        Row = 0;
        walked = 1;
        miniblock = layout.Miniblocks;
        left = 0;
        found = taken = 0;
        MoveChange();
    }

    /// <summary>Goes on by so many rows, at most to the end of the page.</summary>
    /// <exception cref="ParquetException">The page is damaged.</exception>
    public void Advance(int rows)
    {
        Row += rows;
        while (Change <= Row && Change < count)
        {
            Value = unchecked(Value + changes[taken++]);
            MoveChange();
        }
    }

    private void MoveChange()
    {
        while (taken == found)
        {
            if (walked == count)
            {
                Change = count;
                return;
            }

            Look();
        }

        Change = changeRows[taken];
    }

    // Finds the changes of the next values.
    private void Look()
    {
        taken = found = 0;
        if (left == 0)
        {
            NextMiniblock();
        }

        int some = Math.Min(Slice, left);
        int width = widths[miniblock];
        ReadOnlySpan<byte> packed = page.AsSpan(position + within);
        if (minDelta == 0 && width <= SparseWidth)
        {
            LookForBits(packed, width, some);
        }
        else
        {
            for (int i = 0; i < some; i++)
            {
                Found(i, unchecked(minDelta + (width == 0 ? 0 : (long)BitUnpack.Value(packed, (long)i * width, width))));
            }
        }

        walked += some;
        left -= some;
        within += some / 8 * width;
        if (left == 0)
        {
            position = nextPosition;
            miniblock++;
        }
    }

    private void LookForBits(ReadOnlySpan<byte> packed, int width, int some)
    {
        int end = some * width;
        for (int bit = 0; bit < end;)
        {
            ulong word = BitUnpack.Value(packed, bit, SparseWidth);
            if (word == 0)
            {
                bit += SparseWidth;
                continue;
            }

            bit += System.Numerics.BitOperations.TrailingZeroCount(word);
            if (bit < end)
            {
                int index = (int)(((ulong)bit * Reciprocals[width]) >> 24);
                Found(index, (long)BitUnpack.Value(packed, (long)index * width, width));
                bit = (index + 1) * width;
            }
        }
    }

    private void Found(int index, long change)
    {
        changeRows[found] = walked + index;
        changes[found] = change;
        found += change != 0 ? 1 : 0;
    }

    private void NextMiniblock()
    {
        if (miniblock == layout.Miniblocks)
        {
            minDelta = Varint.ReadZigZag(page, ref position, place);
            layout.Widths(page, ref position, place).CopyTo(widths);
            miniblock = 0;
        }

        left = Math.Min(layout.Miniblock, count - walked);
        within = 0;
        nextPosition = layout.End(page, position, widths[miniblock], left, place);
    }
}
