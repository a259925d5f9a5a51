using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>
/// The id of an event for stores that need one: made from stream and sequence alone, so that a second attempt to store
/// the same event carries the same id. It is the first 16 bytes of SHA-256 over the stream's name (UTF-8), a zero byte and
/// the sequence (8 bytes, little-endian), with the version and variant bits of an RFC 9562 version 8 UUID.
/// </summary>
public static class EventId
{
    /// <summary>The id of an event.</summary>
    public static Guid Of(StreamName stream, long sequence)
    {
        Span<byte> input = stackalloc byte[512];
        var length = Encoding.UTF8.GetBytes(stream.Value, input);
        input[length++] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(input[length..], sequence);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input[..(length + 8)], digest);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest[..16], bigEndian: true);
    }
}
