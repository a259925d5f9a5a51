namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>Ed25519 (RFC 8032) with the account's private key, in base64. .NET has no Ed25519; OpenSSL's is used.</summary>
internal sealed class Ed25519Signer : IRequestSigner
{
    private readonly OpenSslEd25519 library;
    private readonly byte[] seed;

    /// <summary>A signer.</summary>
    /// <param name="seed">The 32 bytes of the private key.</param>
    /// <exception cref="GatewayException">There is no OpenSSL to sign with.</exception>
    public Ed25519Signer(byte[] seed)
    {
        library = OpenSslEd25519.Load();
        this.seed = seed;
        _ = library.Sign(seed, []);
    }

    public string Kind => "Ed25519";

    public string Sign(ReadOnlySpan<byte> payload) => Convert.ToBase64String(library.Sign(seed, payload));

    // A seed is binary: nothing prints it in a form that could be found in a message, but for its base64.
    public string Redact(string message) => message.Replace(Convert.ToBase64String(seed), "[secret]", StringComparison.Ordinal);
}
