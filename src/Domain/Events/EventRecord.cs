using System.Buffers.Binary;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>
/// An event's canonical record: the bytes that are framed by stores, and hashed (docs/events.md).
/// Layout: type (varint), version (varint), sequence (varint), receive time (8 bytes little-endian), venue time minus
/// receive time (zigzag varint; 2^64 − 1 when the venue gave none), cause (varint 0 for none, otherwise cause stream + 1
/// and cause sequence, two varints), then the payload to the end of the record.
/// </summary>
public static class EventRecord
{
    // Zigzag of the 64-bit minimum: a difference that no two stamps of one event have.
    private const ulong NoVenueTime = ulong.MaxValue;

    /// <summary>Appends a record whose payload is already canonical.</summary>
    public static void Write(ByteBuffer buffer, in EventHeader header, ReadOnlySpan<byte> payload)
    {
        WriteHeader(buffer, header);
        buffer.Write(payload);
    }

    /// <summary>Appends a record.</summary>
    public static void Write<T>(ByteBuffer buffer, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        WriteHeader(buffer, header);
        WritePayload(buffer, payload);
    }

    /// <summary>Appends a payload's canonical bytes.</summary>
    public static void WritePayload<T>(ByteBuffer buffer, in T payload)
        where T : struct, IPayload<T>
    {
        var writer = new CanonicalWriter(buffer);
        var copy = payload;
        T.Describe(ref writer, ref copy);
    }

    /// <summary>Reads a record's header and finds its payload.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    public static EventHeader Read(ReadOnlySpan<byte> record, out int payloadStart)
    {
        var at = 0;
        var type = Varint.Read(record, ref at);
        var version = Varint.Read(record, ref at);
        var sequence = Varint.Read(record, ref at);
        if (record.Length - at < 8 || type > int.MaxValue || version > int.MaxValue || sequence > long.MaxValue)
        {
            throw new CanonicalFormatException("the record's head is damaged");
        }

        var receiveTime = BinaryPrimitives.ReadInt64LittleEndian(record[at..]);
        at += 8;
        var difference = Varint.Read(record, ref at);
        var venueTime = difference == NoVenueTime ? 0 : unchecked(receiveTime + Varint.UnZigZag(difference));
        var causeStream = Varint.Read(record, ref at);
        var cause = Cause.None;
        if (causeStream != 0)
        {
            var causeSequence = Varint.Read(record, ref at);
            if (causeStream > int.MaxValue || causeSequence > long.MaxValue)
            {
                throw new CanonicalFormatException("the record's cause is damaged");
            }

            cause = new Cause((int)causeStream - 1, (long)causeSequence);
        }

        payloadStart = at;
        return new EventHeader((long)sequence, (EventType)(int)type, (int)version, venueTime, receiveTime, cause);
    }

    private static void WriteHeader(ByteBuffer buffer, in EventHeader header)
    {
        var room = buffer.Room(64);
        var at = Varint.Write(room, (ulong)(int)header.Type);
        at += Varint.Write(room[at..], (ulong)header.Version);
        at += Varint.Write(room[at..], (ulong)header.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(room[at..], header.ReceiveTime);
        at += 8;
        at += Varint.Write(room[at..], header.VenueTime == 0 ? NoVenueTime : Varint.ZigZag(unchecked(header.VenueTime - header.ReceiveTime)));
        if (header.Cause == Cause.None)
        {
            room[at++] = 0;
        }
        else
        {
            at += Varint.Write(room[at..], (ulong)(header.Cause.Stream + 1));
            at += Varint.Write(room[at..], (ulong)header.Cause.Sequence);
        }

        buffer.Advance(at);
    }
}
