using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>One table of an archive while it is read: its events in order.</summary>
internal abstract class TableReader : IDisposable
{
    private readonly LongCursor sequence;
    private readonly LongCursor receiveTime;
    private readonly LongCursor venueTime;
    private readonly LongCursor? causeStream;
    private readonly LongCursor? causeSequence;
    private readonly List<IDisposable> cursors = [];
    private long last;

    protected TableReader(ParquetReader file, string path, bool withCause)
    {
        File = file;
        Path = path;
        try
        {
            sequence = Integers(Columns.Sequence);
            receiveTime = Own(LongCursor.Stamps(file, Find(Columns.ReceiveTime)));
            venueTime = Own(LongCursor.Stamps(file, Find(Columns.VenueTime)));
            if (withCause)
            {
                causeStream = Integers(Columns.CauseStream);
                causeSequence = Integers(Columns.CauseSequence);
            }

            MoveOn();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sequence of the next event; the largest number there is when there is none.</summary>
    public long Next { get; private set; }

    /// <summary>The file.</summary>
    public string Path { get; }

    protected ParquetReader File { get; }

    /// <summary>The next event.</summary>
    /// <param name="header">Its envelope.</param>
    /// <param name="payload">Receives the canonical payload.</param>
    public void Read(out EventHeader header, ByteBuffer payload)
    {
        var rows = sequence.TakeRun();
        var received = receiveTime.Peek();
        receiveTime.Skip(rows);
        var venue = venueTime.Peek();
        venueTime.Skip(rows);
        var cause = Cause.None;
        if (causeStream is not null)
        {
            cause = new Cause((int)causeStream.Peek(), causeSequence!.Peek());
            causeStream.Skip(rows);
            causeSequence.Skip(rows);
        }

        payload.Clear();
        try
        {
            var (type, version) = ReadPayload(rows, Next, payload);
            header = new EventHeader(Next, type, version, venue, received, cause);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or Json.EventJsonException)
        {
            throw new InvalidDataException($"{Path}, event {Next}: {e.Message}", e);
        }

        MoveOn();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cursors.ForEach(c => c.Dispose());
        File.Dispose();
    }

    /// <summary>Reads the payload of an event that has so many rows.</summary>
    protected abstract (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload);

    protected LongCursor Integers(string name) => Own(LongCursor.Integers(File, Find(name)));

    protected TCursor Own<TCursor>(TCursor cursor)
        where TCursor : IDisposable
    {
        cursors.Add(cursor);
        return cursor;
    }

    protected ParquetColumn Find(string name) => File.Schema.TryFind(name, out var column)
        ? column
        : throw new InvalidDataException($"{Path}: column '{name}' is missing; it has {string.Join(", ", File.Schema.Columns.Select(c => c.Path))}. docs/data.md lists the columns of every table.");

    private void MoveOn()
    {
        Next = sequence.HasMore() ? sequence.Peek() : long.MaxValue;
        if (Next <= last)
        {
            throw new InvalidDataException($"{Path}: event {Next} stands behind event {last}; the rows must be sorted by {Columns.Sequence}, all rows of an event together.");
        }

        last = Next == long.MaxValue ? last : Next;
    }
}
