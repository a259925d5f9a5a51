using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Stores.Marten.Events;

/// <summary>
/// An event as Marten keeps it. Its document is the JSON of docs/events.md (<see cref="Json.EventJson"/>) and nothing else, so
/// that the canonical record, and with it every content hash, comes back from the document alone.
/// </summary>
public abstract class MartenEvent
{
    private byte[] record = [];

    /// <summary>The canonical record.</summary>
    public ReadOnlyMemory<byte> Record => record;

    /// <summary>The envelope; the version is the one first written.</summary>
    public EventHeader Header { get; private set; }

    internal int PayloadStart { get; private set; }

    internal void Load(ReadOnlySpan<byte> source)
    {
        record = source.ToArray();
        Header = EventRecord.Read(record, out var start);
        PayloadStart = start;
    }
}

/// <summary>An event of one type.</summary>
/// <typeparam name="T">What it says, in the current version.</typeparam>
public abstract class MartenEvent<T> : MartenEvent
    where T : struct, IPayload<T>
{
    /// <summary>What the event says, upcast to the version that this program folds.</summary>
    /// <exception cref="UnknownEventException">There is no way from the stored version to the current one.</exception>
    public T Payload
    {
        get
        {
            var header = Header;
            var payload = Record.Span[PayloadStart..];
            return Schemas.PayloadBytes.Read<T>(header.Version == T.Version ? payload : Upcasters.BuiltIn.Start().Upcast(ref header, payload), new LevelArena());
        }
    }
}
