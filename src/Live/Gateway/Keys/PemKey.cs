using System.Formats.Asn1;
using System.Security.Cryptography;

namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>Private keys in PEM.</summary>
internal static class PemKey
{
    private const string Ed25519 = "1.3.101.112";

    /// <summary>The lines of a PEM without its frame: what an echo of the file would show.</summary>
    public static IEnumerable<string> Lines(string pem) =>
        pem.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("-----", StringComparison.Ordinal));

    /// <summary>The 32 bytes of an Ed25519 private key in PKCS#8 (RFC 8410), as openssl genpkey writes it.</summary>
    /// <exception cref="GatewayException">It is another kind of key, or none; says what to do.</exception>
    public static byte[] Ed25519Seed(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields))
        {
            throw new GatewayException("BINANCE_API_SECRET begins like a PEM key and is not whole: the whole file belongs there, its lines included.");
        }

        var label = pem[fields.Label];
        if (label != "PRIVATE KEY")
        {
            throw new GatewayException($"BINANCE_API_SECRET is a PEM of the kind '{label}'; an unencrypted Ed25519 private key is needed (openssl genpkey -algorithm ed25519).");
        }

        try
        {
            var reader = new AsnReader(Convert.FromBase64String(pem[fields.Base64Data]), AsnEncodingRules.DER).ReadSequence();
            _ = reader.ReadInteger();
            var algorithm = reader.ReadSequence().ReadObjectIdentifier();
            if (algorithm != Ed25519)
            {
                throw new GatewayException("BINANCE_API_SECRET is a private key of another kind than Ed25519 (RSA keys are not supported): register an Ed25519 key at the venue, or use an HMAC secret.");
            }

            var seed = new AsnReader(reader.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
            return seed.Length == OpenSslEd25519.SeedLength ? seed : throw new AsnContentException();
        }
        catch (Exception e) when (e is AsnContentException or FormatException)
        {
            throw new GatewayException("BINANCE_API_SECRET is a damaged PEM key.");
        }
    }
}
