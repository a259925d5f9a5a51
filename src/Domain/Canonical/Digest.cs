using System.Buffers.Binary;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>A SHA-256 digest, in the byte order SHA-256 defines.</summary>
/// <param name="A">Bytes 0–7, big-endian.</param>
/// <param name="B">Bytes 8–15, big-endian.</param>
/// <param name="C">Bytes 16–23, big-endian.</param>
/// <param name="D">Bytes 24–31, big-endian.</param>
public readonly record struct Digest(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Bytes in a digest.</summary>
    public const int Size = 32;

    /// <summary>Reads 32 bytes.</summary>
    public static Digest From(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">Not 64 hexadecimal digits.</exception>
    public static Digest Parse(string hex) => hex.Length == 2 * Size
        ? From(Convert.FromHexString(hex))
        : throw new FormatException($"'{hex}' is not a SHA-256 digest of 64 hexadecimal digits.");

    /// <summary>Writes 32 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, A);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], D);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
