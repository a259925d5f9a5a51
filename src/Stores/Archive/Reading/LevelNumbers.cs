using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// A column of decimals of levels. Nine digits in 32 bits without nulls, as most of our own are, are read where they were
/// decoded and multiplied when they are taken; everything else goes through <see cref="LongCursor"/>.
/// </summary>
internal sealed class LevelNumbers : IDisposable
{
    // So that the product fits 64 bits whatever the 32 bits are.
    private const int MostDecimals = 9;

    private readonly ValueCursor<int>? narrow;
    private readonly LongCursor? wide;
    private long[] scratch = [];

    public LevelNumbers(ParquetReader reader, ParquetColumn column, int decimals)
    {
        if (column is { PhysicalType: ParquetPhysicalType.Int32, HasDefinitionLevels: false, LogicalType: ParquetLogicalType.Decimal meaning }
            && decimals - meaning.Scale is >= 0 and <= MostDecimals)
        {
            narrow = new ValueCursor<int>(reader, column);
            Unit = Scale.PowerOfTen(decimals - meaning.Scale);
        }
        else
        {
            wide = LongCursor.Decimals(reader, column, decimals);
        }
    }

    /// <summary>True when the values are taken narrow.</summary>
    public bool IsNarrow => narrow is not null;

    /// <summary>What a narrow value is multiplied with.</summary>
    public long Unit { get; } = 1;

    /// <summary>The next values in units of the column.</summary>
    public ReadOnlySpan<int> TakeNarrow(int count) => narrow!.Take(count);

    /// <summary>The next values in the event's units.</summary>
    public ReadOnlySpan<long> Take(int count)
    {
        if (narrow is null)
        {
            return wide!.Take(count);
        }

        if (scratch.Length < count)
        {
            scratch = new long[count * 2];
        }

        var values = narrow.Take(count);
        for (var i = 0; i < count; i++)
        {
            scratch[i] = values[i] * Unit;
        }

        return scratch.AsSpan(0, count);
    }

    public void Dispose()
    {
        narrow?.Dispose();
        wide?.Dispose();
    }
}
