using System.Globalization;
using System.Text.Json;
using EventSourcedMM.VenueSim.Wire;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.VenueSim.Rest;

/// <summary>The parameters of a REST request, read as the venue reads them: each once, and none that it does not know.</summary>
internal sealed class RestParameters(IQueryCollection query)
{
    private const string SymbolRange = "^[A-Z0-9-_.]{1,20}$";
    private const string SymbolsRange = "^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$";
    private const string NumberRange = "^[0-9]{1,20}$";

    private readonly HashSet<string> read = [];

    /// <summary>True when a parameter was sent.</summary>
    public bool Has(string name) => query.ContainsKey(name);

    /// <summary>A text; null when it was not sent.</summary>
    public string? Text(string name)
    {
        if (!query.TryGetValue(name, out var values))
        {
            return null;
        }

        read.Add(name);
        if (values.Count > 1)
        {
            throw new RestException(VenueError.Duplicate);
        }

        return values[0] is { Length: > 0 } text ? text : throw new RestException(VenueError.Empty(name));
    }

    /// <summary>A symbol; null when it was not sent.</summary>
    public string? Symbol()
    {
        if (Text("symbol") is not { } symbol)
        {
            return null;
        }

        return IsSymbol(symbol) ? symbol : throw new RestException(VenueError.Illegal("symbol", SymbolRange));
    }

    /// <summary>A list of symbols in JSON; null when it was not sent.</summary>
    public string[]? Symbols()
    {
        if (Text("symbols") is not { } text)
        {
            return null;
        }

        string[]? symbols;
        try
        {
            symbols = JsonSerializer.Deserialize<string[]>(text);
        }
        catch (JsonException)
        {
            symbols = null;
        }

        if (symbols is null || !Array.TrueForAll(symbols, IsSymbol))
        {
            throw new RestException(VenueError.Illegal("symbols", SymbolsRange));
        }

        return symbols.Distinct().Count() == symbols.Length ? symbols : throw new RestException(new VenueError(400, -1151, "Symbol is present multiple times in the list."));
    }

    /// <summary>A whole number that is not negative; null when it was not sent.</summary>
    public long? Number(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new RestException(VenueError.Illegal(name, NumberRange));
    }

    /// <summary>A limit: the most when more is asked.</summary>
    public int Limit(int usual, int most)
    {
        var limit = Number("limit") ?? usual;
        return limit > 0 ? (int)Math.Min(limit, most) : throw new RestException(VenueError.Invalid("limit"));
    }

    /// <summary>A moment in milliseconds or microseconds, told apart by its size, as nanoseconds; null when it was not sent.</summary>
    public long? Time(string name) => Number(name) switch
    {
        null => null,
        >= 100_000_000_000_000 and < 9_000_000_000_000_000 and var microseconds => microseconds * 1_000,
        < 9_000_000_000_000 and var milliseconds => milliseconds * 1_000_000,
        _ => throw new RestException(VenueError.Invalid(name)),
    };

    /// <summary>After everything was read: something else must not have been sent.</summary>
    public void RequireAllRead()
    {
        if (query.Count > read.Count)
        {
            throw new RestException(VenueError.Unread(read.Count, query.Count));
        }
    }

    private static bool IsSymbol(string text) =>
        text.Length is > 0 and <= 20 && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
}

/// <summary>A REST request that the venue refuses.</summary>
internal sealed class RestException(VenueError error) : Exception(error.Message)
{
    /// <summary>The venue's answer.</summary>
    public VenueError Error => error;
}
