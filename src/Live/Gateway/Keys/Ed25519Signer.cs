namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>Ed25519 (RFC 8032) with the account's private key, in base64. .NET has no Ed25519; OpenSSL's is used.</summary>
internal sealed class Ed25519Signer : IRequestSigner
{
    private readonly OpenSslEd25519 library;
    private readonly byte[] seed;
    private readonly ApiSecret[] forms;

    /// <summary>A signer.</summary>
    /// <param name="seed">The 32 bytes of the private key.</param>
    /// <param name="lines">The lines of the PEM that it came from, without its frame.</param>
    /// <exception cref="GatewayException">There is no OpenSSL to sign with.</exception>
    public Ed25519Signer(byte[] seed, IEnumerable<string> lines)
    {
        library = OpenSslEd25519.Load();
        this.seed = seed;

        // Every text in which a message could hold the key: the file's own lines, and the seed as programs write bytes.
        forms = [.. lines.Append(Convert.ToBase64String(seed)).Append(Convert.ToHexStringLower(seed)).Append(Convert.ToHexString(seed)).Select(t => new ApiSecret(t))];
        _ = library.Sign(seed, []);
    }

    public string Kind => "Ed25519";

    public string Sign(ReadOnlySpan<byte> payload) => Convert.ToBase64String(library.Sign(seed, payload));

    public string Redact(string message) => forms.Aggregate(message, (text, form) => form.Redact(text));
}
