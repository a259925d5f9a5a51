using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Domain.Configuration;

/// <summary>
/// The limits of a live run over all its symbols, each in its one written form. Immutable; equal configurations have equal
/// text. All are off by default: then there is no portfolio.
/// </summary>
public sealed class PortfolioConfiguration
{
    /// <summary>The limits, in the order in which they are written.</summary>
    public static readonly Parameter[] Table =
    [
        new("day_loss", ParameterKind.Exact, "0", "quote", "A loss of the UTC day this large, over all symbols and earlier runs of the day, halts all until the next day; 0 for none."),
        new("max_notional", ParameterKind.Exact, "0", "quote", "Largest value of all inventories with orders in flight, added without sign; each symbol is given a part of it; 0 for no limit."),
        new("max_gross_inventory", ParameterKind.Exact, "0", "quote", "Values of all inventories, added without sign, from which on only what makes them smaller is quoted, until they are below 95 % of it; 0 for none."),
        new("max_halted", ParameterKind.Whole, "0", "symbols", "As many symbols halted by limits of their own halt all; 0 for never.") { Most = 1_000 },
        new("share_quote", ParameterKind.Flag, "false", "", "The account's quote is divided among the symbols: none bids what another has."),
        new("quote_capital", ParameterKind.Exact, "0", "quote", "Most quote to spend and bid altogether, for share_quote; 0 for all that the account has."),
        new("budget_percent", ParameterKind.Whole, "0", "% of the venue's limit", "Unfilled orders or request weight used to this part: only what makes inventories smaller is quoted, until below nine tenths of it; 0 for never.") { Most = 90 },
    ];

    private readonly string[] values;

    private PortfolioConfiguration(string[] values) => this.values = values;

    /// <summary>No limits.</summary>
    public static PortfolioConfiguration Off { get; } = new(Array.ConvertAll(Table, p => p.Normalise(p.Default)));

    /// <summary>True when nothing is limited: there is no portfolio.</summary>
    public bool IsOff => values.AsSpan().SequenceEqual(Off.values);

    /// <summary>A value's text.</summary>
    public string this[string name] => values[Index(name)];

    /// <summary>The same limits with one changed.</summary>
    /// <exception cref="ConfigurationException">The key is unknown or the value impossible.</exception>
    public PortfolioConfiguration With(string name, string value)
    {
        var index = Index(name);
        var changed = (string[])values.Clone();
        changed[index] = Table[index].Normalise(value);
        return new PortfolioConfiguration(changed);
    }

    /// <summary>Applies the keys of a JSON object.</summary>
    /// <param name="section">The object.</param>
    /// <param name="where">Where it stands, for messages: file and section.</param>
    /// <exception cref="ConfigurationException">Names the file, section and key.</exception>
    public PortfolioConfiguration With(JsonElement section, string where)
    {
        if (section.ValueKind != JsonValueKind.Object)
        {
            throw new ConfigurationException($"{where} must be an object of limits.");
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
                _ => throw new ConfigurationException($"{where}: {property.Name} must be a number, true or false."),
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
    public static PortfolioConfiguration FromJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Off.With(document.RootElement, "The recorded portfolio");
    }

    /// <summary>One JSON object with every key in the table's order.</summary>
    public string ToJson()
    {
        var text = new StringBuilder("{");
        for (var i = 0; i < values.Length; i++)
        {
            text.Append(i == 0 ? "" : ",").Append('"').Append(Table[i].Name).Append("\":").Append(values[i]);
        }

        return text.Append('}').ToString();
    }

    /// <summary>An exact decimal.</summary>
    internal decimal Exact(string name) => decimal.Parse(this[name], NumberStyles.Float, CultureInfo.InvariantCulture);

    private static int Index(string name) => Array.FindIndex(Table, p => p.Name == name) is >= 0 and var index
        ? index
        : throw new ConfigurationException($"'{name}' is no limit of a portfolio; these are {string.Join(", ", Table.Select(p => p.Name))}.");
}
