namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>Signs the payload of a request.</summary>
internal interface IRequestSigner
{
    /// <summary>HMAC-SHA256 or Ed25519.</summary>
    string Kind { get; }

    /// <summary>The signature as the venue expects it: hexadecimal for HMAC, base64 for Ed25519.</summary>
    string Sign(ReadOnlySpan<byte> payload);

    /// <summary>A message without the secret.</summary>
    string Redact(string message);
}
