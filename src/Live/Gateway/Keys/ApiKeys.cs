using System.Text.RegularExpressions;

namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>
/// The key of an account and what signs for it. Taken from BINANCE_API_KEY and BINANCE_API_SECRET, or from the files
/// that BINANCE_API_KEY_FILE and BINANCE_API_SECRET_FILE name. A secret that is a PEM private key is Ed25519, any
/// other HMAC-SHA256.
/// </summary>
public sealed partial class ApiKeys
{
    private const int LongestFile = 64 * 1024;

    private ApiKeys(ApiSecret key, IRequestSigner signer)
    {
        Key = key;
        Signer = signer;
    }

    /// <summary>How requests are signed: HMAC-SHA256 or Ed25519.</summary>
    public string Kind => Signer.Kind;

    /// <summary>What the venue calls the API key. It names the account, so it is not shown either.</summary>
    internal ApiSecret Key { get; }

    /// <summary>What signs.</summary>
    internal IRequestSigner Signer { get; }

    /// <summary>Keys from texts.</summary>
    /// <exception cref="GatewayException">A text is no key.</exception>
    public static ApiKeys Of(string key, string secret)
    {
        var name = key.Trim();
        if (name.Length == 0 || name.Any(c => c is <= ' ' or > '~'))
        {
            throw new GatewayException("BINANCE_API_KEY is not an API key: one line of letters and digits is expected.");
        }

        var text = secret.Trim();
        if (text.Length == 0)
        {
            throw new GatewayException("BINANCE_API_SECRET is empty.");
        }

        return text.StartsWith("-----BEGIN", StringComparison.Ordinal)
            ? new ApiKeys(new ApiSecret(name), new Ed25519Signer(PemKey.Ed25519Seed(text), PemKey.Lines(text)))
            : text.Any(c => c is <= ' ' or > '~')
                ? throw new GatewayException("BINANCE_API_SECRET is neither a secret key (one line) nor a PEM private key that begins with -----BEGIN PRIVATE KEY-----.")
                : new ApiKeys(new ApiSecret(name), new HmacSigner(new ApiSecret(text)));
    }

    /// <summary>Keys from the environment, or null when there are none.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="GatewayException">They are there by half, twice, or cannot be read; names the variable, never its value.</exception>
    public static ApiKeys? FromEnvironment(Func<string, string?> variable)
    {
        var key = Read("BINANCE_API_KEY", variable);
        var secret = Read("BINANCE_API_SECRET", variable);
        return (key, secret) switch
        {
            (null, null) => null,
            (null, _) => throw new GatewayException("BINANCE_API_SECRET is set and BINANCE_API_KEY is not (nor BINANCE_API_KEY_FILE)."),
            (_, null) => throw new GatewayException("BINANCE_API_KEY is set and BINANCE_API_SECRET is not (nor BINANCE_API_SECRET_FILE)."),
            _ => Of(key, secret),
        };
    }

    /// <summary>A message without key, secret and signatures.</summary>
    internal string Redact(string message) => Signature().Replace(Signer.Redact(Key.Redact(message)), "${before}[signature]");

    // As a query has it, and as JSON does.
    [GeneratedRegex("""(?<before>signature"?\s*[=:]\s*"?)[A-Za-z0-9+/=%]{16,}""", RegexOptions.CultureInvariant)]
    private static partial Regex Signature();

    /// <inheritdoc/>
    public override string ToString() => Kind + " keys";

    private static string? Read(string name, Func<string, string?> variable)
    {
        var value = variable(name) is { Length: > 0 } given ? given : null;
        if (variable(name + "_FILE") is not { Length: > 0 } path)
        {
            return value;
        }

        if (value is not null)
        {
            throw new GatewayException($"{name} and {name}_FILE are both set: keep one.");
        }

        try
        {
            var file = new FileInfo(path);
            if (file.Length > LongestFile)
            {
                throw new GatewayException($"The file that {name}_FILE names is too large for a key: {path}.");
            }

            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new GatewayException($"The file that {name}_FILE names cannot be read: {path}.", e);
        }
    }
}
