using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>
/// Turns the records of a block into columns.
/// Packed bytes: number of plans (varint); per plan its type, version and number of fields (varints) and the kinds of its
/// fields (one letter each, <see cref="FieldKinds"/>); per record its plan (one byte) and its flags (one byte: 1 has a venue
/// stamp, 2 has a cause), each as a column; receive stamps, as differences from the record before; venue stamps of the
/// records that have one, as differences from the last one; causes' streams, then causes' sequences as differences from the last one
/// (<see cref="NumberColumn"/>, reference 0); then per plan and field the columns of <see cref="ColumnPlan.WriteTo"/>.
/// </summary>
internal static class BlockPacker
{
    public const byte HasVenueTime = 1;
    public const byte HasCause = 2;

    /// <summary>Packs records that lie end to end; false when they do not have the fields their types say, or are not written canonically.</summary>
    public static bool TryPack(ReadOnlySpan<byte> body, ReadOnlySpan<int> lengths, ByteBuffer output)
    {
        var plans = new List<ColumnPlan>();
        var planOf = new ByteBuffer();
        var flagsOf = new ByteBuffer();
        var receive = new List<long>();
        var venue = new List<long>();
        var causeStream = new List<long>();
        var causeSequence = new List<long>();
        var lastReceive = 0L;
        var lastVenue = 0L;
        var lastCause = 0L;
        foreach (var length in lengths)
        {
            var record = body[..length];
            body = body[length..];
            EventHeader header;
            int start;
            try
            {
                header = EventRecord.Read(record, out start);
            }
            catch (CanonicalFormatException)
            {
                return false;
            }

            var plan = plans.FindIndex(p => p.Type == header.Type && p.Version == header.Version);
            if (plan < 0)
            {
                plan = plans.Count;
                plans.Add(new ColumnPlan(header.Type, header.Version, FieldKinds.Of(header.Type, header.Version)));
            }

            if (plan > byte.MaxValue || !plans[plan].TryAdd(header, record[start..]))
            {
                return false;
            }

            var flags = (byte)((header.VenueTime != 0 ? HasVenueTime : 0) | (header.Cause != Cause.None ? HasCause : 0));
            planOf.Write([(byte)plan]);
            flagsOf.Write([flags]);
            receive.Add(unchecked(header.ReceiveTime - lastReceive));
            lastReceive = header.ReceiveTime;
            if ((flags & HasVenueTime) != 0)
            {
                venue.Add(unchecked(header.VenueTime - lastVenue));
                lastVenue = header.VenueTime;
            }

            if ((flags & HasCause) != 0)
            {
                causeStream.Add(header.Cause.Stream);
                causeSequence.Add(unchecked(header.Cause.Sequence - lastCause));
                lastCause = header.Cause.Sequence;
            }
        }

        WritePlans(plans, output);
        output.Write(planOf.Span);
        output.Write(flagsOf.Span);
        NumberColumn.WriteDifferences(output, NumberColumn.NoReference, receive.ToArray());
        NumberColumn.WriteDifferences(output, NumberColumn.NoReference, venue.ToArray());
        NumberColumn.WriteDifferences(output, NumberColumn.NoReference, causeStream.ToArray());
        NumberColumn.WriteDifferences(output, NumberColumn.NoReference, causeSequence.ToArray());
        plans.ForEach(p => p.WriteTo(output));
        return true;
    }

    private static void WritePlans(List<ColumnPlan> plans, ByteBuffer output)
    {
        var writer = new CanonicalWriter(output);
        writer.Unsigned((ulong)plans.Count);
        foreach (var plan in plans)
        {
            writer.Unsigned((ulong)(int)plan.Type);
            writer.Unsigned((ulong)plan.Version);
            var kinds = plan.Kinds;
            writer.Text("kinds", ref kinds);
        }
    }
}
