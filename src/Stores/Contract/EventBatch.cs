using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>
/// Events of one stream that are appended together or not at all: canonical records, end to end, sequences without
/// a hole. It is filled, appended, cleared and filled again; once its arrays are large enough it allocates nothing.
/// </summary>
public sealed class EventBatch
{
    private readonly ByteBuffer buffer;
    private int[] ends = new int[64];

    /// <summary>An empty batch.</summary>
    /// <param name="capacity">Bytes to have room for from the start.</param>
    public EventBatch(int capacity = 4096) => buffer = new ByteBuffer(capacity);

    /// <summary>Number of records.</summary>
    public int Count { get; private set; }

    /// <summary>Sequence of the first record; 0 when empty.</summary>
    public long FirstSequence { get; private set; }

    /// <summary>Sequence of the last record; 0 when empty.</summary>
    public long LastSequence => Count == 0 ? 0 : FirstSequence + Count - 1;

    /// <summary>Receive stamp of the first record in nanoseconds since the epoch; 0 when empty.</summary>
    public long FirstReceiveTime { get; private set; }

    /// <summary>The latest receive stamp of any record in nanoseconds since the epoch; 0 when empty.</summary>
    public long MaxReceiveTime { get; private set; }

    /// <summary>All records end to end, without lengths between them: <see cref="this"/> cuts them apart.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.Span;

    /// <summary>The canonical record at a position from 0.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            var start = index == 0 ? 0 : ends[index - 1];
            return buffer.Span[start..ends[index]];
        }
    }

    /// <summary>Adds an event.</summary>
    /// <exception cref="ArgumentException">The header's type or version is not the payload's, or its sequence does not follow.</exception>
    public void Add<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (header.Type != T.Type || header.Version != T.Version)
        {
            throw new ArgumentException($"The header of event {header.Sequence} says {header.Type} version {header.Version}, the payload is {T.Type} version {T.Version}.", nameof(header));
        }

        Check(header);
        EventRecord.Write(buffer, header, payload);
        Commit(header);
    }

    /// <summary>Adds an event whose payload is canonical already (a copy from another store).</summary>
    /// <exception cref="ArgumentException">The sequence does not follow the one before.</exception>
    public void Add(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        Check(header);
        EventRecord.Write(buffer, header, payload);
        Commit(header);
    }

    /// <summary>Adds a record as another journal stored it, byte for byte.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are not a record.</exception>
    /// <exception cref="ArgumentException">The sequence does not follow the one before.</exception>
    public void AddRecord(ReadOnlySpan<byte> record)
    {
        var header = EventRecord.Read(record, out _);
        Check(header);
        buffer.Write(record);
        Commit(header);
    }

    /// <summary>Empties the batch and keeps its arrays.</summary>
    public void Clear()
    {
        buffer.Clear();
        Count = 0;
        FirstSequence = 0;
        FirstReceiveTime = 0;
        MaxReceiveTime = 0;
    }

    /// <summary>Walks the records.</summary>
    public Enumerator GetEnumerator() => new(this);

    private void Check(in EventHeader header)
    {
        if (header.Type == EventType.None || !CodeNames<EventType>.IsDefined((int)header.Type) || header.Version < 1)
        {
            throw new ArgumentException($"Event {header.Sequence} has type {(int)header.Type} ({header.Type}) version {header.Version}: a stored event has a known type and a version from 1.", nameof(header));
        }

        if (header.Sequence < 1 || (Count > 0 && header.Sequence != LastSequence + 1))
        {
            throw new ArgumentException(
                Count > 0
                    ? $"Event {header.Sequence} cannot follow event {LastSequence}: sequences of a batch have no hole."
                    : $"Event {header.Sequence} cannot start a batch: sequences start at 1.",
                nameof(header));
        }
    }

    private void Commit(in EventHeader header)
    {
        if (Count == ends.Length)
        {
            Array.Resize(ref ends, ends.Length * 2);
        }

        if (Count == 0)
        {
            FirstSequence = header.Sequence;
            FirstReceiveTime = header.ReceiveTime;
            MaxReceiveTime = header.ReceiveTime;
        }
        else if (header.ReceiveTime > MaxReceiveTime)
        {
            MaxReceiveTime = header.ReceiveTime;
        }

        ends[Count++] = buffer.Length;
    }

    /// <summary>Walks a batch's records without allocating.</summary>
    public ref struct Enumerator
    {
        private readonly EventBatch batch;
        private int index;

        internal Enumerator(EventBatch batch)
        {
            this.batch = batch;
            index = -1;
        }

        /// <summary>The record.</summary>
        public readonly ReadOnlySpan<byte> Current => batch[index];

        /// <summary>Moves on.</summary>
        public bool MoveNext() => ++index < batch.Count;
    }
}
