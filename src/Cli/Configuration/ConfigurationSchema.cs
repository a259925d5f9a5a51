using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Cli.Configuration;

/// <summary>The JSON Schema of the configuration file and the table in docs/configuration.md, both made from the parameter table.</summary>
public static class ConfigurationSchema
{
    /// <summary>The schema's text (config/mm.schema.json).</summary>
    public static string Json()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("title", "EventSourcedMM configuration");
            json.WriteString("type", "object");
            json.WriteBoolean("additionalProperties", false);
            json.WriteStartObject("properties");
            Text(json, "$schema");
            Text(json, "about");
            Reference(json, "defaults");
            json.WriteStartObject("symbols");
            json.WriteString("type", "object");
            Reference(json, "additionalProperties");
            json.WriteEndObject();
            json.WriteStartObject("portfolio");
            json.WriteString("type", "object");
            json.WriteBoolean("additionalProperties", false);
            json.WriteStartObject("properties");
            foreach (var limit in PortfolioConfiguration.Table)
            {
                Property(json, limit);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject("$defs");
            json.WriteStartObject("parameters");
            json.WriteString("type", "object");
            json.WriteBoolean("additionalProperties", false);
            json.WriteStartObject("properties");
            foreach (var parameter in ParameterTable.All)
            {
                Property(json, parameter);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray()) + "\n";
    }

    /// <summary>The table of parameters for docs/configuration.md.</summary>
    public static string Table() => Table(ParameterTable.All);

    /// <summary>The table of the limits over all symbols for docs/configuration.md.</summary>
    public static string PortfolioTable() => Table(PortfolioConfiguration.Table);

    private static string Table(IEnumerable<Parameter> parameters)
    {
        var text = new StringBuilder("| key | default | unit | meaning |\n|---|---|---|---|\n");
        foreach (var p in parameters)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{p.Name}` | {p.Default} | {(p.Unit.Length > 0 ? p.Unit : "–")} | {p.Meaning} |\n");
        }

        return text.ToString();
    }

    private static void Text(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "string");
        json.WriteEndObject();
    }

    private static void Reference(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("$ref", "#/$defs/parameters");
        json.WriteEndObject();
    }

    private static void Property(Utf8JsonWriter json, Parameter parameter)
    {
        json.WriteStartObject(parameter.Name);
        switch (parameter.Kind)
        {
            case ParameterKind.Choice:
                json.WriteStartArray("enum");
                foreach (var choice in parameter.Choices)
                {
                    json.WriteStringValue(choice);
                }

                json.WriteEndArray();
                json.WriteString("default", parameter.Default);
                break;
            case ParameterKind.Flag:
                json.WriteString("type", "boolean");
                json.WriteBoolean("default", parameter.Default == "true");
                break;
            default:
                json.WriteString("type", parameter.Kind == ParameterKind.Whole ? "integer" : "number");
                json.WriteNumber(parameter.AboveLeast ? "exclusiveMinimum" : "minimum", parameter.Least);
                json.WriteNumber("maximum", parameter.Most);
                json.WriteNumber("default", decimal.Parse(parameter.Default, CultureInfo.InvariantCulture));
                break;
        }

        json.WriteString("description", parameter.Meaning + (parameter.Unit.Length > 0 ? $" [{parameter.Unit}]" : ""));
        json.WriteEndObject();
    }
}
