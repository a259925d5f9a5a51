using System.Runtime.InteropServices;

namespace EventSourcedMM.Live.Gateway.Keys;

/// <summary>The few functions of an installed OpenSSL (libcrypto 1.1.1 or newer) that sign with Ed25519.</summary>
internal sealed class OpenSslEd25519
{
    public const int SeedLength = 32;
    private const int SignatureLength = 64;
    private const int Ed25519 = 1087;

    private static readonly string[] Names =
    [
        "libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib", "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
        "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto-3-arm64.dll", "libcrypto-3.dll", "libcrypto",
    ];

    private static readonly Lazy<OpenSslEd25519?> Found = new(Find);

    private readonly NewPrivateKey newPrivateKey;
    private readonly Free freeKey;
    private readonly NewContext newContext;
    private readonly Free freeContext;
    private readonly SignInitialise signInitialise;
    private readonly SignAll signAll;

    private OpenSslEd25519(nint library)
    {
        newPrivateKey = Function<NewPrivateKey>(library, "EVP_PKEY_new_raw_private_key");
        freeKey = Function<Free>(library, "EVP_PKEY_free");
        newContext = Function<NewContext>(library, "EVP_MD_CTX_new");
        freeContext = Function<Free>(library, "EVP_MD_CTX_free");
        signInitialise = Function<SignInitialise>(library, "EVP_DigestSignInit");
        signAll = Function<SignAll>(library, "EVP_DigestSign");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint NewPrivateKey(int type, nint engine, byte[] key, nuint length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Free(nint thing);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint NewContext();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SignInitialise(nint context, nint keyContext, nint digest, nint engine, nint key);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SignAll(nint context, byte[] signature, ref nuint signatureLength, byte[] data, nuint length);

    /// <summary>The library.</summary>
    /// <exception cref="GatewayException">There is none; says what to do.</exception>
    public static OpenSslEd25519 Load() => Found.Value
        ?? throw new GatewayException("Ed25519 keys need OpenSSL 1.1.1 or newer (libcrypto), which was not found on this machine: install it (Debian: libssl3), or use an HMAC key.");

    /// <summary>Signs (RFC 8032, Ed25519): 64 bytes.</summary>
    public byte[] Sign(byte[] seed, ReadOnlySpan<byte> data)
    {
        var signature = new byte[SignatureLength];
        nuint length = SignatureLength;
        var key = newPrivateKey(Ed25519, 0, seed, SeedLength);
        var context = newContext();
        try
        {
            if (key == 0 || context == 0 || signInitialise(context, 0, 0, 0, key) != 1 || signAll(context, signature, ref length, data.ToArray(), (nuint)data.Length) != 1 || length != SignatureLength)
            {
                throw new GatewayException("OpenSSL refuses to sign with the Ed25519 key.");
            }

            return signature;
        }
        finally
        {
            freeContext(context);
            freeKey(key);
        }
    }

    private static OpenSslEd25519? Find()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                if (NativeLibrary.TryGetExport(library, "EVP_PKEY_new_raw_private_key", out _) && NativeLibrary.TryGetExport(library, "EVP_DigestSign", out _))
                {
                    return new OpenSslEd25519(library);
                }

                NativeLibrary.Free(library);
            }
        }

        return null;
    }

    private static T Function<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));
}
