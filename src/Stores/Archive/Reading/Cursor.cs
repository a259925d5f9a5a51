using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// Reads one column of a whole file, a page at a time: what is in memory does not grow with the file, and after the first
/// pages nothing is allocated. Nulls are read as a value that the owner chooses.
/// </summary>
/// <typeparam name="T">The values handed out.</typeparam>
internal abstract class Cursor<T>(ParquetReader reader, ParquetColumn column) : IDisposable
    where T : unmanaged, IEquatable<T>
{
    private T[] scratch = [];
    private T[] room = [];

    // The page's values: decoded ones in an array, or plain ones where the page was uncompressed.
    private T[] decoded = [];
    private byte[]? plain;
    private int plainStart;
    private int count;
    private int at;
    private int group = -1;

    protected ParquetReader Reader => reader;

    protected ParquetColumn Column => column;

    /// <summary>True while there is a value.</summary>
    public bool HasMore()
    {
        while (at == count)
        {
            count = 0;
            at = 0;
            while (group < 0 || !LoadPage())
            {
                if (++group >= reader.RowGroups.Count)
                {
                    group = reader.RowGroups.Count - 1;
                    return false;
                }

                OpenGroup(group);
            }
        }

        return true;
    }

    /// <summary>The next value, which stays the next one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Peek()
    {
        if ((uint)at >= (uint)count)
        {
            return PeekBeyond();
        }

        return plain is null ? decoded[at] : MemoryMarshal.Read<T>(plain.AsSpan(plainStart + (at * Unsafe.SizeOf<T>())));
    }

    /// <summary>The next value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Next()
    {
        var value = Peek();
        at++;
        return value;
    }

    /// <summary>The next value, and so many passed over with it: what is the same in all rows of an event.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T First(int rows)
    {
        var value = Peek();
        if (count - at >= rows)
        {
            at += rows;
        }
        else
        {
            Skip(rows);
        }

        return value;
    }

    /// <summary>The next values, valid until the next call.</summary>
    public ReadOnlySpan<T> Take(int wanted)
    {
        if (HasMore() && count - at >= wanted)
        {
            var whole = Rest[..wanted];
            at += wanted;
            return whole;
        }

        if (scratch.Length < wanted)
        {
            scratch = new T[Math.Max(wanted, scratch.Length * 2)];
        }

        for (var done = 0; done < wanted;)
        {
            if (!HasMore())
            {
                throw End();
            }

            var some = Math.Min(wanted - done, count - at);
            Rest[..some].CopyTo(scratch.AsSpan(done));
            at += some;
            done += some;
        }

        return scratch.AsSpan(0, wanted);
    }

    /// <summary>Passes over values.</summary>
    public void Skip(int passed)
    {
        while (passed > 0)
        {
            if (!HasMore())
            {
                throw End();
            }

            var some = Math.Min(passed, count - at);
            at += some;
            passed -= some;
        }
    }

    /// <summary>Passes over values while they equal the next one, and says how many there were.</summary>
    public int TakeRun()
    {
        var value = Peek();
        var total = 0;
        do
        {
            var run = Rest.IndexOfAnyExcept(value);
            if (run >= 0)
            {
                at += run;
                return total + run;
            }

            total = checked(total + count - at);
            at = count;
        }
        while (HasMore());
        return total;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>Begins a row group.</summary>
    protected abstract void OpenGroup(int number);

    /// <summary>Shows the next page's values; false when the row group is read to its end.</summary>
    protected abstract bool LoadPage();

    protected abstract void Close();

    // Values that stand in an array already are read from there, until the next page.
    protected void Show(T[] values, int entries)
    {
        decoded = values;
        plain = null;
        count = entries;
    }

    // The same for plain values in the page's own bytes.
    protected void Show(ArraySegment<byte> values, int entries)
    {
        plain = values.Array;
        plainStart = values.Offset;
        count = entries;
    }

    // Spreads the values over the rows, where some are null.
    protected void Spread(ReadOnlySpan<T> values, ParquetColumnData data, T nullAs)
    {
        if (room.Length < data.EntryCount)
        {
            room = new T[Math.Max(data.EntryCount, 1024)];
        }

        Show(room, data.EntryCount);
        var next = 0;
        var levels = data.DefinitionLevels;
        for (var i = 0; i < levels.Length; i++)
        {
            room[i] = levels[i] == column.MaxDefinitionLevel ? values[next++] : nullAs;
        }
    }

    private ReadOnlySpan<T> Rest => plain is null
        ? decoded.AsSpan(at, count - at)
        : MemoryMarshal.Cast<byte, T>(plain.AsSpan(plainStart, count * Unsafe.SizeOf<T>()))[at..];

    private T PeekBeyond() => HasMore() ? Rest[0] : throw End();

    private ParquetFormatException End() => reader.PlaceOf(column).Corrupt("the column ends before the others");
}

/// <summary>Truth values or real numbers, as the file holds them.</summary>
internal sealed class ValueCursor<T>(ParquetReader reader, ParquetColumn column, T nullAs = default) : Cursor<T>(reader, column)
    where T : unmanaged, IEquatable<T>
{
    private readonly ParquetColumnData<T> data = new();
    private ParquetColumnReader<T>? pages;

    protected override void OpenGroup(int number)
    {
        Close();
        pages = Reader.OpenColumn<T>(number, Column);
    }

    protected override bool LoadPage()
    {
        data.Clear();
        if (!pages!.ReadPage(data, out var plain))
        {
            return false;
        }

        if (plain.Array is not null)
        {
            Show(plain, data.EntryCount);
        }
        else if (data.ValueCount == data.EntryCount)
        {
            Show(data.Array, data.EntryCount);
        }
        else
        {
            Spread(data.Values, data, nullAs);
        }

        return true;
    }

    protected override void Close() => pages?.Dispose();
}

/// <summary>Byte strings, one at a time.</summary>
internal sealed class BytesCursor(ParquetReader reader, ParquetColumn column) : IDisposable
{
    private readonly ParquetByteColumnData data = new();
    private ParquetByteColumnReader? pages;
    private int group = -1;
    private int at;
    private int value;

    /// <summary>The next value; empty for null.</summary>
    public ReadOnlySpan<byte> Next(out bool isNull)
    {
        while (at == data.EntryCount)
        {
            data.Clear();
            at = 0;
            value = 0;
            if (pages is null || !pages.ReadPage(data))
            {
                if (++group >= reader.RowGroups.Count)
                {
                    throw reader.PlaceOf(column).Corrupt("the column ends before the others");
                }

                pages?.Dispose();
                pages = reader.OpenByteColumn(group, column);
            }
        }

        isNull = column.HasDefinitionLevels && data.DefinitionLevels[at] != column.MaxDefinitionLevel;
        at++;
        return isNull ? default : data.Values[value++];
    }

    /// <summary>The next value as text; empty for null.</summary>
    public string NextText() => System.Text.Encoding.UTF8.GetString(Next(out _));

    public void Skip(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Next(out _);
        }
    }

    public void Dispose() => pages?.Dispose();
}
