using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSourcedMM.Cli.Checks;

/// <summary>The results of <c>mm test</c> as a table and as JSON.</summary>
public static class CheckReport
{
    /// <summary>The table: component, what was checked, pass or FAIL, the number, and for a failure what to do.</summary>
    public static string Table(IReadOnlyList<CheckResult> results)
    {
        var text = new StringBuilder();
        var name = Math.Max(5, results.Max(r => r.Name.Length));
        foreach (var result in results)
        {
            text.AppendLine($"{result.Component,-7} {result.Name.PadRight(name)}  {(result.Passed ? "pass" : "FAIL")}  {result.Value}");
            if (!result.Passed)
            {
                text.AppendLine($"{"",-7} {new string(' ', name)}        → {result.Advice}");
            }
        }

        return text.Append(FormattableString.Invariant($"{results.Count(r => r.Passed)} passed, {results.Count(r => !r.Passed)} failed")).ToString();
    }

    /// <summary>The JSON object; docs/cli.md documents the fields.</summary>
    public static string Json(IReadOnlyList<CheckResult> results, string endpoint, string? unreachable)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("passed", unreachable is null && results.All(r => r.Passed));
            json.WriteString("endpoint", endpoint);
            json.WriteString("unreachable", unreachable);
            json.WriteStartArray("checks");
            foreach (var result in results)
            {
                json.WriteStartObject();
                json.WriteString("component", result.Component);
                json.WriteString("check", result.Name);
                json.WriteBoolean("passed", result.Passed);
                json.WriteString("value", result.Value);
                json.WriteString("advice", result.Passed ? null : result.Advice);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
