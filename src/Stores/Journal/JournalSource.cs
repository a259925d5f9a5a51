using System.Buffers.Binary;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Reads a stream from the embedded journal, in this process or another one, while it grows or after. A batch is read whole
/// or not at all. At the end <see cref="Read"/> returns false; a later call sees what was appended since.
/// It never ends early unseen: acknowledged events that are missing, damage and (unless it may) a torn tail are exceptions.
/// A stream that was sealed when it was opened is read to its end even when its journal leaves its place meanwhile, for the archive.
/// </summary>
public sealed class JournalSource : IEventSource
{
    private readonly StreamFolder folder;
    private readonly long from;
    private readonly TornTailPolicy policy;
    private readonly Queue<(SegmentFile File, SafeFileHandle Handle)> ahead = new();
    private SegmentReader? segment;
    private byte[]? published;
    private byte[] buffer = [];
    private int tableAt;
    private int bodyAt;
    private int remaining;
    private long next;

    private JournalSource(StreamFolder folder, long from, TornTailPolicy policy)
    {
        this.folder = folder;
        this.from = from;
        this.policy = policy;
        next = 1;
    }

    /// <summary>The stream.</summary>
    public StreamName Stream => folder.Stream;

    /// <summary>Sequence of the event that is read next.</summary>
    public long NextSequence => Math.Max(next, from);

    /// <summary>The torn tail that reading stopped at, with <see cref="TornTailPolicy.Accept"/>; null when there is none.</summary>
    public TornTail? Tail { get; private set; }

    /// <summary>True when the last event of a sealed stream has been read: nothing will follow.</summary>
    public bool IsSealedEnd { get; private set; }

    /// <summary>Opens a stream of the store in a directory.</summary>
    /// <param name="root">The store's directory.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="fromSequence">First sequence to read, from 1.</param>
    /// <param name="tornTail">What to do when the stream ends in a write that was interrupted.</param>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    /// <exception cref="StreamDamagedException">The first segment cannot be read.</exception>
    public static JournalSource Open(string root, StreamName stream, long fromSequence = 1, TornTailPolicy tornTail = TornTailPolicy.Refuse)
    {
        var folder = StreamFolder.In(root, stream);
        return TryOpen(folder, fromSequence, tornTail) ?? throw new StreamNotFoundException(stream, Path.GetFullPath(root));
    }

    /// <inheritdoc/>
    /// <exception cref="StreamDamagedException">Acknowledged events are damaged or missing.</exception>
    /// <exception cref="TornTailException">The stream ends in a torn tail that nobody is writing.</exception>
    public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
    {
        if (!ReadRecord(out var record))
        {
            header = default;
            payload = default;
            return false;
        }

        header = EventRecord.Read(record, out var start);
        if (header.Sequence != next - 1)
        {
            throw Damaged(next - 1, $"The record of event {header.Sequence} stands in the place of event {next - 1}.");
        }

        payload = record[start..];
        return true;
    }

    /// <summary>The next event's canonical record, as <see cref="Read"/> would take it apart; for hashing and copying.</summary>
    public bool ReadRecord(out ReadOnlySpan<byte> record)
    {
        do
        {
            if (remaining == 0 && !NextFrame())
            {
                record = default;
                return false;
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(tableAt));
            record = buffer.AsSpan(bodyAt, length);
            tableAt += BatchFrame.EntryLength;
            bodyAt += length;
            remaining--;
            next++;
        }
        while (next <= from);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        segment?.Dispose();
        while (ahead.TryDequeue(out var next))
        {
            next.Handle.Dispose();
        }
    }

    internal static JournalSource? TryOpen(StreamFolder folder, long fromSequence, TornTailPolicy tornTail)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        if (!Directory.Exists(folder.Path))
        {
            return null;
        }

        // A stream exists from its commit mark or its manifest on; segments without either are damage, found while reading.
        if (!File.Exists(folder.Mark) && !File.Exists(folder.Manifest) && folder.Segments().Count == 0)
        {
            return null;
        }

        var source = new JournalSource(folder, fromSequence, tornTail);
        try
        {
            source.Approach();
            source.Hold();
            if (source.published is not null || folder.HasFiles())
            {
                return source;
            }

            // It left its place this very moment: what was opened of it is not all.
            source.Dispose();
            return null;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the frame that holds a sequence, by the sparse index and then from head to head. Anything odd on the way is left for reading to judge.</summary>
    private void Approach()
    {
        var segments = folder.Segments();
        var index = segments.FindLastIndex(s => s.FirstSequence <= from);
        if (index < 0)
        {
            return;
        }

        segment = OpenSegment(segments[index]);
        next = segments[index].FirstSequence;
        var origin = segment.Offset;
        if (SparseIndex.Find(folder, next, from) is { } hint)
        {
            // The index is a hint: it counts only when the frame it points to is there.
            segment.Seek(hint.Offset);
            var holds = segment.SkipFrame(out var first, out _) && first == hint.Sequence;
            segment.Seek(holds ? hint.Offset : origin);
            next = holds ? first : next;
        }

        while (true)
        {
            var before = segment.Offset;
            if (!segment.SkipFrame(out var first, out var count) || first != next || first + count > from)
            {
                segment.Seek(before);
                return;
            }

            next += count;
        }
    }

    /// <summary>Of a sealed stream everything that is still to be read is opened now, since its files may be moved at any time.</summary>
    private void Hold()
    {
        if (segment is null || !File.Exists(folder.Manifest))
        {
            return;
        }

        published = File.ReadAllBytes(folder.Manifest);
        foreach (var file in folder.Segments())
        {
            if (file.FirstSequence > segment.Header.FirstSequence)
            {
                ahead.Enqueue((file, SegmentReader.OpenHandle(folder, file)));
            }
        }
    }

    private bool NextFrame()
    {
        if (segment is null && !OpenFirst())
        {
            return false;
        }

        while (true)
        {
            var status = segment!.ReadFrame();
            if (status == FrameStatus.Whole)
            {
                if (segment.FirstSequence != next)
                {
                    throw Damaged(next, $"At offset {segment.FrameOffset} of {Path.GetFileName(segment.Path)} event {segment.FirstSequence} follows event {next - 1}.");
                }

                buffer = segment.Buffer;
                tableAt = segment.TableAt;
                bodyAt = segment.BodyAt;
                remaining = segment.Count;
                return true;
            }

            switch (AtStop(status))
            {
                case Stop.End: return false;
                case Stop.TryAgain: continue;
            }
        }
    }

    private bool OpenFirst()
    {
        var segments = folder.Segments();
        if (segments.Count == 0)
        {
            if (File.Exists(folder.Manifest))
            {
                var manifest = ReadManifest();
                IsSealedEnd = manifest.Events == next - 1;
                return IsSealedEnd ? false : throw Damaged(next, $"The manifest counts {manifest.Events} events and there is no segment.");
            }

            if (CommitMark.Read(folder.Mark) is { Version: > 0 } mark && folder.Segments().Count == 0)
            {
                throw Damaged(1, $"Events up to {mark.Version} were acknowledged as durable and there is no segment.");
            }

            return false;
        }

        if (segments[0].FirstSequence != 1)
        {
            throw Damaged(1, $"The first segment is missing: the first one there begins with event {segments[0].FirstSequence}.");
        }

        segment = OpenSegment(segments[0]);
        return true;
    }

    /// <summary>Decides what it means that no whole frame is here. What a writer may do meanwhile is looked at again, once, before anything is called damage.</summary>
    private Stop AtStop(FrameStatus status)
    {
        var current = segment!;
        var version = next - 1;
        var looked = 0;
        while (true)
        {
            if (NextSegment(status) is { } following)
            {
                if (looked == 0)
                {
                    // The writer may have finished this segment after it was read and before the next one was made.
                    looked = 1;
                    if (Look(current, ref status))
                    {
                        return Stop.TryAgain;
                    }

                    continue;
                }

                if (status != FrameStatus.End)
                {
                    throw Damaged(Math.Max(current.DamagedSequence, next), $"At offset {current.Offset} of {Path.GetFileName(current.Path)} {current.Problem} Another segment follows.");
                }

                if (following.FirstSequence != next)
                {
                    throw Damaged(next, $"Events {next} to {following.FirstSequence - 1} are missing: segment {Path.GetFileName(current.Path)} ends with event {version}, the next one begins with {following.FirstSequence}.");
                }

                segment = OpenSegment(following);
                current.Dispose();
                return Stop.TryAgain;
            }

            long promised;
            CommitPoint? mark = null;
            if (published is not null || File.Exists(folder.Manifest))
            {
                promised = ReadManifest().Events;
                if (status == FrameStatus.End && promised == version)
                {
                    IsSealedEnd = true;
                    return Stop.End;
                }

                if (promised <= version)
                {
                    throw Damaged(next, $"The stream is sealed with {promised} events and more bytes follow.");
                }
            }
            else
            {
                mark = CommitMark.Read(folder.Mark);
                if (mark is null)
                {
                    if (File.Exists(folder.Manifest))
                    {
                        continue;
                    }

                    if (!folder.HasFiles())
                    {
                        throw new DirectoryNotFoundException($"The journal of {Stream} left its place while it was read, sealed meanwhile and archived: read it again.");
                    }

                    throw Damaged(next, "Its commit mark is missing or damaged, so that nobody can tell whether this is the end. 'mm store verify --repair' writes a new one.");
                }

                promised = mark.Value.Version;
                if (promised <= version && (status == FrameStatus.End || WriterLock.IsHeld(folder)))
                {
                    return Stop.End;
                }
            }

            if (looked < 2)
            {
                looked = 2;
                if (Look(current, ref status))
                {
                    return Stop.TryAgain;
                }

                continue;
            }

            if (promised > version)
            {
                throw Damaged(
                    Math.Max(current.DamagedSequence, next),
                    status == FrameStatus.End
                        ? $"It ends with event {version}, events up to {promised} were acknowledged: {Path.GetFileName(current.Path)} was cut at offset {current.Offset}."
                        : $"At offset {current.Offset} of {Path.GetFileName(current.Path)} {current.Problem} Events up to {promised} were acknowledged.");
            }

            Tail = TailJudge.Judge(folder, current, version, mark!.Value);
            return policy == TornTailPolicy.Accept ? Stop.End : throw new TornTailException(Stream, Tail);
        }
    }

    /// <summary>Reads the same place again; true when a whole frame is there now (the reader stands before it again).</summary>
    private static bool Look(SegmentReader current, ref FrameStatus status)
    {
        var offset = current.Offset;
        status = current.ReadFrame();
        if (status == FrameStatus.Whole)
        {
            current.Seek(offset);
            return true;
        }

        return false;
    }

    private SegmentFile? NextSegment(FrameStatus status)
    {
        if (published is not null)
        {
            return ahead.TryPeek(out var held) ? held.File : null;
        }

        if (status == FrameStatus.End)
        {
            // The usual case without listing the folder.
            foreach (var expected in (ReadOnlySpan<string>)[folder.Compacted(next), folder.Segment(next)])
            {
                if (next != segment!.Header.FirstSequence && File.Exists(expected))
                {
                    return new SegmentFile(next, expected);
                }
            }
        }

        foreach (var file in folder.Segments())
        {
            if (file.FirstSequence > segment!.Header.FirstSequence)
            {
                return file;
            }
        }

        return null;
    }

    private SegmentReader OpenSegment(SegmentFile file) =>
        SegmentReader.Open(folder.Stream, file, ahead.TryDequeue(out var held) ? held.Handle : SegmentReader.OpenHandle(folder, file));

    private StreamManifest ReadManifest()
    {
        try
        {
            return StreamManifest.Parse(published ?? File.ReadAllBytes(folder.Manifest), folder.Manifest);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(next, e.Message);
        }
    }

    private StreamDamagedException Damaged(long sequence, string what) => new(Stream, sequence, what);

    private enum Stop
    {
        End,
        TryAgain,
    }
}
