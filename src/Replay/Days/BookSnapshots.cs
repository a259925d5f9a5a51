using System.Buffers.Binary;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Days;

/// <summary>
/// Books of a sealed day kept beside it, so that a later look at a moment need not fold the day from its start. They are made
/// from the events and hold nothing of their own: without them, or where one is damaged or of other events, the same book
/// comes out later. A snapshot is the recording's start, the instrument and the book as a checkpoint, three records, and the
/// record of the last event folded, which must still stand at its place in the stream.
/// </summary>
internal sealed class BookSnapshots
{
    /// <summary>Events from one snapshot to the next: folding so many takes a few hundredths of a second.</summary>
    public const int DefaultSpacing = 65_536;

    private const int HeadLength = 16;

    private readonly SnapshotFolder folder;
    private readonly Func<long, IEventSource> open;
    private readonly int spacing;

    // First sequence at which the next one may be kept.
    private long due;

    private BookSnapshots(SnapshotFolder folder, Func<long, IEventSource> open, int spacing)
    {
        this.folder = folder;
        this.open = open;
        this.spacing = spacing;
        due = spacing;
    }

    // "MMBOOK" and the version of the layout.
    private static ReadOnlySpan<byte> Magic => "MMBOOK01"u8;

    /// <summary>The snapshots of a day; null where none are kept: for a day that still grows, or in another store than the journal.</summary>
    public static BookSnapshots? Of(StoredDay day, int spacing) => day.Store is JournalStore journal && day.Info.Sealed
        ? new BookSnapshots(journal.Snapshots(day.Name), from => journal.OpenSource(day.Name, from), spacing)
        : null;

    /// <summary>The book of the last snapshot that lies before both limits, and the latest receive stamp up to it; null when there is none.</summary>
    /// <param name="lastSequence">Last event that may be in it.</param>
    /// <param name="lastTime">Latest receive stamp that any event in it may have.</param>
    public (BookFold Book, long Latest)? Before(long lastSequence, long lastTime)
    {
        foreach (var sequence in folder.Sequences().Reverse())
        {
            if (sequence <= lastSequence && folder.Read(sequence) is { } snapshot && Restore(snapshot, lastTime) is { } restored)
            {
                return restored;
            }
        }

        return null;
    }

    /// <summary>Keeps the book when one is due here and a checkpoint carries all of it.</summary>
    /// <param name="book">The book after an event.</param>
    /// <param name="latest">The latest receive stamp up to it.</param>
    /// <param name="header">The event's header.</param>
    /// <param name="payload">The event's payload.</param>
    public void Keep(BookFold book, long latest, in EventHeader header, ReadOnlySpan<byte> payload)
    {
        // A few events late is as good: the next one at which the book rests is taken.
        if (header.Sequence < due || !book.IsACheckpoint)
        {
            return;
        }

        var window = header.Sequence / spacing * spacing;
        due = window + spacing;
        if (folder.Sequences().Any(s => s >= window && s < window + spacing))
        {
            return;
        }

        var state = new ByteBuffer(64 * 1024);
        var head = new byte[HeadLength];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), latest);
        state.Write(head);
        Add(state, new EventHeader(header.Sequence, EventType.RecordingStarted, RecordingStarted.Version, 0, header.ReceiveTime, Cause.None), book.Recording);
        Add(state, new EventHeader(header.Sequence, EventType.InstrumentDefined, InstrumentDefined.Version, 0, header.ReceiveTime, Cause.None), book.Instrument);
        Add(state, new EventHeader(header.Sequence, EventType.BookCheckpoint, BookCheckpoint.Version, 0, header.ReceiveTime, Cause.None), book.Tracker.Checkpoint());
        var record = new ByteBuffer();
        EventRecord.Write(record, header, payload);
        AddRecord(state, record.Span);
        try
        {
            folder.Write(header.Sequence, state.Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A store that can only be read, or a full disk: the answer is the same without.
            due = long.MaxValue;
        }
    }

    private (BookFold Book, long Latest)? Restore(Snapshot snapshot, long lastTime)
    {
        if (snapshot.State.Length < HeadLength || !snapshot.State.AsSpan(0, 8).SequenceEqual(Magic))
        {
            return null;
        }

        var latest = BinaryPrimitives.ReadInt64LittleEndian(snapshot.State.AsSpan(8));
        if (latest > lastTime)
        {
            return null;
        }

        var book = new BookFold();
        try
        {
            var rest = snapshot.State.AsSpan(HeadLength);
            var upcaster = Upcasters.BuiltIn.Start();
            var arena = new LevelArena();
            for (var i = 0; i < 3; i++)
            {
                var record = Take(ref rest);
                var header = EventRecord.Read(record, out var start);
                var payload = upcaster.Upcast(ref header, record[start..]);
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref book);
            }

            using var source = open(snapshot.Sequence);
            if (!source.Read(out var at, out var said))
            {
                return null;
            }

            var stored = new ByteBuffer();
            EventRecord.Write(stored, at, said);
            return stored.Span.SequenceEqual(Take(ref rest)) ? (book, latest) : null;
        }
        catch (Exception e) when (e is CanonicalFormatException or UnknownEventException or Projections.InvariantBrokenException)
        {
            // Another program's snapshot: this one starts from the first event.
            return null;
        }
    }

    private static void Add<T>(ByteBuffer state, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        var record = new ByteBuffer();
        EventRecord.Write(record, header, payload);
        AddRecord(state, record.Span);
    }

    private static void AddRecord(ByteBuffer state, ReadOnlySpan<byte> record)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, record.Length);
        state.Write(length);
        state.Write(record);
    }

    private static ReadOnlySpan<byte> Take(ref Span<byte> rest)
    {
        if (rest.Length < 4 || BinaryPrimitives.ReadInt32LittleEndian(rest) is var length && (length < 0 || length > rest.Length - 4))
        {
            throw new CanonicalFormatException("the snapshot is cut");
        }

        var record = rest.Slice(4, BinaryPrimitives.ReadInt32LittleEndian(rest));
        rest = rest[(4 + record.Length)..];
        return record;
    }
}
