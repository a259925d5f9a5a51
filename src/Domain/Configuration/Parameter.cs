using System.Globalization;

namespace EventSourcedMM.Domain.Configuration;

/// <summary>How a parameter's text is read.</summary>
public enum ParameterKind
{
    /// <summary>A model value: read as IEEE 754 double, correctly rounded.</summary>
    Real,

    /// <summary>An exact decimal: a quantity, a price or an amount of money.</summary>
    Exact,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>One of a list of words.</summary>
    Choice,

    /// <summary>true or false.</summary>
    Flag,
}

/// <summary>One strategy parameter: name, unit, bounds and meaning. The table of them is the configuration's schema.</summary>
/// <param name="Name">Name in the configuration file; the flag is the same with dashes.</param>
/// <param name="Kind">How its text is read.</param>
/// <param name="Default">Value when nothing is said.</param>
/// <param name="Unit">Unit of the value.</param>
/// <param name="Meaning">What it does, in one sentence.</param>
public sealed record Parameter(string Name, ParameterKind Kind, string Default, string Unit, string Meaning)
{
    /// <summary>Smallest allowed value.</summary>
    public decimal Least { get; init; }

    /// <summary>True when the smallest value itself is not allowed.</summary>
    public bool AboveLeast { get; init; }

    /// <summary>Largest allowed value.</summary>
    public decimal Most { get; init; } = 1_000_000_000_000m;

    /// <summary>
    /// True for a parameter that came after runs were stored: an effective configuration is written without it while it has its
    /// default, so that what is not asked for changes no run's first event, name or hash.
    /// </summary>
    public bool IsLater { get; init; }

    /// <summary>The words of a choice.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>The command-line flag.</summary>
    public string Flag => "--" + Name.Replace('_', '-');

    /// <summary>Brings a value into its one written form.</summary>
    /// <exception cref="ConfigurationException">Names the parameter, what was given and what is allowed.</exception>
    public string Normalise(string text)
    {
        text = text.Trim();
        switch (Kind)
        {
            case ParameterKind.Choice:
                return Array.IndexOf(Choices, text) >= 0 ? text : throw Refuse(text, "one of " + string.Join(", ", Choices));
            case ParameterKind.Flag:
                return text is "true" or "false" ? text : throw Refuse(text, "true or false");
            default:
                break;
        }

        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!decimal.TryParse(text, style, CultureInfo.InvariantCulture, out var value))
        {
            throw Refuse(text, "a number");
        }

        if (Kind == ParameterKind.Whole && value != decimal.Truncate(value))
        {
            throw Refuse(text, "a whole number");
        }

        if (value < Least || value > Most || (AboveLeast && value == Least))
        {
            throw Refuse(text, $"{(AboveLeast ? "above" : "at least")} {Least.ToString(CultureInfo.InvariantCulture)} and at most {Most.ToString(CultureInfo.InvariantCulture)}");
        }

        // Dividing by one with 28 zeros drops trailing zeros: 0.10 and 0.1 are the same configuration.
        return (value / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
    }

    private ConfigurationException Refuse(string text, string allowed) => new($"{Name} is '{text}'; it must be {allowed}{(Unit.Length > 0 ? $" ({Unit})" : "")}.");
}

/// <summary>A configuration that cannot be used; the message names the key and what is allowed.</summary>
public sealed class ConfigurationException(string what) : Exception(what);
