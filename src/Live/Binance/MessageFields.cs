using System.Text.Json;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// Where the fields of a JSON object lie, in whatever order they came. Fields that the parser does not read are
/// skipped; one that it reads and that stands twice is an error, for there is no telling which is right.
/// </summary>
internal sealed class MessageFields
{
    private static readonly string[] Names =
    [
        "stream", "data", "e", "E", "s", "U", "u", "pu", "b", "a", "B", "A", "t", "p", "q", "T", "m", "f", "l",
        "lastUpdateId", "bids", "asks", "symbols",
    ];

    private readonly Slot[] slots = new Slot[Names.Length];

    /// <summary>The venue's name of a field.</summary>
    public static string NameOf(MessageField field) => Names[(int)field];

    /// <summary>Finds the fields of the one JSON value in the bytes; false when it is not an object.</summary>
    /// <exception cref="JsonException">Not JSON.</exception>
    /// <exception cref="MalformedMessageException">A field stands twice.</exception>
    public bool Find(ReadOnlySpan<byte> json)
    {
        Array.Clear(slots);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(reader);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var type = reader.TokenType;
            reader.Skip();
            if (field < 0)
            {
                continue;
            }

            if (slots[field].Type != JsonTokenType.None)
            {
                throw new MalformedMessageException($"field {Names[field]} stands twice");
            }

            slots[field] = new Slot(start, (int)reader.BytesConsumed - start, type);
        }

        // Nothing but white space may follow; the reader throws at anything else.
        reader.Read();
        return true;
    }

    /// <summary>True when the object has the field.</summary>
    public bool Has(MessageField field) => slots[(int)field].Type != JsonTokenType.None;

    /// <summary>Kind of the field's value; None when the object does not have it.</summary>
    public JsonTokenType TypeOf(MessageField field) => slots[(int)field].Type;

    /// <summary>The value's bytes as sent, with quotes if it is a string.</summary>
    /// <exception cref="MalformedMessageException">The field is missing or its value is of another kind.</exception>
    public ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> json, MessageField field, JsonTokenType type)
    {
        var slot = slots[(int)field];
        if (slot.Type != type)
        {
            throw new MalformedMessageException(slot.Type == JsonTokenType.None
                ? $"field {NameOf(field)} is missing"
                : $"field {NameOf(field)} is {Describe(slot.Type)} where {Describe(type)} belongs");
        }

        return json.Slice(slot.Start, slot.Length);
    }

    internal static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };

    private static int FieldOf(in Utf8JsonReader name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (name.ValueTextEquals(Names[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Slot(int Start, int Length, JsonTokenType Type);
}
