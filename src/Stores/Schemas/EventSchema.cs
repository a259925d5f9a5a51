using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>
/// JSON Schema (2020-12) of events, made from the one description that each payload gives of itself. Beside the standard
/// keywords: x-order lists the payload's fields in their canonical order and x-kind names each field's kind, which is
/// enough to decode canonical bytes of that version; x-unit is the unit; x-number a code's stored number.
/// </summary>
public static class EventSchema
{
    /// <summary>File name of the closed lists of codes, which every schema refers to.</summary>
    public const string CodesFile = "codes.schema.json";

    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    private static readonly JsonSerializerOptions Style = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>File name of a schema.</summary>
    public static string FileOf(PayloadFormat format) => $"{format.Name}.v{format.Version}.schema.json";

    /// <summary>Name without ending of a version's golden samples.</summary>
    public static string SampleOf(PayloadFormat format) => $"samples/{format.Name}.v{format.Version}";

    /// <summary>Family of an event type: market, orders, decisions, run or portfolio.</summary>
    public static string FamilyOf(EventType type) => (int)type switch
    {
        < 20 => "market",
        < 40 => "orders",
        < 60 => "decisions",
        < 80 => "run",
        _ => "portfolio",
    };

    /// <summary>A node as the text that is checked in.</summary>
    public static string Text(JsonNode node) => node.ToJsonString(Style) + "\n";

    /// <summary>The schema of one version of one type: an event with its envelope.</summary>
    public static JsonObject Of(PayloadFormat format, XmlDescriptions descriptions)
    {
        var fields = new JsonObject();
        foreach (var field in format.Fields)
        {
            fields[field.Name] = Field(field, descriptions.OfField(format.PayloadType, field.Name));
        }

        var payload = Closed(fields, format.Fields.Select(field => field.Name));
        payload["x-order"] = new JsonArray([.. format.Fields.Select(field => (JsonNode)field.Name)]);
        var envelope = new JsonObject
        {
            ["sequence"] = Described(Integer(1, long.MaxValue), "Position in the stream, from 1, without holes."),
            ["type"] = new JsonObject { ["const"] = format.Name },
            ["version"] = new JsonObject { ["const"] = format.Version },
            ["venueTime"] = Described(Integer(long.MinValue, long.MaxValue, orNull: true), "The venue's stamp in nanoseconds since 1970-01-01T00:00:00Z; null when the message has none."),
            ["receiveTime"] = Described(Integer(long.MinValue, long.MaxValue), "Our stamp in nanoseconds since 1970-01-01T00:00:00Z."),
            ["cause"] = CauseSchema(),
            ["payload"] = payload,
        };
        var schema = new JsonObject { ["$schema"] = Dialect, ["title"] = $"{format.Name}, version {format.Version}" };
        Described(schema, descriptions.OfType(format.PayloadType));
        foreach (var (name, value) in Closed(envelope, envelope.Select(property => property.Key)).ToArray())
        {
            schema[name] = value?.DeepClone();
        }

        return schema;
    }

    /// <summary>The closed lists of codes: event types, and every list that a field of these formats uses.</summary>
    public static JsonObject Codes(IEnumerable<PayloadFormat> formats, XmlDescriptions descriptions)
    {
        var lists = formats.SelectMany(format => format.Fields).Select(field => field.Codes).OfType<CodeList>()
            .Append(CodeList.Of<EventType>())
            .DistinctBy(list => list.Type)
            .OrderBy(list => list.Name, StringComparer.Ordinal);
        var definitions = new JsonObject();
        foreach (var list in lists)
        {
            var codes = list.Codes.Select(code => (JsonNode)Described(
                new JsonObject { ["const"] = code.Name, ["x-number"] = code.Number },
                descriptions.OfMember(list.Type, code.Member)));
            var definition = Described([], descriptions.OfType(list.Type));
            definition["oneOf"] = new JsonArray([.. codes]);
            definitions.Add(list.Name, definition);
        }

        return new JsonObject
        {
            ["$schema"] = Dialect,
            ["title"] = "Closed lists of codes",
            ["description"] = "Canonical bytes hold x-number, JSON holds the name. Codes are added, never changed, renumbered or removed.",
            ["$defs"] = definitions,
        };
    }

    /// <summary>The list of every type and version with its files.</summary>
    public static JsonObject Index(IEnumerable<PayloadFormat> formats)
    {
        var events = formats.Select(format => (JsonNode)new JsonObject
        {
            ["number"] = (int)format.Type,
            ["name"] = format.Name,
            ["version"] = format.Version,
            ["family"] = FamilyOf(format.Type),
            ["schema"] = FileOf(format),
            ["samples"] = SampleOf(format),
        });
        return new JsonObject { ["codes"] = CodesFile, ["events"] = new JsonArray([.. events]) };
    }

    private static JsonObject Field(FieldDescription field, string description)
    {
        var schema = field.Kind switch
        {
            FieldKind.Money => Matching(@"^(0|-?[1-9][0-9]{0,38})$"),
            FieldKind.Real => new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "number" }, Matching(JsonReals.TextPattern)) },
            FieldKind.Flag => new JsonObject { ["type"] = "boolean" },
            FieldKind.Text => new JsonObject { ["type"] = "string" },
            FieldKind.Code => new JsonObject { ["$ref"] = $"{CodesFile}#/$defs/{field.Codes!.Name}" },
            FieldKind.Levels => LevelsSchema(),
            FieldKind.Digest => Matching($"^[0-9a-f]{{{2 * Digest.Size}}}$"),
            _ => Integer(long.MinValue, long.MaxValue),
        };
        Described(schema, description);
        schema["x-kind"] = KindName(field.Kind);
        if (FieldUnits.Of(field.Kind) is { Length: > 0 } unit)
        {
            schema["x-unit"] = unit;
        }

        return schema;
    }

    /// <summary>camelCase name of a kind.</summary>
    public static string KindName(FieldKind kind) => CodeNames<FieldKind>.Name((int)kind);

    private static JsonObject LevelsSchema() => new()
    {
        ["type"] = "array",
        ["items"] = new JsonObject
        {
            ["type"] = "array",
            ["prefixItems"] = new JsonArray(Integer(long.MinValue, long.MaxValue), Integer(0, long.MaxValue)),
            ["items"] = false,
            ["minItems"] = 2,
        },
    };

    private static JsonObject CauseSchema()
    {
        var fields = new JsonObject
        {
            ["stream"] = Described(Integer(0, int.MaxValue - 1), "0: this stream; n: the n-th input stream that the run's first event lists."),
            ["sequence"] = Described(Integer(0, long.MaxValue), "Sequence in that stream."),
        };
        var cause = Closed(fields, ["stream", "sequence"]);
        cause["type"] = new JsonArray("object", "null");
        return Described(cause, "The event that made this one; null when it came from outside.");
    }

    private static JsonObject Closed(JsonObject properties, IEnumerable<string> required) => new()
    {
        ["type"] = "object",
        ["properties"] = properties,
        ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]),
        ["additionalProperties"] = false,
    };

    private static JsonObject Integer(long smallest, long largest, bool orNull = false) => new()
    {
        ["type"] = orNull ? new JsonArray("integer", "null") : "integer",
        ["minimum"] = smallest,
        ["maximum"] = largest,
    };

    private static JsonObject Matching(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject Described(JsonObject schema, string description)
    {
        if (description.Length > 0)
        {
            schema["description"] = description;
        }

        return schema;
    }
}
