using System.Security.Cryptography;

namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>HMAC-SHA256 with the account's secret key, in hexadecimal.</summary>
internal sealed class HmacSigner(ApiSecret secret) : IRequestSigner
{
    public string Kind => "HMAC-SHA256";

    public string Sign(ReadOnlySpan<byte> payload)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret.Bytes, payload, digest);
        return Convert.ToHexStringLower(digest);
    }

    public string Redact(string message) => secret.Redact(message);
}
