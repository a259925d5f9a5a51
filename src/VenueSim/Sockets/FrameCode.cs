using System.Buffers.Binary;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>Kinds of WebSocket frames (RFC 6455, 5.2).</summary>
internal enum FrameKind
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>Why a WebSocket is closed (RFC 6455, 7.4.1).</summary>
internal enum CloseCode
{
    Normal = 1000,
    GoingAway = 1001,
    ProtocolError = 1002,
    PolicyViolation = 1008,
    MessageTooBig = 1009,
    InternalError = 1011,
}

/// <summary>Writes the heads of frames that a server sends: whole messages, not masked.</summary>
internal static class FrameCode
{
    /// <summary>Most bytes a head has.</summary>
    public const int LongestHead = 10;

    /// <summary>Writes the head of a whole message and returns its length.</summary>
    public static int WriteHead(Span<byte> room, FrameKind kind, int length)
    {
        room[0] = (byte)(0x80 | (int)kind);
        switch (length)
        {
            case < 126:
                room[1] = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                room[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(room[2..], (ushort)length);
                return 4;
            default:
                room[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(room[2..], (ulong)length);
                return 10;
        }
    }
}
