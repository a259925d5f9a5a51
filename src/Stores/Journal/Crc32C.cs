using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, initial value and final complement all ones; RFC 3720 §12.1),
/// by the processor's own instruction where there is one.
/// </summary>
public static class Crc32C
{
    /// <summary>Checksum of the bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        ref var start = ref MemoryMarshal.GetReference(bytes);
        var at = 0;
        if (BitConverter.IsLittleEndian)
        {
            for (; at <= bytes.Length - 8; at += 8)
            {
                crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at)));
            }
        }
        else
        {
            for (; at <= bytes.Length - 8; at += 8)
            {
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
            }
        }

        for (; at < bytes.Length; at++)
        {
            crc = BitOperations.Crc32C(crc, bytes[at]);
        }

        return ~crc;
    }
}
