using System.Globalization;

namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>An account at the simulated venue: who may sign for it, what it holds, what it is charged.</summary>
public sealed record AccountOptions
{
    /// <summary>Key and secret of the account that is there when no other is asked for.</summary>
    public const string UsualKey = "simulated";

    /// <summary>Keys that may sign for it; at least one. The first one is its name.</summary>
    public required IReadOnlyList<ApiKeyOptions> Keys { get; init; }

    /// <summary>Assets and what is free of them, as decimals; null for the usual amounts of every asset that the venue's symbols have.</summary>
    public IReadOnlyDictionary<string, decimal>? Balances { get; init; }

    /// <summary>Commission of a maker in millionths.</summary>
    public long MakerPartsPerMillion { get; init; } = 1_000;

    /// <summary>Commission of a taker in millionths.</summary>
    public long TakerPartsPerMillion { get; init; } = 1_000;

    /// <summary>Price of a BNB in the quote asset: commission is charged in BNB, with a discount of a quarter, as long as there is enough. 0: it is charged in what was received.</summary>
    public decimal BnbPrice { get; init; }

    /// <summary>The account that is there when no other is asked for.</summary>
    public static AccountOptions Usual { get; } = new() { Keys = [new ApiKeyOptions { Key = UsualKey, Secret = UsualKey }] };

    /// <summary>Reads BTC=1.5,USDT=100000.</summary>
    /// <exception cref="FormatException">Names the part that cannot be read.</exception>
    public static IReadOnlyDictionary<string, decimal> ParseBalances(string text)
    {
        var balances = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0
                || !part[..equals].All(char.IsAsciiLetterOrDigit)
                || !decimal.TryParse(part[(equals + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
                || !balances.TryAdd(part[..equals].ToUpperInvariant(), amount))
            {
                throw new FormatException($"'{part}' is not a balance, or its asset is there twice; write BTC=1.5,USDT=100000.");
            }
        }

        return balances;
    }

    /// <summary>Reads a commission, 0.1% or 0.001, as maker:taker or one for both; in millionths.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static (long Maker, long Taker) ParseCommission(string text)
    {
        var parts = text.Split(':');
        var rates = parts.Select(Rate).ToArray();
        return rates.Length is 1 or 2 && Array.TrueForAll(rates, r => r >= 0)
            ? (rates[0], rates[^1])
            : throw new FormatException($"'{text}' is not a commission; write 0.1%, 0.001, or maker:taker such as 0.02%:0.1%, with at most six decimals of the whole.");
    }

    /// <summary>Reads the price of a BNB.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static decimal ParsePrice(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) && price > 0
            ? price
            : throw new FormatException($"'{text}' is not a price of BNB in the quote asset, such as 580.25.");

    private static long Rate(string text)
    {
        var ok = decimal.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate);
        var millionths = (text.EndsWith('%') ? rate / 100 : rate) * 1_000_000;
        return ok && millionths is >= 0 and < 1_000_000 && decimal.Truncate(millionths) == millionths ? (long)millionths : -1;
    }
}

/// <summary>A key that may sign for an account: HMAC-SHA256 with a secret, or Ed25519 with a public key.</summary>
public sealed record ApiKeyOptions
{
    /// <summary>The API key: up to 64 letters, digits, dashes and underscores.</summary>
    public required string Key { get; init; }

    /// <summary>Secret of an HMAC key; empty for an Ed25519 key.</summary>
    public string Secret { get; init; } = "";

    /// <summary>Public key of an Ed25519 key: its 32 bytes, or a SubjectPublicKeyInfo, in base64, PEM armour allowed. Empty for an HMAC key.</summary>
    public string PublicKey { get; init; } = "";
}
