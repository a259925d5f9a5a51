using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>
/// Reads what <see cref="CanonicalWriter"/> wrote. Levels go into an arena that is reused from value to value,
/// so a value read is valid until the arena is cleared.
/// </summary>
public ref struct CanonicalReader : IFieldVisitor
{
    private readonly ReadOnlySpan<byte> source;
    private readonly LevelArena arena;
    private int at;

    /// <summary>Reads from the start of the bytes.</summary>
    public CanonicalReader(ReadOnlySpan<byte> source, LevelArena arena)
    {
        this.source = source;
        this.arena = arena;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => at;

    /// <summary>True when every byte has been read.</summary>
    public readonly bool AtEnd => at == source.Length;

    /// <summary>Bytes that have not been read.</summary>
    public readonly int Left => source.Length - at;

    /// <inheritdoc/>
    public void Id(string name, ref long value) => value = Signed();

    /// <inheritdoc/>
    public void Count(string name, ref long value) => value = Signed();

    /// <inheritdoc/>
    public void Time(string name, ref long value) => value = Signed();

    /// <inheritdoc/>
    public void Price(string name, ref long value) => value = Signed();

    /// <inheritdoc/>
    public void Quantity(string name, ref long value) => value = Signed();

    /// <inheritdoc/>
    public void Money(string name, ref Int128 value)
    {
        UInt128 zigzag = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = Take(1)[0];
            if (shift > 126 || (shift == 126 && b > 3))
            {
                throw new CanonicalFormatException($"field {name} is longer than 128 bits");
            }

            zigzag |= (UInt128)(byte)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                break;
            }
        }

        value = unchecked((Int128)(zigzag >> 1) ^ -(Int128)(zigzag & 1));
    }

    /// <inheritdoc/>
    public void Real(string name, ref double value) => value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    /// <inheritdoc/>
    public void Flag(string name, ref bool value) => value = Take(1)[0] switch
    {
        0 => false,
        1 => true,
        var other => throw new CanonicalFormatException($"field {name} is {other}, neither 0 nor 1"),
    };

    /// <inheritdoc/>
    public void Text(string name, ref string value)
    {
        var count = Unsigned();
        if (count > (ulong)(source.Length - at))
        {
            throw new CanonicalFormatException($"field {name} claims {count} bytes, {source.Length - at} are left");
        }

        value = Encoding.UTF8.GetString(Take((int)count));
    }

    /// <inheritdoc/>
    public void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum
    {
        var code = Unsigned();
        if (code > int.MaxValue)
        {
            throw new CanonicalFormatException($"field {name} holds {code}, which is no {typeof(TEnum).Name}");
        }

        var number = (int)code;
        value = Unsafe.As<int, TEnum>(ref number);
        if (!CodeNames<TEnum>.IsDefined(number))
        {
            throw new CanonicalFormatException($"field {name} holds {code}, which is no {typeof(TEnum).Name}");
        }
    }

    /// <inheritdoc/>
    public void Digest(string name, ref Digest value) => value = Canonical.Digest.From(Take(Canonical.Digest.Size));

    /// <inheritdoc/>
    public void Levels(string name, ref LevelList value)
    {
        var count = Unsigned();
        if (count == 0)
        {
            value = default;
            return;
        }

        // Every level takes at least two bytes: a count that the bytes cannot hold is damage, not a huge allocation.
        if (count > (ulong)(source.Length - at) / 2)
        {
            throw new CanonicalFormatException($"field {name} claims {count} levels, {source.Length - at} bytes are left");
        }

        var exponents = Take(2);
        if (exponents[0] > 8 || exponents[1] > 8)
        {
            throw new CanonicalFormatException($"field {name} has exponents {exponents[0]} and {exponents[1]}, at most 8 is allowed");
        }

        var priceUnit = CommonPower.Factor(exponents[0]);
        var quantityUnit = CommonPower.Factor(exponents[1]);
        value = arena.Take((int)count, out var levels);
        var price = 0L;
        try
        {
            foreach (ref var level in levels)
            {
                Varint.ReadPair(source, ref at, out var step, out var quantity);
                price += Varint.UnZigZag(step) * priceUnit;
                level = new Level(price, (long)quantity * quantityUnit);
            }
        }
        catch (OverflowException)
        {
            throw new CanonicalFormatException($"field {name} has a price or quantity beyond 64 bits");
        }
    }

    /// <summary>A signed 64-bit integer.</summary>
    public long Signed() => Varint.UnZigZag(Varint.Read(source, ref at));

    /// <summary>An unsigned 64-bit integer.</summary>
    public ulong Unsigned() => Varint.Read(source, ref at);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > source.Length - at)
        {
            throw new CanonicalFormatException("the bytes end inside a field");
        }

        var taken = source.Slice(at, count);
        at += count;
        return taken;
    }
}
