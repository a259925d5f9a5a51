using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>
/// How a payload's canonical bytes fall apart into fields, one letter a field. A block carries the letters of the types in
/// it, so that it can be read without knowing the types: by a later version of this program, or by another program.
/// </summary>
internal static class FieldKinds
{
    /// <summary>A signed integer: zigzag varint.</summary>
    public const char Signed = 'v';

    /// <summary>An unsigned integer: varint.</summary>
    public const char Unsigned = 'u';

    /// <summary>One byte.</summary>
    public const char Byte = 'b';

    /// <summary>A real number: eight bytes.</summary>
    public const char Real = 'r';

    /// <summary>Text: byte length as varint, the bytes.</summary>
    public const char Text = 't';

    /// <summary>Thirty-two bytes.</summary>
    public const char Digest = 'd';

    /// <summary>An amount of money: zigzag varint of up to 128 bits.</summary>
    public const char Money = 'm';

    /// <summary>Price levels, as <see cref="CanonicalWriter.Levels"/> writes them.</summary>
    public const char Levels = 'L';

    /// <summary>All of a payload whose fields are not known: its length stands in the block.</summary>
    public const char Opaque = 'o';

    private static readonly Dictionary<(EventType Type, int Version), string> Known = Build();

    /// <summary>The kinds of a type's fields; one opaque field when this program does not know that version of it.</summary>
    public static string Of(EventType type, int version) => Known.TryGetValue((type, version), out var kinds) ? kinds : "o";

    private static Dictionary<(EventType, int), string> Build()
    {
        var collector = new Collector([]);
        EventCatalog.ForEach(ref collector);
        return collector.Kinds;
    }

    private readonly struct Collector(Dictionary<(EventType, int), string> kinds) : IEventTypeHandler
    {
        public Dictionary<(EventType, int), string> Kinds => kinds;

        public void On<T>()
            where T : struct, IPayload<T>
        {
            var visitor = new Visitor([]);
            var payload = new T();
            T.Describe(ref visitor, ref payload);
            kinds.Add((T.Type, T.Version), new string(visitor.Letters.ToArray()));
        }
    }

    private readonly struct Visitor(List<char> letters) : IFieldVisitor
    {
        public List<char> Letters => letters;

        public void Id(string name, ref long value) => letters.Add(Signed);

        public void Count(string name, ref long value) => letters.Add(Signed);

        public void Time(string name, ref long value) => letters.Add(Signed);

        public void Price(string name, ref long value) => letters.Add(Signed);

        public void Quantity(string name, ref long value) => letters.Add(Signed);

        public void Money(string name, ref Int128 value) => letters.Add(FieldKinds.Money);

        public void Real(string name, ref double value) => letters.Add(FieldKinds.Real);

        public void Flag(string name, ref bool value) => letters.Add(FieldKinds.Byte);

        public void Text(string name, ref string value) => letters.Add(FieldKinds.Text);

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum => letters.Add(Unsigned);

        public void Levels(string name, ref LevelList value) => letters.Add(FieldKinds.Levels);

        public void Digest(string name, ref Digest value) => letters.Add(FieldKinds.Digest);
    }
}
