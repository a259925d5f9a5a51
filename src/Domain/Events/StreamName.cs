namespace EventSourcedMM.Domain.Events;

/// <summary>
/// Names of streams: market/&lt;symbol&gt;/&lt;UTC day&gt;/&lt;recording&gt;, run/&lt;run&gt;/&lt;symbol&gt;, portfolio/&lt;run&gt;.
/// Parts are letters, digits, dot, dash and underscore, so that a name is also a safe path and a safe SQL key.
/// </summary>
public readonly record struct StreamName
{
    private StreamName(string value) => Value = value;

    /// <summary>The whole name.</summary>
    public string Value { get; }

    /// <summary>First part: market, run or portfolio.</summary>
    public string Family => Value[..Value.IndexOf('/')];

    /// <summary>The parts between slashes.</summary>
    public string[] Parts => Value.Split('/');

    /// <summary>A recording's day. The day is written yyyy-MM-dd.</summary>
    public static StreamName Market(string symbol, string day, string recording) => Parse($"market/{symbol}/{day}/{recording}");

    /// <summary>A symbol's part of a run.</summary>
    public static StreamName Run(string run, string symbol) => Parse($"run/{run}/{symbol}");

    /// <summary>A run's portfolio.</summary>
    public static StreamName Portfolio(string run) => Parse($"portfolio/{run}");

    /// <summary>Checks a name.</summary>
    /// <exception cref="FormatException">Says what is wrong with it.</exception>
    public static StreamName Parse(string value)
    {
        var parts = value.Split('/');
        var known = parts switch
        {
            ["market", _, _, _] => true,
            ["run", _, _] => true,
            ["portfolio", _] => true,
            _ => false,
        };
        if (!known || Array.Exists(parts, p => p.Length is 0 or > 100 || p[0] == '.' || !p.All(IsAllowed)))
        {
            throw new FormatException($"'{value}' is not a stream name: market/<symbol>/<day>/<recording>, run/<run>/<symbol> or portfolio/<run>, parts of letters, digits, dot, dash and underscore.");
        }

        return new StreamName(value);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsAllowed(char c) => c is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' or '_';
}
