using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace EventSourcedMM.Live.Connections;

/// <summary>Opens a socket, secures it, and turns it into a WebSocket (RFC 6455, section 4.1).</summary>
internal static class WebSocketHandshake
{
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int LongestAnswer = 16 * 1024;

    /// <summary>Connects.</summary>
    /// <returns>The stream, and what the server sent behind its answer already.</returns>
    /// <exception cref="VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="VenueRefusedException">The server does not want one.</exception>
    public static async Task<(Stream Stream, byte[] Left)> ConnectAsync(Uri uri, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(uri.Host, uri.Port, ct).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (uri.Scheme == "wss")
            {
                var secure = new SslStream(stream);
                stream = secure;
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = uri.Host }, ct).ConfigureAwait(false);
            }

            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            var request = $"GET {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), ct).ConfigureAwait(false);
            return (stream, await ReadAnswerAsync(uri, stream, key, ct).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            socket.Dispose();
            if (e is SocketException or IOException or AuthenticationException)
            {
                throw new VenueOutOfReachException($"{uri.Authority} cannot be reached: {e.Message.TrimEnd('.')}.", e);
            }

            throw;
        }
    }

    private static async Task<byte[]> ReadAnswerAsync(Uri uri, Stream stream, string key, CancellationToken ct)
    {
        var buffer = new byte[LongestAnswer];
        var length = 0;
        int end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = length == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(length), ct).ConfigureAwait(false);
            if (read == 0)
            {
                throw new VenueOutOfReachException($"{uri.Authority} closed the connection during the handshake.");
            }

            length += read;
        }

        var lines = Encoding.Latin1.GetString(buffer, 0, end).Split("\r\n");
        var status = lines[0].Split(' ') is [_, var code, ..] && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        if (status != 101)
        {
            var wait = int.TryParse(Header(lines, "Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;
            throw new VenueRefusedException(status, 0, $"{uri.Authority} refused the stream connection: {lines[0]}") { RetryAfter = TimeSpan.FromSeconds(wait) };
        }

        // The protocol prescribes SHA-1 here; it protects nothing.
        var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
        return Header(lines, "Sec-WebSocket-Accept") == accept
            ? buffer[(end + 4)..length]
            : throw new VenueRefusedException(status, 0, $"{uri.Authority} answered the handshake of another connection.");
    }

    private static string? Header(string[] lines, string name)
    {
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(colon + 1)..].Trim();
            }
        }

        return null;
    }
}
