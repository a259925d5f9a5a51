using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>A WebSocket client by hand that reads and never answers a ping, as .NET's own would.</summary>
internal sealed class MuteClient : IDisposable
{
    private readonly TcpClient socket;

    public MuteClient(Uri venue)
    {
        socket = new TcpClient(venue.Host, venue.Port) { ReceiveTimeout = 60_000 };
        var request = $"GET /ws HTTP/1.1\r\nHost: {venue.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {Convert.ToBase64String(new byte[16])}\r\nSec-WebSocket-Version: 13\r\n\r\n";
        socket.GetStream().Write(Encoding.ASCII.GetBytes(request));
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Reads until the venue ends it: pings seen, and the code of the close frame, if there was one.</summary>
    public Task<(int Pings, int? CloseCode)> ReadToTheEndAsync() => Task.Run(() =>
    {
        var (pings, code) = (0, (int?)null);
        try
        {
            var stream = socket.GetStream();
            var answer = new StringBuilder();
            while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                answer.Append((char)Next(stream));
            }

            Assert.StartsWith("HTTP/1.1 101", answer.ToString(), StringComparison.Ordinal);
            while (true)
            {
                var kind = Next(stream) & 0x0F;
                var length = Next(stream) & 0x7F;
                Assert.True(length < 126, "nothing was subscribed to: only pings and the end are short");
                var payload = new byte[length];
                stream.ReadExactly(payload);
                pings += kind == 9 ? 1 : 0;
                if (kind == 8)
                {
                    code = length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : null;
                }
            }
        }
        catch (EndOfStreamException)
        {
            // The end that was waited for; a time-out is another exception.
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // The same, in other words.
        }

        return (pings, code);
    });

    private static int Next(NetworkStream stream)
    {
        Span<byte> one = stackalloc byte[1];
        stream.ReadExactly(one);
        return one[0];
    }
}
