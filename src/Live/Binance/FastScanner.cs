using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// Reads forward over a message that is written exactly as Binance writes it: no white space, fields in their usual
/// order, no escapes. Every method returns false at the first byte that is different; the caller then gives the whole
/// message to <see cref="GeneralParser"/>. So this accepts only what that one accepts, with the same values.
/// </summary>
internal ref struct FastScanner(ReadOnlySpan<byte> bytes)
{
    // Longer numbers could overflow while they are read; they are rare enough for the general parser.
    private const int MaxDigits = 18;

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int at;

    /// <summary>True when every byte has been read.</summary>
    public readonly bool AtEnd => at == bytes.Length;

    /// <summary>Moves past a text if it comes next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Take(scoped ReadOnlySpan<byte> text)
    {
        if (!bytes[at..].StartsWith(text))
        {
            return false;
        }

        at += text.Length;
        return true;
    }

    /// <summary>Moves to the next quotation mark and returns what lies before it; false when an escape or the end comes first.</summary>
    public bool TakeToQuote(out ReadOnlySpan<byte> text)
    {
        var rest = bytes[at..];
        var length = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (length < 0 || rest[length] != (byte)'"')
        {
            text = default;
            return false;
        }

        text = rest[..length];
        at += length;
        return true;
    }

    /// <summary>A JSON integer that is not negative.</summary>
    public bool TakeInteger(out long value)
    {
        value = 0;
        var start = at;
        var i = at;
        long read = 0;
        for (; i < bytes.Length && i - start < MaxDigits; i++)
        {
            var digit = unchecked((uint)(bytes[i] - '0'));
            if (digit > 9)
            {
                break;
            }

            read = (read * 10) + digit;
        }

        var digits = i - start;
        if (digits == 0 || i == bytes.Length || IsDigit(bytes[i]) || (digits > 1 && bytes[start] == (byte)'0'))
        {
            return false;
        }

        value = read;
        at = i;
        return true;
    }

    /// <summary>A JSON string that holds a plain decimal, as units of a scale.</summary>
    public bool TakeDecimal(in DecimalForm form, out long units)
    {
        units = 0;
        var source = bytes;
        var i = at;
        if ((uint)i >= (uint)source.Length || source[i] != (byte)'"')
        {
            return false;
        }

        var start = ++i;
        long whole = 0;
        while ((uint)i < (uint)source.Length)
        {
            var digit = unchecked((uint)(source[i] - '0'));
            if (digit > 9)
            {
                break;
            }

            if (i - start == MaxDigits)
            {
                return false;
            }

            whole = (whole * 10) + digit;
            i++;
        }

        if (i == start || whole >= form.SafeWhole || (uint)i >= (uint)source.Length)
        {
            return false;
        }

        long fraction = 0;
        if (source[i] == (byte)'.')
        {
            i++;
            if (form.Scale.Decimals == 8 && source.Length - i > 8 && source[i + 8] == (byte)'"' && EightDigits(source[i..], out var eight))
            {
                fraction = eight;
                i += 8;
            }
            else if (!TakeFraction(source, form, ref i, out fraction))
            {
                return false;
            }
        }

        if ((uint)i >= (uint)source.Length || source[i] != (byte)'"')
        {
            return false;
        }

        units = (whole * form.Factor) + fraction;
        at = i + 1;
        return true;
    }

    /// <summary>A JSON array of [price, quantity] pairs, added to the buffer.</summary>
    public bool TakeLevels(in DecimalForm price, in DecimalForm quantity, LevelBuffer levels)
    {
        if (!Take("["u8))
        {
            return false;
        }

        if (Take("]"u8))
        {
            return true;
        }

        do
        {
            if (!Take("["u8) || !TakeDecimal(price, out var p) || p == 0 || !Take(","u8) || !TakeDecimal(quantity, out var q) || !Take("]"u8))
            {
                return false;
            }

            levels.Add(p, q);
        }
        while (Take(","u8));
        return Take("]"u8);
    }

    /// <summary>true or false.</summary>
    public bool TakeFlag(out bool value)
    {
        value = Take("true"u8);
        return value || Take("false"u8);
    }

    private static bool IsDigit(byte b) => unchecked((uint)(b - '0')) <= 9;

    private static bool TakeFraction(ReadOnlySpan<byte> source, in DecimalForm form, ref int i, out long fraction)
    {
        fraction = 0;
        var digits = 0;
        for (; (uint)i < (uint)source.Length && IsDigit(source[i]); i++)
        {
            if (digits < form.Scale.Decimals)
            {
                fraction = (fraction * 10) + (source[i] - '0');
                digits++;
            }
            else if (source[i] != (byte)'0')
            {
                return false;
            }
        }

        if (source[i - 1] == (byte)'.')
        {
            return false;
        }

        for (; digits < form.Scale.Decimals; digits++)
        {
            fraction *= 10;
        }

        return true;
    }

    // Eight digits at once: prices and quantities are printed with exactly eight decimals.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool EightDigits(ReadOnlySpan<byte> source, out long value)
    {
        unchecked
        {
            var chunk = BinaryPrimitives.ReadUInt64LittleEndian(source);
            value = 0;
            if (((chunk & 0xF0F0F0F0F0F0F0F0) | (((chunk + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) != 0x3333333333333333)
            {
                return false;
            }

            // Pairs, then fours, then all eight: each step joins neighbours, the first byte being the highest digit.
            chunk -= 0x3030303030303030;
            chunk = (chunk * 10) + (chunk >> 8);
            const ulong Mask = 0x000000FF000000FF;
            value = (long)((((chunk & Mask) * 0x000F424000000064) + (((chunk >> 16) & Mask) * 0x0000271000000001)) >> 32);
            return true;
        }
    }
}
