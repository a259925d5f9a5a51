using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>A configuration as the run's first event gives it, in the units of docs/model.md §1 for scales of 8 decimals.</summary>
public sealed class NaiveSettings(string json)
{
    private readonly JsonElement values = JsonSerializer.Deserialize<JsonElement>(json);

    public string Word(string name) => values.GetProperty(name).GetString()!;

    public bool Flag(string name) => values.GetProperty(name).GetBoolean();

    public double Real(string name) => double.Parse(values.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);

    public long Whole(string name) => long.Parse(values.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);

    /// <summary>A parameter that came later: it is left out while it is 0.</summary>
    public long Later(string name) => values.TryGetProperty(name, out _) ? Whole(name) : 0;

    /// <summary>A price or a quantity in units of 10⁻⁸.</summary>
    public long Units(string name) => (long)(Exact(name) * 100_000_000);

    /// <summary>Money in units of 10⁻¹⁶.</summary>
    public BigInteger Money(string name) => new BigInteger(Exact(name) * 100_000_000) * 100_000_000;

    /// <summary>Milliseconds or seconds in nanoseconds.</summary>
    public long Time(string name) => Whole(name) * (name.EndsWith("_ms", StringComparison.Ordinal) ? 1_000_000 : 1_000_000_000);

    private decimal Exact(string name) => decimal.Parse(values.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);
}
