using System.Buffers.Binary;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>
/// Reads what a client sends: masked frames, fragments put together, control frames between them (RFC 6455, 5). What the
/// framework's own WebSocket hides from a server, pings and pongs, is what a venue is judged by: hence this reader.
/// </summary>
internal sealed class FrameReader(Stream stream)
{
    /// <summary>Longest message accepted: 1024 stream names fit several times.</summary>
    public const int LongestMessage = 131_072;

    private readonly MemoryStream message = new();
    private byte[] buffer = new byte[4096];
    private int start;
    private int end;

    // Kind of the message whose fragments are coming in; Continuation when none is.
    private FrameKind open;

    /// <summary>The next message or control frame; null when the client has gone.</summary>
    /// <exception cref="FrameException">The client broke the protocol; says how it is to be closed.</exception>
    public async ValueTask<ClientFrame?> ReadAsync(CancellationToken ct)
    {
        while (true)
        {
            if (!await FillAsync(2, ct))
            {
                return null;
            }

            var (head0, head1) = (buffer[start], buffer[start + 1]);
            var own = (FrameKind)(head0 & 0x0F);
            var isFinal = (head0 & 0x80) != 0;
            Require((head0 & 0x70) == 0, CloseCode.ProtocolError, "reserved bits are set");
            Require((head1 & 0x80) != 0, CloseCode.ProtocolError, "frames of a client are masked");
            Require(Enum.IsDefined(own), CloseCode.ProtocolError, "unknown kind of frame");
            var isControl = own >= FrameKind.Close;
            var size = head1 & 0x7F;
            Require(!isControl || (isFinal && size < 126), CloseCode.ProtocolError, "a control frame is short and whole");
            var headLength = (size == 126 ? 4 : size == 127 ? 10 : 2) + 4;
            if (!await FillAsync(headLength, ct))
            {
                return null;
            }

            long length = size switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(start + 2)),
                127 => (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(buffer.AsSpan(start + 2)), long.MaxValue),
                _ => size,
            };
            Require(length <= LongestMessage && message.Length + length <= LongestMessage, CloseCode.MessageTooBig, "the message is too long");
            if (!await FillAsync(headLength + (int)length, ct))
            {
                return null;
            }

            var payload = Unmask(headLength, (int)length);
            if (isControl)
            {
                return new ClientFrame(own, payload);
            }

            Require((own == FrameKind.Continuation) == (open != FrameKind.Continuation), CloseCode.ProtocolError, "fragments are out of order");
            if (isFinal && open == FrameKind.Continuation)
            {
                return new ClientFrame(own, payload);
            }

            message.Write(payload);
            open = own == FrameKind.Continuation ? open : own;
            if (isFinal)
            {
                var whole = new ClientFrame(open, message.ToArray());
                message.SetLength(0);
                open = FrameKind.Continuation;
                return whole;
            }
        }
    }

    private static void Require(bool holds, CloseCode code, string rule)
    {
        if (!holds)
        {
            throw new FrameException(code, rule);
        }
    }

    private byte[] Unmask(int headLength, int length)
    {
        var mask = buffer.AsSpan(start + headLength - 4, 4);
        var payload = buffer.AsSpan(start + headLength, length).ToArray();
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] ^= mask[i & 3];
        }

        start += headLength + length;
        return payload;
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken ct)
    {
        while (end - start < count)
        {
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
            }

            if (buffer.Length < count)
            {
                Array.Resize(ref buffer, Math.Max(count, buffer.Length * 2));
            }

            var read = await stream.ReadAsync(buffer.AsMemory(end), ct);
            if (read == 0)
            {
                return false;
            }

            end += read;
        }

        return true;
    }
}

/// <summary>A message or control frame of a client.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Payload">Its bytes, unmasked.</param>
internal readonly record struct ClientFrame(FrameKind Kind, byte[] Payload);

/// <summary>A client broke the WebSocket protocol.</summary>
internal sealed class FrameException(CloseCode code, string rule) : Exception(rule)
{
    /// <summary>How its connection is closed.</summary>
    public CloseCode Code => code;
}
