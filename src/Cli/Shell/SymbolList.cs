namespace EventSourcedMM.Cli.Shell;

/// <summary>Lists of symbols as users write them.</summary>
public static class SymbolList
{
    /// <summary>Reads BTCUSDT,ETHUSDT; small letters are taken as capitals, repetitions as one.</summary>
    /// <exception cref="UsageException">Names what is no symbol.</exception>
    public static IReadOnlyList<string> Parse(string text, string flag)
    {
        var symbols = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(s => s.ToUpperInvariant()).Distinct().ToArray();
        return symbols.Length == 0 ? throw new UsageException($"{flag} names no symbol; write {flag} BTCUSDT,ETHUSDT.")
            : Array.Find(symbols, s => s.Length > 32 || !s.All(char.IsAsciiLetterOrDigit)) is { } bad ? throw new UsageException($"{flag}: {bad} is not a symbol; it has letters and digits only, such as BTCUSDT.")
            : symbols;
    }
}
