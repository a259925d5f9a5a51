using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Marten.Events;

/// <summary>From an event type to its class in Marten.</summary>
internal static class MartenEventTypes
{
    private static readonly Dictionary<EventType, Entry> ByType = Collect();

    /// <summary>Every event's name in the store and its class.</summary>
    public static IEnumerable<(string Name, Type Class)> All => ByType.Select(entry => (CodeNames<EventType>.Name((int)entry.Key), entry.Value.Class));

    /// <summary>The class of a type.</summary>
    public static Type ClassOf(EventType type) => ByType[type].Class;

    /// <summary>A record as an event of its class.</summary>
    /// <exception cref="UnknownEventException">This program does not know the type.</exception>
    public static MartenEvent Make(ReadOnlySpan<byte> record)
    {
        var header = EventRecord.Read(record, out _);
        if (!ByType.TryGetValue(header.Type, out var entry))
        {
            throw new UnknownEventException(header, "this program does not know the type");
        }

        var made = entry.Make();
        made.Load(record);
        return made;
    }

    private static Dictionary<EventType, Entry> Collect()
    {
        var classes = typeof(MartenEvent).Assembly.GetTypes()
            .Where(type => !type.IsGenericType && type.BaseType is { IsGenericType: true } parent && parent.GetGenericTypeDefinition() == typeof(MartenEvent<>))
            .ToDictionary(type => type.BaseType!.GetGenericArguments()[0]);
        var collector = new Collector(classes, []);
        EventCatalog.ForEach(ref collector);
        return collector.Entries;
    }

    private sealed record Entry(Type Class, Func<MartenEvent> Make);

    private readonly struct Collector(Dictionary<Type, Type> classes, Dictionary<EventType, Entry> entries) : IEventTypeHandler
    {
        public Dictionary<EventType, Entry> Entries => entries;

        public void On<T>()
            where T : struct, IPayload<T>
        {
            var found = classes.GetValueOrDefault(typeof(T)) ?? typeof(OtherEvent<T>);
            entries.Add(T.Type, new Entry(found, () => (MartenEvent)Activator.CreateInstance(found)!));
        }
    }
}
