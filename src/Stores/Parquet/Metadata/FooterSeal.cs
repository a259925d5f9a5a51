using System.Buffers.Binary;
using System.IO.Hashing;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Parquet protects its pages with checksums, but not the footer, where names, scales and offsets stand. This codec
/// therefore writes eight bytes right before the footer: a marker and the footer's CRC-32. Other readers find pages and
/// footer by their offsets and never look there; this one, when it sees the marker, holds the footer to the checksum.
/// </summary>
internal static class FooterSeal
{
    public const int Length = 8;

    private static ReadOnlySpan<byte> Marker => "ESMF"u8;

    public static void Write(ReadOnlySpan<byte> footer, ByteSink sink)
    {
        sink.Write(Marker);
        sink.WriteUInt32(Crc32.HashToUInt32(footer));
    }

    /// <summary>True where the seal is there and right, false where there is none.</summary>
    /// <exception cref="ParquetFormatException">The footer is not what was sealed.</exception>
    public static bool Verify(ReadOnlySpan<byte> seal, ReadOnlySpan<byte> footer, ParquetPlace place)
    {
        if (seal.Length != Length || !seal.StartsWith(Marker))
        {
            return false;
        }

        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(seal[Marker.Length..]);
        uint actual = Crc32.HashToUInt32(footer);
        return actual == expected
            ? true
            : throw place.Corrupt($"the footer's checksum is {actual:x8} where {expected:x8} was written");
    }
}
