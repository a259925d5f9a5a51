using System.Buffers.Binary;
using System.Text;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>Collects the values of one column until its row group is written.</summary>
internal abstract class ColumnSink(ParquetColumn column)
{
    /// <summary>The column, not yet placed in a schema.</summary>
    public ParquetColumn Column => column;

    /// <summary>The encoding; null to try what fits and take the smallest.</summary>
    public ParquetEncoding? Encoding { get; init; }

    /// <summary>Bytes that the values take in memory, where they are of any length.</summary>
    public virtual int Bytes => 0;

    /// <summary>Writes the column of a row group and forgets its values.</summary>
    public abstract void Write(ParquetWriter writer, ParquetColumn placed);
}

/// <summary>Integers: plain ones, stamps, and decimals in the units of the column.</summary>
internal sealed class LongSink(ParquetColumn column, long nullAs = long.MinValue) : ColumnSink(column)
{
    private readonly bool isNarrow = column.PhysicalType == ParquetPhysicalType.Int32;
    private long[] values = new long[1024];
    private int[] narrow = [];
    private byte[] present = new byte[column.HasDefinitionLevels ? 1024 : 0];
    private int count;
    private int rows;

    public void Add(long value)
    {
        if (Column.HasDefinitionLevels)
        {
            if (rows == present.Length)
            {
                Array.Resize(ref present, rows * 2);
            }

            present[rows++] = value == nullAs ? (byte)0 : (byte)1;
            if (value == nullAs)
            {
                return;
            }
        }

        if (count == values.Length)
        {
            Array.Resize(ref values, count * 2);
        }

        values[count++] = value;
    }

    public void Add(long value, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Add(value);
        }
    }

    public override void Write(ParquetWriter writer, ParquetColumn placed)
    {
        var levels = Column.HasDefinitionLevels && count < rows ? present.AsSpan(0, rows) : default;
        if (isNarrow)
        {
            if (narrow.Length < count)
            {
                narrow = new int[values.Length];
            }

            for (var i = 0; i < count; i++)
            {
                narrow[i] = (int)values[i];
            }

            writer.Write<int>(placed, narrow.AsSpan(0, count), levels);
        }
        else
        {
            writer.Write<long>(placed, values.AsSpan(0, count), levels);
        }

        count = 0;
        rows = 0;
    }
}

/// <summary>Truth values and real numbers.</summary>
internal sealed class ValueSink<T>(ParquetColumn column) : ColumnSink(column)
    where T : unmanaged
{
    private T[] values = new T[1024];
    private int count;

    public void Add(T value)
    {
        if (count == values.Length)
        {
            Array.Resize(ref values, count * 2);
        }

        values[count++] = value;
    }

    public void Add(T value, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Add(value);
        }
    }

    public override void Write(ParquetWriter writer, ParquetColumn placed)
    {
        writer.Write<T>(placed, values.AsSpan(0, count));
        count = 0;
    }
}

/// <summary>Byte strings: text, JSON, and amounts of 128 bits.</summary>
internal sealed class BytesSink(ParquetColumn column) : ColumnSink(column)
{
    private readonly ParquetByteArrays values = new();

    public override int Bytes => values.BufferLength;

    public void Add(string value) => values.Append(value);

    public void Add(ReadOnlySpan<byte> value) => values.Append(value);

    public void Add(Int128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        values.Append(bytes);
    }

    public override void Write(ParquetWriter writer, ParquetColumn placed)
    {
        writer.Write(placed, values);
        values.Clear();
    }
}
