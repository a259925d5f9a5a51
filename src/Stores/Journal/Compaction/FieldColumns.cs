using System.Buffers.Binary;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>The columns that one field of one type fills; most fields fill one or two of them.</summary>
internal sealed class FieldColumns
{
    private readonly List<ulong> reals = [];
    private ulong lastReal;

    /// <summary>Codes; lengths of texts; numbers of levels; money.</summary>
    public PlaneWriter Lengths { get; } = new();

    /// <summary>Flags; bytes of texts and digests; price exponents.</summary>
    public ByteBuffer First { get; } = new();

    /// <summary>Quantity exponents.</summary>
    public ByteBuffer Second { get; } = new();

    /// <summary>Price differences inside lists of levels: varints end to end.</summary>
    public ByteBuffer Prices { get; } = new();

    /// <summary>Quantities of levels: varints end to end.</summary>
    public ByteBuffer Quantities { get; } = new();

    /// <summary>Adds a real number: what it has in common with the one before becomes zeros.</summary>
    public bool AddReal(ReadOnlySpan<byte> payload, ref int at)
    {
        if (payload.Length - at < 8)
        {
            return false;
        }

        var bits = BinaryPrimitives.ReadUInt64LittleEndian(payload[at..]);
        reals.Add(bits ^ lastReal);
        lastReal = bits;
        at += 8;
        return true;
    }

    /// <summary>Appends the real numbers, highest bytes first, all of one significance together.</summary>
    public void WriteRealsTo(ByteBuffer output)
    {
        for (var shift = 56; shift >= 0; shift -= 8)
        {
            var room = output.Room(reals.Count);
            for (var i = 0; i < reals.Count; i++)
            {
                room[i] = (byte)((reals[i] >> shift) & 0xFF);
            }

            output.Advance(reals.Count);
        }
    }
}
