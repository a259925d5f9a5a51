using System.Security.Cryptography;
using System.Text;

namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>A key that signs for an account.</summary>
internal sealed class ApiKey
{
    private const int LongestKey = 64;
    private readonly byte[] secret;
    private readonly Ed25519? publicKey;

    /// <summary>A key as it was asked for.</summary>
    /// <exception cref="FormatException">It cannot be one.</exception>
    public ApiKey(ApiKeyOptions options, Account account)
    {
        if (!IsFormat(options.Key))
        {
            throw new FormatException($"'{options.Key}' cannot be an API key: up to {LongestKey} letters, digits, dashes and underscores.");
        }

        if (options.Secret.Length > 0 == options.PublicKey.Length > 0)
        {
            throw new FormatException($"The API key {options.Key} needs a secret (HMAC) or a public key (Ed25519), and not both.");
        }

        Name = options.Key;
        Account = account;
        secret = Encoding.UTF8.GetBytes(options.Secret);
        publicKey = options.PublicKey.Length > 0 ? new Ed25519(options.PublicKey) : null;
    }

    /// <summary>The key.</summary>
    public string Name { get; }

    /// <summary>Whose it is.</summary>
    public Account Account { get; }

    /// <summary>True for Ed25519: only these log on to a session.</summary>
    public bool IsEd25519 => publicKey is not null;

    /// <summary>Everything that is known of it, for a venue that talks too much.</summary>
    public string Echo() => $"key {Name}{(secret.Length > 0 ? $" (secret {Encoding.UTF8.GetString(secret)})" : "")}";

    /// <summary>True when a text has the form of an API key.</summary>
    public static bool IsFormat(string text) =>
        text.Length is > 0 and <= LongestKey && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>True when a signature is this key's over a payload: hexadecimal in any case for HMAC, base64 for Ed25519.</summary>
    public bool Signed(string payload, string signature)
    {
        var data = Encoding.UTF8.GetBytes(payload);
        if (publicKey is not null)
        {
            var bytes = new byte[signature.Length];
            return Convert.TryFromBase64String(signature, bytes, out var length) && publicKey.Holds(bytes[..length], data);
        }

        return signature.Length == HMACSHA256.HashSizeInBytes * 2
            && string.Equals(Convert.ToHexString(HMACSHA256.HashData(secret, data)), signature, StringComparison.OrdinalIgnoreCase);
    }
}
