using System.Numerics;
using System.Runtime.InteropServices;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Smallest and largest value of a column, in plain encoding and in the order that the format defines for its type.</summary>
internal static class ColumnBounds
{
    public static (byte[]? Minimum, byte[]? Maximum) Find<T>(ParquetColumn column, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (values.IsEmpty)
        {
            return (null, null);
        }

        bool isUnsigned = column.LogicalType is ParquetLogicalType.Integer { IsSigned: false };
        if (typeof(T) == typeof(long))
        {
            return isUnsigned ? Ordered(MemoryMarshal.Cast<T, ulong>(values)) : Ordered(MemoryMarshal.Cast<T, long>(values));
        }

        if (typeof(T) == typeof(int))
        {
            return isUnsigned ? Ordered(MemoryMarshal.Cast<T, uint>(values)) : Ordered(MemoryMarshal.Cast<T, int>(values));
        }

        if (typeof(T) == typeof(double))
        {
            return Floating(MemoryMarshal.Cast<T, double>(values));
        }

        return typeof(T) == typeof(float) ? Floating(MemoryMarshal.Cast<T, float>(values)) : Ordered(MemoryMarshal.AsBytes(values));
    }

    private static (byte[]? Minimum, byte[]? Maximum) Ordered<T>(ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        T minimum = values[0], maximum = values[0];
        foreach (T value in values)
        {
            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }

        return (Plain(minimum), Plain(maximum));
    }

    // The format: no bounds where a NaN is among the values, and a zero bound is −0 below and +0 above, since readers
    // may compare either way.
    private static (byte[]? Minimum, byte[]? Maximum) Floating<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T minimum = values[0], maximum = values[0];
        foreach (T value in values)
        {
            if (T.IsNaN(value))
            {
                return (null, null);
            }

            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }

        return (Plain(minimum == T.Zero ? T.NegativeZero : minimum), Plain(maximum == T.Zero ? T.Zero : maximum));
    }

    private static byte[] Plain<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}
