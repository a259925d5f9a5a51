using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventSourcedMM.Live.Connections;

/// <summary>Frames of the WebSocket protocol, seen from a client (RFC 6455, section 5).</summary>
internal static class WebSocketFrames
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    private const int LongestHead = 14;

    /// <summary>Reads a server's frame from the start of some bytes.</summary>
    /// <param name="bytes">What has been received and not yet used.</param>
    /// <param name="frame">The frame, when it is there whole.</param>
    /// <param name="needed">Bytes that the frame takes; as far as is known while its head is incomplete.</param>
    /// <exception cref="WebSocketProtocolException">No server may send this.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Frame frame, out long needed)
    {
        frame = default;
        needed = 2;
        if (bytes.Length < 2)
        {
            return false;
        }

        var code = bytes[0] & 0x0F;
        if ((bytes[0] & 0x70) != 0 || (bytes[1] & 0x80) != 0)
        {
            throw new WebSocketProtocolException("the server sent a frame that is compressed or masked, which was not agreed on");
        }

        long length = bytes[1] & 0x7F;
        var head = length switch
        {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        needed = head;
        if (bytes.Length < head)
        {
            return false;
        }

        length = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            127 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => length,
        };
        if (length is < 0 or > WebSocketConnection.LongestMessage)
        {
            throw new WebSocketProtocolException($"the server announced a frame of {length} bytes");
        }

        needed = head + length;
        if (bytes.Length < needed)
        {
            return false;
        }

        frame = new Frame(code, (bytes[0] & 0x80) != 0, head, (int)length);
        return true;
    }

    /// <summary>A client's frame: masked, whole.</summary>
    public static byte[] Write(int code, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[LongestHead];
        head[0] = (byte)(0x80 | code);
        var at = 2;
        if (payload.Length < 126)
        {
            head[1] = (byte)(0x80 | payload.Length);
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            head[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)payload.Length);
            at = 4;
        }
        else
        {
            head[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(head[2..], payload.Length);
            at = 10;
        }

        // Unpredictable by decree of the protocol, so that nothing between us and the server can be fooled by what we send.
        var mask = head.Slice(at, 4);
        RandomNumberGenerator.Fill(mask);
        at += 4;
        var frame = new byte[at + payload.Length];
        head[..at].CopyTo(frame);
        for (var i = 0; i < payload.Length; i++)
        {
            frame[at + i] = (byte)(payload[i] ^ mask[i & 3]);
        }

        return frame;
    }

    /// <summary>A frame within received bytes.</summary>
    /// <param name="Code">What it is.</param>
    /// <param name="IsLast">False when its message goes on.</param>
    /// <param name="Head">Bytes before the payload.</param>
    /// <param name="Length">Bytes of the payload.</param>
    public readonly record struct Frame(int Code, bool IsLast, int Head, int Length);
}

/// <summary>The server sent what no server may; the message says what.</summary>
internal sealed class WebSocketProtocolException(string what) : Exception(what);
