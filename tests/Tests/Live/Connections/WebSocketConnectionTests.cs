using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Tests.Live.Connections;

/// <summary>Our client against .NET's own implementation as the server, over real sockets.</summary>
public sealed class WebSocketConnectionTests
{
    [Fact]
    public async Task Messages_AnySizeWholeOrInParts_ArriveAsTheyWereSent()
    {
        await using var server = await Server.StartAsync();
        var connecting = WebSocketConnection.ConnectAsync(server.Uri, default);
        using var socket = await server.AcceptAsync();
        await using var client = await connecting;
        var seen = new Seen();
        var reading = client.ReadAsync(seen, default);
        var expected = new List<string>();
        foreach (var length in (int[])[0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
        {
            var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
            expected.Add(text);
            await socket.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, true, default);
            expected.Add(text);
            var bytes = Encoding.ASCII.GetBytes(text);
            var third = bytes.Length / 3;
            await socket.SendAsync(bytes.AsMemory(0, third), WebSocketMessageType.Text, false, default);
            await socket.SendAsync(bytes.AsMemory(third, third), WebSocketMessageType.Text, false, default);
            await socket.SendAsync(bytes.AsMemory(2 * third), WebSocketMessageType.Text, true, default);
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "the end", default);
        Assert.Equal("the server closed the connection with 1001: the end", await reading.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(expected, seen.Texts);

        // Our answer to its close is one that it understands.
        var answer = await socket.ReceiveAsync(new byte[10], default);
        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable), (answer.MessageType, socket.CloseStatus));
    }

    [Fact]
    public async Task Sent_AnySize_IsUnderstoodByTheServer()
    {
        await using var server = await Server.StartAsync();
        var connecting = WebSocketConnection.ConnectAsync(server.Uri, default);
        using var socket = await server.AcceptAsync();
        await using var client = await connecting;
        foreach (var length in (int[])[1, 125, 126, 70_000])
        {
            var text = new string('x', length);
            await client.SendAsync(text, default);
            var buffer = new byte[length + 1];
            var got = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await socket.ReceiveAsync(buffer.AsMemory(got), default);
                got += result.Count;
            }
            while (!result.EndOfMessage);
            Assert.Equal(text, Encoding.ASCII.GetString(buffer, 0, got));
        }
    }

    [Fact]
    public async Task Ping_IsAnsweredWithItsPayloadAndSeen()
    {
        await using var server = await Server.StartAsync();
        var connecting = WebSocketConnection.ConnectAsync(server.Uri, default);
        var stream = await server.AcceptStreamAsync();
        await using var client = await connecting;
        var seen = new Seen();
        var reading = client.ReadAsync(seen, default);
        await stream.WriteAsync((byte[])[0x89, 3, .. "abc"u8]);
        var frame = new byte[9];
        await stream.ReadExactlyAsync(frame);
        Assert.Equal((0x8A, 0x83), (frame[0], frame[1]));
        Assert.Equal("abc"u8.ToArray(), frame[6..].Select((b, i) => (byte)(b ^ frame[2 + i])));
        await server.DisposeAsync();
        Assert.Contains("connection", await reading.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
        Assert.Equal(1, seen.Pings);
    }

    [Theory]
    [InlineData(new byte[] { 0xC1, 1, 65 }, "compressed")]
    [InlineData(new byte[] { 0x81, 0x81, 1, 2, 3, 4, 65 }, "masked")]
    [InlineData(new byte[] { 0x83, 1, 65 }, "unknown kind 3")]
    [InlineData(new byte[] { 0x80, 1, 65 }, "out of order")]
    [InlineData(new byte[] { 0x81, 127, 0x7F, 0, 0, 0, 0, 0, 0, 0 }, "announced a frame")]
    public async Task Frame_NoServerMaySend_EndsTheConnectionAndSaysWhy(byte[] bytes, string why)
    {
        await using var server = await Server.StartAsync();
        var connecting = WebSocketConnection.ConnectAsync(server.Uri, default);
        var stream = await server.AcceptStreamAsync();
        await using var client = await connecting;
        var reading = client.ReadAsync(new Seen(), default);
        await stream.WriteAsync(bytes);
        Assert.Contains(why, await reading.WaitAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }

    /// <summary>A disk that is full behind the handler is no broken line, whatever kind of exception it throws.</summary>
    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(InvalidDataException))]
    [InlineData(typeof(ObjectDisposedException))]
    public async Task Handler_Fails_ItsExceptionComesOutAsItIs(Type kind)
    {
        await using var server = await Server.StartAsync();
        var connecting = WebSocketConnection.ConnectAsync(server.Uri, default);
        using var socket = await server.AcceptAsync();
        await using var client = await connecting;
        var failure = (Exception)Activator.CreateInstance(kind, "no space left")!;
        var reading = client.ReadAsync(new Seen { Failure = failure }, default);
        await socket.SendAsync("x"u8.ToArray(), WebSocketMessageType.Text, true, default);
        Assert.Same(failure, await Assert.ThrowsAsync(kind, () => reading.WaitAsync(TimeSpan.FromSeconds(20))));
    }

    /// <summary>The same end of the line is told as such: while reading, and while a ping is answered.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Line_Breaks_IsToldAsTheLine(bool pingFirst)
    {
        await using var server = await Server.StartAsync();
        var connecting = WebSocketConnection.ConnectAsync(server.Uri, default);
        var stream = await server.AcceptStreamAsync();
        await using var client = await connecting;
        if (pingFirst)
        {
            await stream.WriteAsync((byte[])[0x89, 3, .. "abc"u8]);
        }

        // Nothing is said: the socket is reset.
        server.Reset();
        var why = await client.ReadAsync(new Seen(), default).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith("the connection ", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_NobodyListens_SaysSo()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var failure = await Assert.ThrowsAsync<VenueOutOfReachException>(() => WebSocketConnection.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/stream"), default));
        Assert.Contains("cannot be reached", failure.Message, StringComparison.Ordinal);
    }

    private sealed class Seen : IWebSocketHandler
    {
        public List<string> Texts { get; } = [];

        public int Pings { get; private set; }

        public Exception? Failure { get; init; }

        public void OnBurst()
        {
        }

        public void OnMessage(ReadOnlySpan<byte> utf8)
        {
            Texts.Add(Encoding.UTF8.GetString(utf8));
            if (Failure is not null)
            {
                throw Failure;
            }
        }

        public void OnPing() => Pings++;

        public void OnBurstEnd()
        {
        }
    }

    private sealed class Server : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private Socket? socket;

        public Uri Uri => new($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/stream");

        public static Task<Server> StartAsync()
        {
            var server = new Server();
            server.listener.Start();
            return Task.FromResult(server);
        }

        public async Task<WebSocket> AcceptAsync() =>
            WebSocket.CreateFromStream(await AcceptStreamAsync(), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });

        public async Task<NetworkStream> AcceptStreamAsync()
        {
            socket = await listener.AcceptSocketAsync();
            var stream = new NetworkStream(socket, ownsSocket: true);
            var request = "";
            var buffer = new byte[4_096];
            while (!request.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                request += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
            }

            var key = request.Split("\r\n").Single(l => l.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal))[19..];
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"));
            return stream;
        }

        public void Reset()
        {
            socket!.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            socket?.Dispose();
            listener.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
