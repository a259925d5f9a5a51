using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using EventSourcedMM.Domain.Events;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Reads a journal stream as <see cref="JournalSource"/> does, for eyes: of the batch in which it is damaged it still hands out
/// the events before the damage, each held against its own checksum, and fails then with the same exception. Nobody may go on
/// from what it gives: the batch was acknowledged whole or not at all.
/// </summary>
public sealed class SalvageSource : IEventSource
{
    private readonly StreamFolder folder;
    private readonly JournalSource source;
    private ExceptionDispatchInfo? failure;
    private List<byte[]>? rest;
    private int taken;

    private SalvageSource(StreamFolder folder, JournalSource source)
    {
        this.folder = folder;
        this.source = source;
    }

    /// <summary>Opens a stream.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequence">First sequence to read, from 1.</param>
    /// <exception cref="StreamNotFoundException">There is no such journal.</exception>
    /// <exception cref="StreamDamagedException">Not even its first segment can be opened.</exception>
    public static SalvageSource Open(JournalStore store, StreamName stream, long fromSequence = 1) =>
        new(StreamFolder.In(store.Root, stream), store.OpenJournal(stream, fromSequence));

    /// <inheritdoc/>
    /// <exception cref="StreamDamagedException">After the last event before the damage.</exception>
    /// <exception cref="TornTailException">The stream ends in a torn tail that nobody is writing.</exception>
    public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
    {
        if (rest is null)
        {
            var next = source.NextSequence;
            try
            {
                return source.Read(out header, out payload);
            }
            catch (StreamDamagedException e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
                rest = Salvage(next);
            }
        }

        if (taken == rest.Count)
        {
            failure!.Throw();
        }

        var record = rest[taken++];
        header = EventRecord.Read(record, out var start);
        payload = record.AsSpan(start);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    // The records of the batch from a sequence on, up to the first that is not whole.
    private List<byte[]> Salvage(long sequence)
    {
        var records = new List<byte[]>();
        var segments = folder.Segments();
        var index = segments.FindLastIndex(s => s.FirstSequence <= sequence);
        if (index < 0 || !segments[index].Path.EndsWith(StreamFolder.SegmentExtension, StringComparison.Ordinal))
        {
            // A compacted block has one checksum for all of it.
            return records;
        }

        try
        {
            using var reader = SegmentReader.Open(folder.Stream, segments[index]);
            var at = reader.Offset;
            while (reader.SkipFrame(out var first, out var count) && first + count <= sequence)
            {
                at = reader.Offset;
            }

            using var handle = File.OpenHandle(segments[index].Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Collect(handle, at, sequence, records);
        }
        catch (StreamDamagedException)
        {
            // Its header does not say whose it is: the failure stands as it is.
        }

        return records;
    }

    private static void Collect(SafeFileHandle handle, long at, long sequence, List<byte[]> records)
    {
        var start = ReadUpTo(handle, at, BatchFrame.HeadLength);
        if (start.Length < BatchFrame.HeadLength || !BatchFrame.TryReadHead(start, out var head) || sequence < head.FirstSequence || sequence > head.LastSequence)
        {
            return;
        }

        var table = ReadUpTo(handle, at + BatchFrame.HeadLength, head.TableLength);
        if (table.Length < head.TableLength || !BatchFrame.TableIsWhole(head, table))
        {
            return;
        }

        var body = ReadUpTo(handle, at + BatchFrame.HeadLength + head.TableLength, head.BodyLength);
        var from = 0;
        for (var i = 0; i < head.Count; i++)
        {
            var entry = table.AsSpan(i * BatchFrame.EntryLength);
            var length = BinaryPrimitives.ReadInt32LittleEndian(entry);
            if (length > body.Length - from || Crc32C.Of(body.AsSpan(from, length)) != BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]))
            {
                return;
            }

            if (head.FirstSequence + i >= sequence)
            {
                records.Add(body[from..(from + length)]);
            }

            from += length;
        }
    }

    private static byte[] ReadUpTo(SafeFileHandle handle, long at, int count)
    {
        var bytes = new byte[count];
        var filled = 0;
        while (filled < count && RandomAccess.Read(handle, bytes.AsSpan(filled), at + filled) is > 0 and var read)
        {
            filled += read;
        }

        return bytes[..filled];
    }
}
