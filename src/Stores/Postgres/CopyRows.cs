using System.Buffers.Binary;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>
/// Rows of the events table in PostgreSQL's binary COPY format. They are encoded here as one run of bytes, without
/// an array a record.
/// </summary>
internal sealed class CopyRows
{
    private const int RowOverhead = 2 + 4 + 8 + 4 + 8 + 4 + 2 + 4;

    private static readonly byte[] Signature = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private byte[] bytes = new byte[64 * 1024];

    /// <summary>The rows of a batch; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Encode(long streamId, EventBatch batch)
    {
        var needed = Signature.Length + batch.Bytes.Length + (batch.Count * RowOverhead) + 2;
        if (bytes.Length < needed)
        {
            bytes = new byte[Math.Max(needed, bytes.Length * 2)];
        }

        Signature.CopyTo(bytes, 0);
        var at = Signature.Length;
        var sequence = batch.FirstSequence;
        foreach (var record in batch)
        {
            var row = bytes.AsSpan(at);
            BinaryPrimitives.WriteInt16BigEndian(row, 4);
            BinaryPrimitives.WriteInt32BigEndian(row[2..], 8);
            BinaryPrimitives.WriteInt64BigEndian(row[6..], streamId);
            BinaryPrimitives.WriteInt32BigEndian(row[14..], 8);
            BinaryPrimitives.WriteInt64BigEndian(row[18..], sequence++);
            BinaryPrimitives.WriteInt32BigEndian(row[26..], 2);
            BinaryPrimitives.WriteInt16BigEndian(row[30..], (short)EventRecord.Read(record, out _).Type);
            BinaryPrimitives.WriteInt32BigEndian(row[32..], record.Length);
            record.CopyTo(row[RowOverhead..]);
            at += RowOverhead + record.Length;
        }

        BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(at), -1);
        return bytes.AsMemory(0, at + 2);
    }
}
