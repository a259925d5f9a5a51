using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Events of some streams in their order, for payloads without levels.</summary>
internal sealed class EventLog : IEventHandler
{
    private readonly List<(EventHeader Header, object Payload)> all = [];

    public IEnumerable<EventType> Types => all.Select(e => e.Header.Type);

    public IEnumerable<T> Of<T>()
        where T : struct, IPayload<T> => all.Select(e => e.Payload).OfType<T>();

    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T> => all.Add((header, payload));
}
