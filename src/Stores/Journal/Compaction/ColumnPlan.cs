using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>
/// Collects the records of one type and version, field by field, while a block is packed.
/// Slots are the numbers that differences may refer to: venue stamp, receive stamp, then every signed field and the first
/// price of every list of levels, in the order of the fields.
/// </summary>
internal sealed class ColumnPlan
{
    /// <summary>Slots that the envelope fills.</summary>
    public const int EnvelopeSlots = 2;

    private readonly List<long> rows = [];
    private readonly FieldColumns[] fields;
    private readonly long[] previous;
    private readonly long[] current;

    public ColumnPlan(EventType type, int version, string kinds)
    {
        Type = type;
        Version = version;
        Kinds = kinds;
        fields = new FieldColumns[kinds.Length];
        var slots = EnvelopeSlots;
        for (var i = 0; i < kinds.Length; i++)
        {
            fields[i] = new FieldColumns();
            slots += HasSlot(kinds[i]) ? 1 : 0;
        }

        Slots = slots;
        previous = new long[slots];
        current = new long[slots];
    }

    /// <summary>The event type.</summary>
    public EventType Type { get; }

    /// <summary>Its schema version.</summary>
    public int Version { get; }

    /// <summary>Kinds of its fields.</summary>
    public string Kinds { get; }

    /// <summary>Numbers of a record that differences may refer to.</summary>
    public int Slots { get; }

    /// <summary>True for a field that fills a slot.</summary>
    public static bool HasSlot(char kind) => kind is FieldKinds.Signed or FieldKinds.Levels;

    /// <summary>Takes a payload apart; false when its bytes do not have these fields.</summary>
    public bool TryAdd(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        current.CopyTo(previous, 0);
        current[0] = header.VenueTime;
        current[1] = header.ReceiveTime;
        var at = 0;
        var slot = EnvelopeSlots;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!TryAddField(fields[i], Kinds[i], payload, ref at, ref slot))
            {
                return false;
            }
        }

        rows.AddRange(current);
        return at == payload.Length;
    }

    /// <summary>Appends the columns, field by field.</summary>
    public void WriteTo(ByteBuffer output)
    {
        var values = rows.ToArray();
        var slot = EnvelopeSlots;
        for (var i = 0; i < fields.Length; i++)
        {
            var columns = fields[i];
            columns.Lengths.WriteTo(output);
            output.Write(columns.First.Span);
            output.Write(columns.Second.Span);
            if (HasSlot(Kinds[i]))
            {
                NumberColumn.Write(output, values, Slots, slot++);
            }

            if (Kinds[i] == FieldKinds.Levels)
            {
                VarintRun.Write(output, columns.Prices);
                VarintRun.Write(output, columns.Quantities);
            }

            columns.WriteRealsTo(output);
        }
    }

    private bool TryAddField(FieldColumns columns, char kind, ReadOnlySpan<byte> payload, ref int at, ref int slot)
    {
        try
        {
            switch (kind)
            {
                case FieldKinds.Signed:
                    current[slot++] = Varint.UnZigZag(Varint.Read(payload, ref at));
                    return true;
                case FieldKinds.Unsigned:
                    columns.Lengths.Add(Varint.Read(payload, ref at));
                    return true;
                case FieldKinds.Byte:
                    return Take(columns.First, payload, ref at, 1);
                case FieldKinds.Real:
                    return columns.AddReal(payload, ref at);
                case FieldKinds.Digest:
                    return Take(columns.First, payload, ref at, Digest.Size);
                case FieldKinds.Money:
                    return TakeMoney(columns.Lengths, payload, ref at);
                case FieldKinds.Text:
                    var length = Varint.Read(payload, ref at);
                    columns.Lengths.Add(length);
                    return length <= int.MaxValue && Take(columns.First, payload, ref at, (int)length);
                case FieldKinds.Opaque:
                    columns.Lengths.Add((ulong)(payload.Length - at));
                    return Take(columns.First, payload, ref at, payload.Length - at);
                case FieldKinds.Levels:
                    return TryAddLevels(columns, payload, ref at, ref slot);
                default:
                    return false;
            }
        }
        catch (CanonicalFormatException)
        {
            return false;
        }
    }

    private bool TryAddLevels(FieldColumns columns, ReadOnlySpan<byte> payload, ref int at, ref int slot)
    {
        var count = Varint.Read(payload, ref at);
        columns.Lengths.Add(count);
        if (count == 0)
        {
            current[slot] = previous[slot];
            slot++;
            return true;
        }

        if (payload.Length - at < 2 || payload[at] > 8 || payload[at + 1] > 8 || count > (ulong)payload.Length)
        {
            return false;
        }

        var unit = Scale.PowerOfTen(payload[at]);
        Take(columns.First, payload, ref at, 1);
        Take(columns.Second, payload, ref at, 1);
        var price = Varint.UnZigZag(Varint.Read(payload, ref at));
        var absolute = Math.BigMul(price, unit, out var low);
        if (absolute != low >> 63)
        {
            return false;
        }

        current[slot++] = low;
        if (!TakeVarint(columns.Quantities, payload, ref at))
        {
            return false;
        }

        for (var i = 1; i < (int)count; i++)
        {
            if (!TakeVarint(columns.Prices, payload, ref at) || !TakeVarint(columns.Quantities, payload, ref at))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Take(ByteBuffer column, ReadOnlySpan<byte> payload, ref int at, int count)
    {
        if (count > payload.Length - at)
        {
            return false;
        }

        column.Write(payload.Slice(at, count));
        at += count;
        return true;
    }

    private static bool TakeVarint(ByteBuffer column, ReadOnlySpan<byte> payload, ref int at)
    {
        var start = at;
        Varint.Read(payload, ref at);
        column.Write(payload[start..at]);
        return true;
    }

    private static bool TakeMoney(PlaneWriter column, ReadOnlySpan<byte> payload, ref int at)
    {
        var start = at;
        while (at < payload.Length && payload[at] >= 0x80)
        {
            at++;
        }

        at++;
        if (at > payload.Length || at - start > PlaneReader.MaxPlanes)
        {
            return false;
        }

        column.AddVerbatim(payload[start..at]);
        return true;
    }
}
