using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>
/// Checks JSON against the part of JSON Schema 2020-12 that events-schema uses, word for word from the specification. A
/// keyword it does not know is an error, so that no part of a schema goes unchecked.
/// </summary>
public sealed class JsonSchemaCheck(EventsSchemaFolder folder)
{
    /// <summary>What is wrong with a value; empty when it is valid.</summary>
    public IReadOnlyList<string> Errors(string schemaFile, JsonNode value)
    {
        var errors = new List<string>();
        Check(folder.Json(schemaFile), value, "", errors);
        return errors;
    }

    private void Check(JsonNode schema, JsonNode? value, string at, List<string> errors)
    {
        if (schema.GetValueKind() is JsonValueKind.False)
        {
            errors.Add($"{at} is not allowed");
            return;
        }

        foreach (var (keyword, rule) in schema.AsObject())
        {
            switch (keyword)
            {
                case "type":
                    var types = rule is JsonArray several ? several.Select(type => (string)type!) : [(string)rule!];
                    Require(types.Any(type => Is(type, value)), $"is no {rule}");
                    break;
                case "const":
                    Require(JsonNode.DeepEquals(rule, value), $"is not {rule}");
                    break;
                case "minimum":
                    Require(!Is("number", value) || Exact(value) >= Exact(rule), $"is below {rule}");
                    break;
                case "maximum":
                    Require(!Is("number", value) || Exact(value) <= Exact(rule), $"is above {rule}");
                    break;
                case "pattern":
                    Require(!Is("string", value) || Regex.IsMatch((string)value!, (string)rule!, RegexOptions.ECMAScript), $"does not match {rule}");
                    break;
                case "minItems":
                    Require(value is not JsonArray list || list.Count >= (int)rule!, $"has fewer than {rule} items");
                    break;
                case "required":
                    var missing = value is JsonObject given ? rule!.AsArray().Where(name => !given.ContainsKey((string)name!)) : [];
                    Require(!missing.Any(), $"lacks {string.Join(", ", missing)}");
                    break;
                case "properties":
                    foreach (var (name, part) in rule!.AsObject().Where(part => value is JsonObject whole && whole.ContainsKey(part.Key)))
                    {
                        Check(part!, value![name], $"{at}/{name}", errors);
                    }

                    break;
                case "additionalProperties":
                    var others = value is JsonObject all ? all.Select(property => property.Key).Where(name => schema["properties"]?[name] is null) : [];
                    Require((bool)rule! || !others.Any(), $"has {string.Join(", ", others)}");
                    break;
                case "prefixItems":
                    foreach (var (part, item) in rule!.AsArray().Zip(value as JsonArray ?? []))
                    {
                        Check(part!, item, $"{at}[]", errors);
                    }

                    break;
                case "items":
                    foreach (var item in (value as JsonArray ?? []).Skip(schema["prefixItems"]?.AsArray().Count ?? 0))
                    {
                        Check(rule!, item, $"{at}[]", errors);
                    }

                    break;
                case "anyOf":
                    Require(rule!.AsArray().Any(part => IsValid(part!, value)), "fits none of anyOf");
                    break;
                case "oneOf":
                    Require(rule!.AsArray().Count(part => IsValid(part!, value)) == 1, "does not fit exactly one of oneOf");
                    break;
                case "$ref":
                    var target = ((string)rule!).Split("#/$defs/");
                    Check(folder.Json(target[0])["$defs"]![target[1]] ?? throw new InvalidDataException($"{rule} leads nowhere"), value, at, errors);
                    break;
                case "$schema" or "title" or "description" or "x-kind" or "x-unit" or "x-order" or "x-number":
                    break;
                default:
                    throw new InvalidDataException($"The keyword {keyword} is not checked.");
            }
        }

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                errors.Add($"{at} {otherwise}");
            }
        }
    }

    private bool IsValid(JsonNode schema, JsonNode? value)
    {
        var errors = new List<string>();
        Check(schema, value, "", errors);
        return errors.Count == 0;
    }

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("integer", JsonValueKind.Number) => !value!.ToJsonString().AsSpan().ContainsAny('.', 'e', 'E'),
        ("number", JsonValueKind.Number) or ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("null", JsonValueKind.Null) => true,
        ("integer" or "number" or "string" or "boolean" or "object" or "array" or "null", _) => false,
        _ => throw new InvalidDataException($"There is no type {type}."),
    };

    private static decimal Exact(JsonNode? number) => decimal.Parse(number!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
}
