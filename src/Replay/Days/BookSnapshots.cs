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
/// comes out later. A snapshot is the recording's start, the instrument and the book as a checkpoint, three records.
/// </summary>
internal sealed class BookSnapshots
{
    /// <summary>Events from one snapshot to the next: folding so many takes a few hundredths of a second.</summary>
    public const int DefaultSpacing = 65_536;

    private const int HeadLength = 16;

    private readonly AnchoredSnapshots kept;
    private readonly int spacing;

    // First sequence at which the next one may be kept.
    private long due;

    private BookSnapshots(AnchoredSnapshots kept, int spacing)
    {
        this.kept = kept;
        this.spacing = spacing;
        due = spacing;
    }

    // "MMBOOK" and the version of the layout.
    private static ReadOnlySpan<byte> Magic => "MMBOOK02"u8;

    /// <summary>The snapshots of a day; null where none are kept: for a day that still grows, is archived, or in another store than the journal.</summary>
    public static BookSnapshots? Of(StoredDay day, int spacing) => day.Info.Sealed && AnchoredSnapshots.Of(day.Store, day.Name) is { } kept
        ? new BookSnapshots(kept, spacing)
        : null;

    /// <summary>The book of the last snapshot that lies before both limits, and the latest receive stamp up to it; null when there is none.</summary>
    /// <param name="lastSequence">Last event that may be in it.</param>
    /// <param name="lastTime">Latest receive stamp that any event in it may have.</param>
    public (BookFold Book, long Latest)? Before(long lastSequence, long lastTime)
    {
        foreach (var snapshot in kept.Before(lastSequence))
        {
            if (Restore(snapshot, lastTime) is { } restored)
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
    public void Keep(BookFold book, long latest, in EventHeader header)
    {
        // A few events late is as good: the next one at which the book rests is taken.
        if (header.Sequence < due || !book.IsACheckpoint)
        {
            return;
        }

        var window = header.Sequence / spacing * spacing;
        due = window + spacing;
        if (kept.HasAny(window, window + spacing))
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

        // A store that can only be read, or a full disk: the answer is the same without.
        due = kept.Keep(header.Sequence, state.Span) ? due : long.MaxValue;
    }

    private (BookFold Book, long Latest)? Restore(Snapshot snapshot, long lastTime)
    {
        if (snapshot.State.Length < HeadLength || !snapshot.State.AsSpan(0, 8).SequenceEqual(Magic))
        {
            kept.PassOver(snapshot.Sequence, "it is another program's");
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

            return (book, latest);
        }
        catch (Exception e) when (e is CanonicalFormatException or UnknownEventException or Projections.InvariantBrokenException)
        {
            // Another program's snapshot: this one starts from the first event.
            kept.PassOver(snapshot.Sequence, e.Message);
            return null;
        }
    }

    private static void Add<T>(ByteBuffer state, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        var record = new ByteBuffer();
        EventRecord.Write(record, header, payload);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, record.Length);
        state.Write(length);
        state.Write(record.Span);
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
