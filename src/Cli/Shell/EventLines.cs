using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Events as one line of JSON each (docs/events.md).</summary>
public sealed class EventLines
{
    private readonly EventJson json = new();
    private readonly ByteBuffer record = new();

    /// <summary>One event.</summary>
    public string Line(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        record.Clear();
        EventRecord.Write(record, header, payload);
        return json.ToText(record.Span);
    }
}
