using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// Integers, stamps or decimals of a column as 64-bit numbers, however a writer stored them: 32 or 64 bits, any unit of
/// time, any scale of decimals.
/// </summary>
internal sealed class LongCursor : Cursor<long>
{
    private readonly long nullAs;
    private readonly long factor;
    private readonly long divisor;
    private readonly ParquetColumnData<int> narrow = new();
    private readonly ParquetColumnData<long> wide = new();
    private readonly ParquetColumnData<Int96Timestamp> stamps = new();
    private ParquetColumnReader? pages;
    private long[] converted = [];

    private LongCursor(ParquetReader reader, ParquetColumn column, long factor, long divisor, long nullAs)
        : base(reader, column)
    {
        this.factor = factor;
        this.divisor = divisor;
        this.nullAs = nullAs;
    }

    /// <summary>A column of whole numbers.</summary>
    public static LongCursor Integers(ParquetReader reader, ParquetColumn column, long nullAs = 0) =>
        column.PhysicalType is ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 && column.LogicalType is null or ParquetLogicalType.Integer or ParquetLogicalType.Decimal { Scale: 0 }
            ? new LongCursor(reader, column, 1, 1, nullAs)
            : throw Unfit(reader, column, "whole numbers");

    /// <summary>A column of timestamps, as nanoseconds since the epoch.</summary>
    public static LongCursor Stamps(ParquetReader reader, ParquetColumn column, long nullAs = 0) => column switch
    {
        { PhysicalType: ParquetPhysicalType.Int96 } => new LongCursor(reader, column, 1, 1, nullAs),
        { PhysicalType: ParquetPhysicalType.Int64, LogicalType: ParquetLogicalType.Timestamp t } => new LongCursor(reader, column, t.Unit switch { ParquetTimeUnit.Milliseconds => 1_000_000, ParquetTimeUnit.Microseconds => 1_000, _ => 1 }, 1, nullAs),
        _ => throw Unfit(reader, column, "timestamps"),
    };

    /// <summary>A column of decimals, as whole numbers at a scale.</summary>
    public static LongCursor Decimals(ParquetReader reader, ParquetColumn column, int decimals, long nullAs = 0)
    {
        if (column.PhysicalType is not (ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64) || column.LogicalType is not ParquetLogicalType.Decimal meaning)
        {
            throw Unfit(reader, column, "decimals of at most 18 digits");
        }

        return meaning.Scale <= decimals
            ? new LongCursor(reader, column, Scale.PowerOfTen(decimals - meaning.Scale), 1, nullAs)
            : new LongCursor(reader, column, 1, Scale.PowerOfTen(Math.Min(18, meaning.Scale - decimals)), nullAs);
    }

    protected override void OpenGroup(int number)
    {
        Close();
        pages = Column.PhysicalType switch
        {
            ParquetPhysicalType.Int32 => Reader.OpenColumn<int>(number, Column),
            ParquetPhysicalType.Int96 => Reader.OpenColumn<Int96Timestamp>(number, Column),
            _ => Reader.OpenColumn<long>(number, Column),
        };
    }

    protected override bool LoadPage()
    {
        switch (pages)
        {
            case ParquetColumnReader<int> ints:
                narrow.Clear();
                if (!ints.ReadPage(narrow))
                {
                    return false;
                }

                if (!WidenWhole())
                {
                    Scaled(Widen(), narrow);
                }

                ShowOrSpread(converted, narrow);
                return true;
            case ParquetColumnReader<Int96Timestamp> old:
                stamps.Clear();
                if (!old.ReadPage(stamps))
                {
                    return false;
                }

                Convert();
                ShowOrSpread(converted, stamps);
                return true;
            default:
                wide.Clear();
                var longs = (ParquetColumnReader<long>)pages!;
                if (factor == 1 && divisor == 1)
                {
                    if (!longs.ReadPage(wide, out var plain))
                    {
                        return false;
                    }

                    if (plain.Array is not null)
                    {
                        Show(plain, wide.EntryCount);
                    }
                    else
                    {
                        ShowOrSpread(wide.Array, wide);
                    }

                    return true;
                }

                if (!longs.ReadPage(wide))
                {
                    return false;
                }

                Scaled(wide.Values, wide);
                ShowOrSpread(converted, wide);
                return true;
        }
    }

    protected override void Close() => pages?.Dispose();

    private static ParquetFormatException Unfit(ParquetReader reader, ParquetColumn column, string what) =>
        reader.PlaceOf(column).Corrupt($"the column holds {column.LogicalType?.ToString() ?? column.PhysicalType.ToString()} values, not {what}");

    // 32 bits times a factor below 2^31 fit 64 bits: nothing can be out of range.
    private bool WidenWhole()
    {
        if (divisor != 1 || factor > int.MaxValue || Column.LogicalType is ParquetLogicalType.Integer { IsSigned: false })
        {
            return false;
        }

        var source = narrow.Values;
        var room = Converted(source.Length);
        for (var i = 0; i < room.Length; i++)
        {
            room[i] = unchecked(source[i] * factor);
        }

        return true;
    }

    private ReadOnlySpan<long> Widen()
    {
        var source = narrow.Values;
        var room = Converted(source.Length);
        var unsigned = Column.LogicalType is ParquetLogicalType.Integer { IsSigned: false };
        for (var i = 0; i < source.Length; i++)
        {
            room[i] = unsigned ? unchecked((uint)source[i]) : source[i];
        }

        return room;
    }

    private void Convert()
    {
        var room = Converted(stamps.ValueCount);
        for (var i = 0; i < room.Length; i++)
        {
            if (!stamps.Values[i].TryToUnixNanoseconds(out room[i]))
            {
                throw OutOfRange(stamps.Values[i].JulianDay);
            }
        }
    }

    private Span<long> Converted(int count)
    {
        if (converted.Length < count)
        {
            converted = new long[Math.Max(count, 1024)];
        }

        return converted.AsSpan(0, count);
    }

    private void ShowOrSpread(long[] values, ParquetColumnData data)
    {
        if (data.ValueCount == data.EntryCount)
        {
            Show(values, data.EntryCount);
        }
        else
        {
            Spread(values.AsSpan(0, data.ValueCount), data, nullAs);
        }
    }

    // Into the room for converted values; where these are given, each takes its own place.
    private void Scaled(ReadOnlySpan<long> values, ParquetColumnData data)
    {
        var room = Converted(data.ValueCount);
        if (factor == 1 && divisor == 1)
        {
            return;
        }

        for (var i = 0; i < room.Length; i++)
        {
            var value = values[i];
            var scaled = Math.BigMul(value, factor);
            if (divisor > 1)
            {
                scaled = value % divisor == 0 ? value / divisor : throw OutOfRange(value);
            }

            room[i] = scaled >= long.MinValue && scaled <= long.MaxValue ? (long)scaled : throw OutOfRange(value);
        }
    }

    private ParquetFormatException OutOfRange(long value) =>
        Reader.PlaceOf(Column).Corrupt($"the value {value} does not fit what the instrument's scales hold");
}
