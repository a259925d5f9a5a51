using System.Buffers.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.VenueSim.Wire;

/// <summary>
/// Writes JSON as the venue writes it, straight into UTF-8: no spaces, prices and quantities as strings with all their
/// decimals. It is cleared and used again.
/// </summary>
internal sealed class WireWriter
{
    private readonly ByteBuffer buffer = new(1024);

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Span => buffer.Span;

    /// <summary>Bytes written.</summary>
    public int Length => buffer.Length;

    /// <summary>Starts anew.</summary>
    public void Clear() => buffer.Clear();

    /// <summary>Text that is JSON already.</summary>
    public void Raw(ReadOnlySpan<byte> json) => buffer.Write(json);

    /// <summary>Text between quotes. It must need no escape: symbols, assets and names of this program's own.</summary>
    public void Text(string plain)
    {
        var room = buffer.Room(plain.Length + 2);
        room[0] = (byte)'"';
        for (var i = 0; i < plain.Length; i++)
        {
            var c = plain[i];
            if (c is < ' ' or > '~' or '"' or '\\')
            {
                throw new ArgumentException($"'{plain}' cannot be written without an escape.", nameof(plain));
            }

            room[i + 1] = (byte)c;
        }

        room[plain.Length + 1] = (byte)'"';
        buffer.Advance(plain.Length + 2);
    }

    /// <summary>A whole number.</summary>
    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, buffer.Room(20), out var written);
        buffer.Advance(written);
    }

    /// <summary>true or false.</summary>
    public void Flag(bool value) => buffer.Write(value ? "true"u8 : "false"u8);

    /// <summary>A scaled integer as a decimal string with all its decimals: 123 at 2 is "1.23".</summary>
    /// <param name="units">Value in units of 10^−decimals, not negative.</param>
    /// <param name="decimals">0 to 18.</param>
    public void Decimal(long units, int decimals)
    {
        var (whole, fraction) = Math.DivRem(units, Scale.PowerOfTen(decimals));
        var room = buffer.Room(42);
        room[0] = (byte)'"';
        Utf8Formatter.TryFormat(whole, room[1..], out var at);
        at++;
        if (decimals > 0)
        {
            room[at++] = (byte)'.';
            for (var i = at + decimals - 1; i >= at; i--)
            {
                (fraction, var digit) = Math.DivRem(fraction, 10);
                room[i] = (byte)('0' + digit);
            }

            at += decimals;
        }

        room[at++] = (byte)'"';
        buffer.Advance(at);
    }

    /// <summary>A wide scaled integer as a decimal string with fewer decimals, cut off (the venue's quoteQty).</summary>
    public void DecimalCut(Int128 units, int decimals, int shown)
    {
        for (; decimals > shown; decimals--)
        {
            units = Division.Divide(units, 10, Rounding.TowardZero);
        }

        var text = FixedPoint.Format(units, decimals, decimals);
        Text(text);
    }

    /// <summary>A moment in nanoseconds since the epoch, as a number in the unit, cut off.</summary>
    public void Time(long nanoseconds, TimeUnit unit) => Number(nanoseconds / TimeUnits.Nanoseconds(unit));
}
