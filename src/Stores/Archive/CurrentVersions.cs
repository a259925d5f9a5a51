using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Archive;

/// <summary>The versions that this program writes: only of those can it take an event's values apart without upcasting.</summary>
internal sealed class CurrentVersions
{
    private readonly Dictionary<EventType, int> versions = [];

    public CurrentVersions()
    {
        var collector = new Collector(versions);
        EventCatalog.ForEach(ref collector);
    }

    public bool IsCurrent(in EventHeader header) => versions.TryGetValue(header.Type, out var version) && version == header.Version;

    private readonly struct Collector(Dictionary<EventType, int> versions) : IEventTypeHandler
    {
        public void On<T>()
            where T : struct, IPayload<T> => versions[T.Type] = T.Version;
    }
}
