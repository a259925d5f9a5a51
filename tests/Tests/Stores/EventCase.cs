using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Tests.Stores;

/// <summary>One event type, able to make records whose values somebody else chooses.</summary>
public abstract class EventCase
{
    /// <summary>Every event type of the catalogue, in the order of their numbers.</summary>
    public static IReadOnlyList<EventCase> All { get; } = Collect();

    /// <summary>Every older version that this program still reads, as <see cref="Upcasters.BuiltIn"/> knows them.</summary>
    public static IReadOnlyList<EventCase> Old { get; } =
        [.. Upcasters.BuiltIn.Formats.Where(f => f.Version < Upcasters.BuiltIn.CurrentVersion(f.Type)).Select(OfPayload)];

    public required PayloadFormat Format { get; init; }

    /// <summary>A record of this type: the header's own type and version do not count.</summary>
    public abstract byte[] Record(EventHeader header, PayloadFiller filler);

    public override string ToString() => Format.ToString();

    private static EventCase OfPayload(PayloadFormat format) =>
        (EventCase)typeof(EventCase).GetMethod(nameof(Make), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(format.PayloadType).Invoke(null, null)!;

    private static Typed<T> Make<T>()
        where T : struct, IPayload<T> => new() { Format = PayloadFormat.Of<T>() };

    private static List<EventCase> Collect()
    {
        var collector = new Collector([]);
        EventCatalog.ForEach(ref collector);
        return collector.Cases;
    }

    private readonly struct Collector(List<EventCase> cases) : IEventTypeHandler
    {
        public List<EventCase> Cases => cases;

        public void On<T>()
            where T : struct, IPayload<T> => cases.Add(Make<T>());
    }

    private sealed class Typed<T> : EventCase
        where T : struct, IPayload<T>
    {
        public override byte[] Record(EventHeader header, PayloadFiller filler)
        {
            var payload = default(T);
            var visitor = new FillingVisitor(filler);
            T.Describe(ref visitor, ref payload);
            var buffer = new ByteBuffer();
            EventRecord.Write(buffer, header with { Type = T.Type, Version = T.Version }, payload);
            return buffer.Span.ToArray();
        }
    }
}
