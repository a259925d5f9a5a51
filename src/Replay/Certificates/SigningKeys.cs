using System.Security.Cryptography;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>ECDSA P-256 keys in PEM files, as openssl makes them (docs/audit.md).</summary>
public static class SigningKeys
{
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Reads a key with its private part.</summary>
    /// <exception cref="InvalidDataException">Names the file and says what it should be.</exception>
    public static ECDsa Private(string path)
    {
        var key = Read(path, HowTo);
        try
        {
            key.ExportECPrivateKey();
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw new InvalidDataException($"{path} holds a public key; signing needs the private one. {HowTo}");
        }
    }

    /// <summary>Reads a key, private or public, of which the public part is wanted.</summary>
    /// <exception cref="InvalidDataException">Names the file and says what it should be.</exception>
    public static ECDsa Public(string path) => Read(path, WhoHasIt);

    /// <summary>SHA-256 of the public key's standard form: what people compare by eye.</summary>
    public static string Fingerprint(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>True for the curve that certificates use.</summary>
    public static bool IsP256(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.ExportParameters(false).Curve.Oid.Value == P256;
    }

    private const string HowTo = "Make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem";
    private const string WhoHasIt = "The signer has it: openssl ec -in key.pem -pubout -out public.pem";

    private static ECDsa Read(string path, string howTo)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"{path} is a directory; name the key file in it. {howTo}");
        }

        if (!File.Exists(path))
        {
            throw new InvalidDataException($"There is no key file {path}. {howTo}");
        }

        var key = ECDsa.Create();
        try
        {
            var text = File.ReadAllText(path);
            if (text.Contains("ENCRYPTED", StringComparison.Ordinal))
            {
                throw new InvalidDataException($"{path} is an encrypted key, and nobody is asked for a password here: write it without one into a file that only you can read: openssl pkey -in {path} -out plain.pem");
            }

            key.ImportFromPem(text);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or InvalidDataException)
        {
            key.Dispose();
            throw e is InvalidDataException ? e : new InvalidDataException($"{path} is not an EC key in PEM. {howTo}", e);
        }

        if (!IsP256(key))
        {
            key.Dispose();
            throw new InvalidDataException($"{path} is a key on another curve; certificates are signed with P-256. {howTo}");
        }

        return key;
    }
}
