using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Domain.Configuration;

/// <summary>
/// The values of every parameter for one symbol, each in its one written form. Immutable; equal configurations have
/// equal text.
/// </summary>
public sealed class StrategyConfiguration
{
    private readonly string[] values;

    private StrategyConfiguration(string[] values) => this.values = values;

    /// <summary>The defaults.</summary>
    public static StrategyConfiguration Default { get; } = new(Array.ConvertAll(ParameterTable.All, p => p.Normalise(p.Default)));

    /// <summary>A value's text.</summary>
    public string this[string name] => values[Index(name)];

    /// <summary>The same configuration with one value changed.</summary>
    /// <exception cref="ConfigurationException">The key is unknown or the value impossible.</exception>
    public StrategyConfiguration With(string name, string value)
    {
        var index = Index(name);
        var changed = (string[])values.Clone();
        changed[index] = ParameterTable.All[index].Normalise(value);
        return new StrategyConfiguration(changed);
    }

    /// <summary>A model value.</summary>
    public double Real(string name) => double.Parse(this[name], NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>An exact decimal.</summary>
    public decimal Exact(string name) => decimal.Parse(this[name], NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    public long Whole(string name) => (long)Exact(name);

    /// <summary>A yes or no.</summary>
    public bool Flag(string name) => this[name] == "true";

    /// <summary>Applies the keys of a JSON object.</summary>
    /// <param name="section">The object.</param>
    /// <param name="where">Where it stands, for messages: file and section.</param>
    /// <exception cref="ConfigurationException">Names the file, section and key.</exception>
    public StrategyConfiguration With(JsonElement section, string where)
    {
        if (section.ValueKind != JsonValueKind.Object)
        {
            throw new ConfigurationException($"{where} must be an object of parameters.");
        }

        var result = this;
        var read = new List<string>();
        foreach (var property in section.EnumerateObject())
        {
            if (read.Contains(property.Name))
            {
                throw new ConfigurationException($"{where}: {property.Name} is there twice; leave one.");
            }

            read.Add(property.Name);
            var text = property.Value.ValueKind switch
            {
                JsonValueKind.Number => property.Value.GetRawText(),
                JsonValueKind.String => property.Value.GetString()!,
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                _ => throw new ConfigurationException($"{where}: {property.Name} must be a number, a word, true or false."),
            };
            try
            {
                result = result.With(property.Name, text);
            }
            catch (ConfigurationException e)
            {
                throw new ConfigurationException($"{where}: {e.Message}");
            }
        }

        return result;
    }

    /// <summary>Reads the text that <see cref="ToJson"/> wrote.</summary>
    public static StrategyConfiguration FromJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Default.With(document.RootElement, "The recorded configuration");
    }

    /// <summary>
    /// One JSON object with the keys in the table's order; numbers as plain numbers. Every key is there, but for those that came
    /// after runs were stored (<see cref="Parameter.IsLater"/>) while they have their defaults.
    /// </summary>
    public string ToJson()
    {
        var text = new StringBuilder("{");
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = ParameterTable.All[i];
            if (parameter.IsLater && values[i] == Default.values[i])
            {
                continue;
            }

            var quote = parameter.Kind == ParameterKind.Choice ? "\"" : "";
            text.Append(i == 0 ? "" : ",").Append('"').Append(parameter.Name).Append("\":").Append(quote).Append(values[i]).Append(quote);
        }

        return text.Append('}').ToString();
    }

    private static int Index(string name)
    {
        var index = ParameterTable.IndexOf(name);
        if (index >= 0)
        {
            return index;
        }

        var near = ParameterTable.All.Select(p => p.Name).Where(n => IsNear(n, name)).ToArray();
        var hint = near.Length > 0 ? $" Did you mean {string.Join(" or ", near)}?" : " docs/configuration.md lists the parameters.";
        throw new ConfigurationException($"'{name}' is not a parameter.{hint}");
    }

    // One name within the other, or a slip of the keys: fewer edits than a third of the word. Names of one letter are in every word.
    private static bool IsNear(string parameter, string name) =>
        (Math.Min(parameter.Length, name.Length) > 2 && (parameter.Contains(name, StringComparison.Ordinal) || name.Contains(parameter, StringComparison.Ordinal)))
        || Edits(parameter, name) * 3 < Math.Max(parameter.Length, name.Length);

    // Letters to insert, remove or replace to make one word of the other.
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
