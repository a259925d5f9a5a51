using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>
/// Writes a value's canonical bytes: the bytes that are stored, hashed and compared (docs/events.md).
/// Integers: LEB128 varints, signed ones zigzag-coded. Reals: 8 bytes, IEEE 754, little-endian.
/// Text: byte length as varint, UTF-8. Levels: see <see cref="Levels"/>.
/// </summary>
public readonly ref struct CanonicalWriter(ByteBuffer buffer) : IFieldVisitor
{
    /// <summary>Longest varint of 64 bits.</summary>
    private const int MaxVarint = 10;

    /// <inheritdoc/>
    public void Id(string name, ref long value) => Signed(value);

    /// <inheritdoc/>
    public void Count(string name, ref long value) => Signed(value);

    /// <inheritdoc/>
    public void Time(string name, ref long value) => Signed(value);

    /// <inheritdoc/>
    public void Price(string name, ref long value) => Signed(value);

    /// <inheritdoc/>
    public void Quantity(string name, ref long value) => Signed(value);

    /// <inheritdoc/>
    public void Money(string name, ref Int128 value) => Signed128(value);

    /// <inheritdoc/>
    public void Real(string name, ref double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.Room(8), value);
        buffer.Advance(8);
    }

    /// <inheritdoc/>
    public void Flag(string name, ref bool value)
    {
        buffer.Room(1)[0] = value ? (byte)1 : (byte)0;
        buffer.Advance(1);
    }

    /// <inheritdoc/>
    public void Text(string name, ref string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        Unsigned((ulong)count);
        Encoding.UTF8.GetBytes(value, buffer.Room(count));
        buffer.Advance(count);
    }

    /// <inheritdoc/>
    public void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum => Unsigned((ulong)(uint)Unsafe.As<TEnum, int>(ref value));

    /// <inheritdoc/>
    public void Digest(string name, ref Digest value)
    {
        value.CopyTo(buffer.Room(Canonical.Digest.Size));
        buffer.Advance(Canonical.Digest.Size);
    }

    /// <summary>
    /// Levels: count as varint; when not zero: the largest exponents e and f (0 to 8) for which 10^e divides every
    /// price and 10^f every quantity, one byte each; then per level the price as zigzag varint of (price − previous
    /// price) / 10^e, the first from 0, and the quantity as varint of quantity / 10^f.
    /// </summary>
    public void Levels(string name, ref LevelList value)
    {
        var levels = value.Span;
        Unsigned((ulong)levels.Length);
        if (levels.Length == 0)
        {
            return;
        }

        var (priceExponent, quantityExponent) = CommonPower.Of(levels);
        var priceUnit = CommonPower.Factor(priceExponent);
        var quantityUnit = CommonPower.Factor(quantityExponent);
        var room = buffer.Room(2 + (levels.Length * 2 * MaxVarint));
        room[0] = (byte)priceExponent;
        room[1] = (byte)quantityExponent;
        var at = 2;
        var previous = 0L;
        foreach (ref readonly var level in levels)
        {
            at += Varint.Write(room[at..], Varint.ZigZag((level.Price - previous) / priceUnit));
            at += Varint.Write(room[at..], checked((ulong)(level.Quantity / quantityUnit)));
            previous = level.Price;
        }

        buffer.Advance(at);
    }

    /// <summary>A signed 64-bit integer.</summary>
    public void Signed(long value) => Unsigned(Varint.ZigZag(value));

    /// <summary>An unsigned 64-bit integer.</summary>
    public void Unsigned(ulong value) => buffer.Advance(Varint.Write(buffer.Room(MaxVarint), value));

    private void Signed128(Int128 value)
    {
        // Zigzag in 128 bits: the sign goes to bit 0.
        var zigzag = unchecked((UInt128)(value << 1) ^ (UInt128)(value >> 127));
        var room = buffer.Room(19);
        var at = 0;
        while (zigzag >= 0x80)
        {
            room[at++] = unchecked((byte)((byte)zigzag | 0x80));
            zigzag >>= 7;
        }

        room[at++] = (byte)zigzag;
        buffer.Advance(at);
    }
}
