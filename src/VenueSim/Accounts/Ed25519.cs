using System.Runtime.InteropServices;

namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>
/// Checks Ed25519 signatures (RFC 8032) by the machine's OpenSSL, 1.1.1 or later: the framework has no class for them.
/// </summary>
internal sealed class Ed25519
{
    private const int KeyLength = 32;
    private const int SignatureLength = 64;
    private const int KeyType = 1087;
    private static readonly string[] Libraries = ["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto"];
    private static readonly Lazy<Functions?> Library = new(Load);

    private readonly byte[] key;

    /// <summary>A public key of 32 bytes, or a SubjectPublicKeyInfo that ends with them, in base64.</summary>
    /// <exception cref="FormatException">It is none, or this machine has no OpenSSL.</exception>
    public Ed25519(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries).Where(l => !l.StartsWith("-----", StringComparison.Ordinal));
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(string.Concat(lines), bytes, out var length) || length is not (KeyLength or KeyLength + 12))
        {
            throw new FormatException("The public key is not one of Ed25519: write its 32 bytes, or its SubjectPublicKeyInfo (openssl pkey -pubout), in base64.");
        }

        key = bytes[(length - KeyLength)..length];
        if (!IsAvailable)
        {
            throw new FormatException($"Ed25519 needs OpenSSL on this machine ({Libraries[0]} or later); use an HMAC key.");
        }
    }

    private delegate IntPtr NewKey(int type, IntPtr engine, byte[] key, nuint length);

    private delegate void FreeKey(IntPtr key);

    private delegate IntPtr NewContext();

    private delegate void FreeContext(IntPtr context);

    private delegate int VerifyInit(IntPtr context, IntPtr keyContext, IntPtr digest, IntPtr engine, IntPtr key);

    private delegate int Verify(IntPtr context, byte[] signature, nuint signatureLength, byte[] data, nuint dataLength);

    /// <summary>True when this machine can check signatures.</summary>
    public static bool IsAvailable => Library.Value is not null;

    /// <summary>True when a signature is the key's over the data.</summary>
    public bool Holds(byte[] signature, byte[] data)
    {
        if (signature.Length != SignatureLength)
        {
            return false;
        }

        var functions = Library.Value!;
        var handle = functions.NewKey(KeyType, IntPtr.Zero, key, KeyLength);
        var context = functions.NewContext();
        try
        {
            return handle != IntPtr.Zero
                && functions.VerifyInit(context, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero, handle) == 1
                && functions.Verify(context, signature, (nuint)signature.Length, data, (nuint)data.Length) == 1;
        }
        finally
        {
            functions.FreeContext(context);
            functions.FreeKey(handle);
        }
    }

    private static Functions? Load()
    {
        foreach (var name in Libraries)
        {
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "EVP_PKEY_new_raw_public_key", out _))
            {
                return new Functions(
                    Of<NewKey>(library, "EVP_PKEY_new_raw_public_key"),
                    Of<FreeKey>(library, "EVP_PKEY_free"),
                    Of<NewContext>(library, "EVP_MD_CTX_new"),
                    Of<FreeContext>(library, "EVP_MD_CTX_free"),
                    Of<VerifyInit>(library, "EVP_DigestVerifyInit"),
                    Of<Verify>(library, "EVP_DigestVerify"));
            }
        }

        return null;
    }

    private static T Of<T>(IntPtr library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    private sealed record Functions(NewKey NewKey, FreeKey FreeKey, NewContext NewContext, FreeContext FreeContext, VerifyInit VerifyInit, Verify Verify);
}
