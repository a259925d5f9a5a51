using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>One table of an archive while it is read: its events in order.</summary>
internal abstract class TableReader : IDisposable
{
    private readonly RunCursor sequence;
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
            sequence = Runs(Columns.Sequence);
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
        var envelope = ReadEnvelope();
        payload.Clear();
        try
        {
            var (type, version) = ReadPayload(envelope.Rows, Next, payload);
            header = new EventHeader(Next, type, version, envelope.Venue, envelope.Received, envelope.Cause);
        }
        catch (Exception e) when (IsOfARow(e))
        {
            throw new InvalidDataException($"{Path}, event {Next}: {e.Message}", e);
        }

        MoveOn();
    }

    /// <summary>The next event into a block: where its type is stored as columns and kept as values, without bytes in between.</summary>
    /// <param name="block">Receives it.</param>
    /// <returns>False when this table can only give bytes; then nothing was read.</returns>
    public bool TryRead(EventBlock block)
    {
        if (!GivesValues)
        {
            return false;
        }

        var envelope = ReadEnvelope();
        try
        {
            ReadValue(envelope, block);
        }
        catch (Exception e) when (IsOfARow(e))
        {
            throw new InvalidDataException($"{Path}, event {Next}: {e.Message}", e);
        }

        MoveOn();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cursors.ForEach(c => c.Dispose());
        File.Dispose();
    }

    /// <summary>Reads the payload of an event that has so many rows.</summary>
    protected abstract (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload);

    /// <summary>True when events can be read as values.</summary>
    protected virtual bool GivesValues => false;

    /// <summary>Reads the payload of an event into a block as the value it is.</summary>
    protected virtual void ReadValue(in Envelope envelope, EventBlock block) => throw new InvalidOperationException("This table gives bytes.");

    protected LongCursor Integers(string name) => Own(LongCursor.Integers(File, Find(name)));

    protected RunCursor Runs(string name) => Own(new RunCursor(File, Find(name)));

    protected TCursor Own<TCursor>(TCursor cursor)
        where TCursor : IDisposable
    {
        cursors.Add(cursor);
        return cursor;
    }

    protected ParquetColumn Find(string name) => File.Schema.TryFind(name, out var column)
        ? column
        : throw new InvalidDataException($"{Path}: column '{name}' is missing; it has {string.Join(", ", File.Schema.Columns.Select(c => c.Path))}. docs/data.md lists the columns of every table.");

    private static bool IsOfARow(Exception e) => e is FormatException or OverflowException or ArgumentException or Json.EventJsonException;

    private Envelope ReadEnvelope()
    {
        var rows = sequence.TakeRun();
        var received = receiveTime.First(rows);
        var venue = venueTime.First(rows);
        var cause = causeStream is null ? Cause.None : new Cause((int)causeStream.First(rows), causeSequence!.First(rows));
        return new Envelope(rows, received, venue, cause);
    }

    private void MoveOn()
    {
        Next = sequence.HasMore() ? sequence.Peek() : long.MaxValue;
        if (Next <= last)
        {
            throw new InvalidDataException($"{Path}: event {Next} stands behind event {last}; the rows must be sorted by {Columns.Sequence}, all rows of an event together.");
        }

        last = Next == long.MaxValue ? last : Next;
    }

    /// <summary>What every table holds of an event.</summary>
    /// <param name="Rows">Its rows.</param>
    /// <param name="Received">Receive stamp.</param>
    /// <param name="Venue">Venue's stamp; 0 for none.</param>
    /// <param name="Cause">Cause.</param>
    protected readonly record struct Envelope(int Rows, long Received, long Venue, Cause Cause);
}
