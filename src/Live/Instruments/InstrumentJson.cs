using System.Text.Json;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Instruments;

/// <summary>
/// Reads instruments from JSON: our own small form (an object, or a list under "instruments"), or the venue's exchangeInfo
/// (an object with "symbols", or one entry of it). Prices and quantities are decimal strings.
/// </summary>
public static class InstrumentJson
{
    private static readonly string[] Keys =
    [
        "symbol", "baseAsset", "quoteAsset", "tick", "lot", "minQuantity", "minNotional",
        "priceDecimals", "quantityDecimals", "commissionDecimals", "note", "source",
    ];

    /// <summary>Reads a file that the user gave.</summary>
    /// <exception cref="InstrumentException">The file cannot be read, has no such symbol, or a value is impossible.</exception>
    public static Instrument ReadFile(string path, string symbol)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InstrumentException($"{path}: cannot be read: {e.Message}");
        }

        return Read(bytes, symbol, path, InstrumentSource.File)
            ?? throw new InstrumentException($"{path}: there is no instrument {symbol} in it.");
    }

    /// <summary>Finds a symbol's instrument in JSON; null when it is not there.</summary>
    /// <param name="json">UTF-8 bytes.</param>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <param name="where">What the bytes are, for error messages.</param>
    /// <param name="source">What to say about where the values came from.</param>
    /// <exception cref="InstrumentException">Not JSON of either form, or a value is impossible.</exception>
    public static Instrument? Read(ReadOnlyMemory<byte> json, string symbol, string where, InstrumentSource source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            return Find(document.RootElement, symbol, where, source);
        }
        catch (JsonException e)
        {
            throw new InstrumentException($"{where}: not JSON: {Stores.Json.JsonFault.Of(e)}.");
        }
        catch (ArgumentException e)
        {
            throw new InstrumentException($"{where}: {e.Message}");
        }
    }

    private static Instrument? Find(JsonElement root, string symbol, string where, InstrumentSource source)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InstrumentException($"{where}: a JSON object is expected: an instrument, a list under \"instruments\", or exchangeInfo.");
        }

        // exchangeInfo may have been recorded inside a stream envelope or as an answer of the WebSocket API.
        foreach (var wrapper in (ReadOnlySpan<string>)["data", "result"])
        {
            if (root.TryGetProperty(wrapper, out var inner) && inner.ValueKind == JsonValueKind.Object)
            {
                root = inner;
            }
        }

        if (root.TryGetProperty("symbols", out var symbols))
        {
            return FindIn(symbols, symbol, where, "symbols") is { } entry ? ExchangeInfo.Read(entry, symbol, where, source) : null;
        }

        if (root.TryGetProperty("instruments", out var instruments))
        {
            return FindIn(instruments, symbol, where, "instruments") is { } entry ? ReadOwn(entry, symbol, where, source) : null;
        }

        if (JsonText.Of(root, "symbol", where) != symbol)
        {
            return null;
        }

        return root.TryGetProperty("filters", out _) ? ExchangeInfo.Read(root, symbol, where, source) : ReadOwn(root, symbol, where, source);
    }

    private static JsonElement? FindIn(JsonElement list, string symbol, string where, string name)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new InstrumentException($"{where}: \"{name}\" is not a list.");
        }

        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("symbol", out var value) && value.ValueKind == JsonValueKind.String && value.GetString() == symbol)
            {
                return entry;
            }
        }

        return null;
    }

    private static Instrument ReadOwn(JsonElement entry, string symbol, string where, InstrumentSource source)
    {
        foreach (var property in entry.EnumerateObject())
        {
            if (!Keys.Contains(property.Name))
            {
                throw new InstrumentException($"{where}: {symbol}: \"{property.Name}\" is not known. Known are {string.Join(", ", Keys)}.");
            }
        }

        var place = $"{where}: {symbol}";
        var priceScale = new Scale(JsonText.Number(entry, "priceDecimals", place, 8));
        var quantityScale = new Scale(JsonText.Number(entry, "quantityDecimals", place, 8));
        var lot = JsonText.Decimal(entry, "lot", place, quantityScale);
        return new Instrument
        {
            Symbol = symbol,
            BaseAsset = JsonText.Of(entry, "baseAsset", place),
            QuoteAsset = JsonText.Of(entry, "quoteAsset", place),
            PriceScale = priceScale,
            QuantityScale = quantityScale,
            Tick = JsonText.Decimal(entry, "tick", place, priceScale),
            Lot = lot,
            MinQuantity = entry.TryGetProperty("minQuantity", out _) ? JsonText.Decimal(entry, "minQuantity", place, quantityScale) : lot,
            MinNotional = entry.TryGetProperty("minNotional", out _) ? JsonText.Money(entry, "minNotional", place, priceScale.Decimals + quantityScale.Decimals) : 0,
            CommissionDecimals = JsonText.Number(entry, "commissionDecimals", place, Math.Min(8, quantityScale.Decimals)),
            Source = source,
        }.Validated();
    }
}
