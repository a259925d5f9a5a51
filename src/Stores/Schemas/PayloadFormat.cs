using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>One version of one type of payload: its fields, and the way between its canonical bytes and JSON.</summary>
public abstract class PayloadFormat
{
    // Collected when somebody asks: whoever only reads events of the type, as every run does, does not.
    private IReadOnlyList<FieldDescription>? fields;

    private protected PayloadFormat(EventType type, int version, Type payloadType)
    {
        Type = type;
        Version = version;
        PayloadType = payloadType;
        Name = CodeNames<EventType>.Name((int)type);
    }

    /// <summary>Which event it is.</summary>
    public EventType Type { get; }

    /// <summary>camelCase name of the type.</summary>
    public string Name { get; }

    /// <summary>Schema version.</summary>
    public int Version { get; }

    /// <summary>The struct that holds a value, for its documentation.</summary>
    public Type PayloadType { get; }

    /// <summary>The fields in their written order.</summary>
    public IReadOnlyList<FieldDescription> Fields => fields ??= Collect();

    /// <summary>The format of a payload.</summary>
    public static PayloadFormat Of<T>()
        where T : struct, IPayload<T> => new Typed<T>();

    /// <summary>The formats that this program writes, in the order of the types' numbers.</summary>
    public static IReadOnlyList<PayloadFormat> Current()
    {
        var collector = new Collector([]);
        EventCatalog.ForEach(ref collector);
        return collector.Formats;
    }

    /// <summary>Writes canonical bytes of this format as one JSON object.</summary>
    /// <param name="json">Where the object goes.</param>
    /// <param name="payload">The canonical bytes.</param>
    /// <param name="arena">Room for levels; it is cleared.</param>
    /// <exception cref="CanonicalFormatException">The bytes are not this format.</exception>
    public abstract void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> payload, LevelArena arena);

    /// <summary>Appends the canonical bytes of a JSON object of this format.</summary>
    /// <param name="payload">The object.</param>
    /// <param name="arena">Room for levels; it is cleared.</param>
    /// <param name="canonical">Where the bytes go; unchanged when it fails.</param>
    /// <exception cref="EventJsonException">The object is not this format; names the field.</exception>
    public abstract void ReadJson(JsonElement payload, LevelArena arena, ByteBuffer canonical);

    private protected abstract List<FieldDescription> Collect();

    /// <inheritdoc/>
    public override string ToString() => $"{Name} version {Version}";

    private readonly struct Collector(List<PayloadFormat> formats) : IEventTypeHandler
    {
        public List<PayloadFormat> Formats => formats;

        public void On<T>()
            where T : struct, IPayload<T> => formats.Add(Of<T>());
    }

    private sealed class Typed<T>() : PayloadFormat(T.Type, T.Version, typeof(T))
        where T : struct, IPayload<T>
    {
        public override void WriteJson(Utf8JsonWriter json, ReadOnlySpan<byte> payload, LevelArena arena)
        {
            arena.Clear();
            var value = PayloadBytes.Read<T>(payload, arena);
            EventJsonWriter.WritePayload(json, value);
        }

        public override void ReadJson(JsonElement payload, LevelArena arena, ByteBuffer canonical)
        {
            arena.Clear();
            var value = EventJsonReader.ReadPayload<T>(payload, arena);
            var start = canonical.Length;
            try
            {
                EventRecord.WritePayload(canonical, value);
            }
            catch (OverflowException)
            {
                canonical.Truncate(start);
                throw new EventJsonException($"{this}: two neighbouring prices of a level list are farther apart than 64 bits hold.");
            }
        }

        private protected override List<FieldDescription> Collect()
        {
            var collected = new List<FieldDescription>();
            var collector = new FieldCollector(collected);
            var nothing = default(T);
            T.Describe(ref collector, ref nothing);
            return collected;
        }
    }
}
