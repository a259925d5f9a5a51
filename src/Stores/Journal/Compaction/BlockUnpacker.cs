using System.Buffers.Binary;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>Turns packed columns back into the records they came from. It knows kinds of fields, no event types.</summary>
internal sealed class BlockUnpacker
{
    private readonly ByteBuffer head = new(64);
    private readonly List<PlanColumns> plans = [];

    /// <summary>Writes the table (<see cref="BatchFrame.EntryLength"/> bytes a record, the length first) and the records.</summary>
    /// <param name="data">Packed bytes, and behind them whatever the array holds.</param>
    /// <param name="end">Number of packed bytes.</param>
    /// <param name="firstSequence">Sequence of the first record.</param>
    /// <param name="table">Room for the table.</param>
    /// <param name="body">Room for the records, exactly.</param>
    /// <exception cref="InvalidDataException">These are no packed records. Other exceptions of reading beyond an array mean the same.</exception>
    public void Unpack(byte[] data, int end, long firstSequence, Span<byte> table, Span<byte> body)
    {
        var count = table.Length / BatchFrame.EntryLength;
        var at = 0;
        ReadPlans(data, end, ref at);
        var planOf = data.AsSpan(at, count);
        at += count;
        var flagsOf = data.AsSpan(at, count);
        at += count;
        var withVenue = 0;
        var withCause = 0;
        plans.ForEach(p => p.Count = 0);
        for (var i = 0; i < count; i++)
        {
            plans[planOf[i]].Count++;
            withVenue += flagsOf[i] & BlockPacker.HasVenueTime;
            withCause += (flagsOf[i] & BlockPacker.HasCause) >> 1;
        }

        var receive = new NumberReader(data, end, count, ref at);
        var venue = new NumberReader(data, end, withVenue, ref at);
        var causeStream = new NumberReader(data, end, withCause, ref at);
        var causeSequence = new NumberReader(data, end, withCause, ref at);
        foreach (var plan in plans)
        {
            plan.Find(data, end, ref at);
        }

        if (at != end)
        {
            throw new InvalidDataException("bytes are left behind the last column");
        }

        var lastReceive = 0L;
        var lastVenue = 0L;
        var lastCause = 0L;
        var written = 0;
        for (var i = 0; i < count; i++)
        {
            var plan = plans[planOf[i]];
            lastReceive = unchecked(lastReceive + receive.Next());
            var venueTime = 0L;
            if ((flagsOf[i] & BlockPacker.HasVenueTime) != 0)
            {
                lastVenue = unchecked(lastVenue + venue.Next());
                venueTime = lastVenue;
            }

            var cause = Cause.None;
            if ((flagsOf[i] & BlockPacker.HasCause) != 0)
            {
                lastCause = unchecked(lastCause + causeSequence.Next());
                cause = new Cause((int)causeStream.Next(), lastCause);
            }

            head.Clear();
            EventRecord.Write(head, new EventHeader(firstSequence + i, plan.Type, plan.Version, venueTime, lastReceive, cause), []);
            var record = body[written..];
            head.Span.CopyTo(record);
            var length = head.Length + plan.WriteNext(record[head.Length..], venueTime, lastReceive);
            BinaryPrimitives.WriteInt32LittleEndian(table[(i * BatchFrame.EntryLength)..], length);
            written += length;
        }

        if (written != body.Length)
        {
            throw new InvalidDataException($"the columns hold {written} bytes of records, the head says {body.Length}");
        }
    }

    private void ReadPlans(byte[] data, int end, ref int at)
    {
        var span = data.AsSpan(0, end);
        var count = (int)Varint.Read(span, ref at);
        var known = plans.Count;
        for (var i = 0; i < count; i++)
        {
            var type = (EventType)(int)Varint.Read(span, ref at);
            var version = (int)Varint.Read(span, ref at);
            var length = (int)Varint.Read(span, ref at);
            var kinds = Encoding.ASCII.GetString(span.Slice(at, length));
            at += length;

            // Blocks of one stream mostly have the same plans: their readers are used again.
            if (i < known && plans[i].Type == type && plans[i].Version == version && plans[i].Kinds == kinds)
            {
                continue;
            }

            var plan = new PlanColumns(type, version, kinds);
            if (i < plans.Count)
            {
                plans[i] = plan;
            }
            else
            {
                plans.Add(plan);
            }
        }

        plans.RemoveRange(count, plans.Count - count);
    }
}
