using System.Buffers.Binary;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>Puts the payloads of one type and version together again, field by field, from the columns that <see cref="ColumnPlan"/> wrote.</summary>
internal sealed class PlanColumns
{
    private readonly Field[] fields;
    private readonly int slots;
    private byte[] data = [];
    private long[] previous;
    private long[] current;

    public PlanColumns(EventType type, int version, string kinds)
    {
        Type = type;
        Version = version;
        Kinds = kinds;
        fields = new Field[kinds.Length];
        slots = ColumnPlan.EnvelopeSlots;
        foreach (var kind in kinds)
        {
            slots += ColumnPlan.HasSlot(kind) ? 1 : 0;
        }

        previous = new long[slots];
        current = new long[slots];
    }

    /// <summary>The event type.</summary>
    public EventType Type { get; }

    /// <summary>Its schema version.</summary>
    public int Version { get; }

    /// <summary>Kinds of its fields.</summary>
    public string Kinds { get; }

    /// <summary>Records of this plan in the block.</summary>
    public int Count { get; set; }

    /// <summary>Finds the columns of the next block and moves behind them.</summary>
    public void Find(byte[] bytes, int end, ref int at)
    {
        data = bytes;
        Array.Clear(previous);
        Array.Clear(current);
        for (var i = 0; i < fields.Length; i++)
        {
            ref var field = ref fields[i];
            field = default;
            switch (Kinds[i])
            {
                case FieldKinds.Signed:
                    field.Numbers = new NumberReader(bytes, end, Count, ref at);
                    break;
                case FieldKinds.Unsigned:
                case FieldKinds.Money:
                    field.Lengths = new PlaneReader(bytes, end, Count, ref at);
                    break;
                case FieldKinds.Byte:
                    field.First = Skip(Count, end, ref at);
                    break;
                case FieldKinds.Digest:
                    field.First = Skip(Count * (long)Digest.Size, end, ref at);
                    break;
                case FieldKinds.Real:
                    field.First = Skip(Count * 8L, end, ref at);
                    break;
                case FieldKinds.Text:
                case FieldKinds.Opaque:
                    field.Lengths = new PlaneReader(bytes, end, Count, ref at);
                    field.First = Skip(Sum(field.Lengths, out _), end, ref at);
                    break;
                case FieldKinds.Levels:
                    field.Lengths = new PlaneReader(bytes, end, Count, ref at);
                    Sum(field.Lengths, out var filled);
                    field.First = Skip(filled, end, ref at);
                    field.Second = Skip(filled, end, ref at);
                    field.Numbers = new NumberReader(bytes, end, Count, ref at);
                    field.Prices = new VarintRun(bytes, end, ref at);
                    field.Quantities = new VarintRun(bytes, end, ref at);
                    break;
                default:
                    throw new InvalidDataException($"'{Kinds[i]}' is no kind of field");
            }
        }
    }

    /// <summary>Writes the next payload and returns its length.</summary>
    public int WriteNext(Span<byte> output, long venueTime, long receiveTime)
    {
        (previous, current) = (current, previous);
        current[0] = venueTime;
        current[1] = receiveTime;
        var at = 0;
        var slot = ColumnPlan.EnvelopeSlots;
        for (var i = 0; i < fields.Length; i++)
        {
            ref var field = ref fields[i];
            switch (Kinds[i])
            {
                case FieldKinds.Signed:
                    var value = field.Numbers.Next(previous, current);
                    current[slot++] = value;
                    at += Varint.Write(output[at..], Varint.ZigZag(value));
                    break;
                case FieldKinds.Unsigned:
                case FieldKinds.Money:
                    at += field.Lengths.CopyTo(output[at..]);
                    break;
                case FieldKinds.Byte:
                    output[at++] = data[field.First++];
                    break;
                case FieldKinds.Digest:
                    Copy(ref field, output, ref at, Digest.Size);
                    break;
                case FieldKinds.Real:
                    WriteReal(ref field, output[at..]);
                    at += 8;
                    break;
                case FieldKinds.Text:
                    var length = field.Lengths.Next();
                    at += Varint.Write(output[at..], length);
                    Copy(ref field, output, ref at, (int)length);
                    break;
                case FieldKinds.Opaque:
                    Copy(ref field, output, ref at, (int)field.Lengths.Next());
                    break;
                case FieldKinds.Levels:
                    at += WriteLevels(ref field, output[at..], slot++);
                    break;
            }
        }

        return at;
    }

    private int WriteLevels(ref Field field, Span<byte> output, int slot)
    {
        var count = field.Lengths.Next();
        var at = Varint.Write(output, count);

        // An empty list has its slot too: the difference that leads to the value of the record before.
        var price = field.Numbers.Next(previous, current);
        current[slot] = price;
        if (count == 0)
        {
            return at;
        }

        var exponent = data[field.First++];
        output[at++] = exponent;
        output[at++] = data[field.Second++];
        at += Varint.Write(output[at..], Varint.ZigZag(price / Scale.PowerOfTen(exponent)));
        at += field.Quantities.CopyTo(output[at..]);
        for (var i = 1UL; i < count; i++)
        {
            at += field.Prices.CopyTo(output[at..]);
            at += field.Quantities.CopyTo(output[at..]);
        }

        return at;
    }

    private void WriteReal(ref Field field, Span<byte> output)
    {
        ulong bits = 0;
        for (var plane = 0; plane < 8; plane++)
        {
            bits = (bits << 8) | data[field.First + (plane * Count)];
        }

        field.First++;
        field.LastReal ^= bits;
        BinaryPrimitives.WriteUInt64LittleEndian(output, field.LastReal);
    }

    private void Copy(ref Field field, Span<byte> output, ref int at, int count)
    {
        data.AsSpan(field.First, count).CopyTo(output[at..]);
        field.First += count;
        at += count;
    }

    /// <summary>Sum of the column's numbers, and how many of them are not zero.</summary>
    private long Sum(PlaneReader lengths, out long filled)
    {
        var sum = 0L;
        filled = 0;
        for (var i = 0; i < Count; i++)
        {
            var length = (long)lengths.Next();
            sum += length;
            filled += length == 0 ? 0 : 1;
        }

        return sum <= int.MaxValue ? sum : throw new InvalidDataException("a column is longer than the block");
    }

    private static int Skip(long count, int end, ref int at)
    {
        if (count > end - at)
        {
            throw new InvalidDataException("a column is longer than the block");
        }

        var start = at;
        at += (int)count;
        return start;
    }

    private struct Field
    {
        public NumberReader Numbers;
        public PlaneReader Lengths;
        public VarintRun Prices;
        public VarintRun Quantities;
        public int First;
        public int Second;
        public ulong LastReal;
    }
}
