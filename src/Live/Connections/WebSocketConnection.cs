using System.Buffers.Binary;
using System.Text;

namespace EventSourcedMM.Live.Connections;

/// <summary>What a WebSocket hands on, on the thread that reads.</summary>
public interface IWebSocketHandler
{
    /// <summary>Bytes came; the messages whole in them follow, then <see cref="OnBurstEnd"/>.</summary>
    void OnBurst();

    /// <summary>A message; its bytes are valid during the call.</summary>
    void OnMessage(ReadOnlySpan<byte> utf8);

    /// <summary>A ping of the server; it is answered already when this is called.</summary>
    void OnPing();

    /// <summary>All messages that the bytes hold were handed on.</summary>
    void OnBurstEnd();
}

/// <summary>
/// A WebSocket client that reads many messages at a time in place: nothing is allocated or copied for a message. Pings
/// are answered at once with their payload, and are seen, which .NET's own client hides: a stream without news is told
/// from a dead connection by them.
/// </summary>
public sealed class WebSocketConnection : IAsyncDisposable
{
    /// <summary>Longest message in bytes.</summary>
    public const int LongestMessage = 32 << 20;

    private const int FirstBuffer = 128 * 1024;

    private readonly Stream stream;
    private readonly SemaphoreSlim writing = new(1);
    private byte[] buffer;
    private int start;
    private int end;
    private byte[] partial = [];
    private int partialLength;
    private bool inMessage;

    private WebSocketConnection(Stream stream, byte[] rest)
    {
        this.stream = stream;
        buffer = new byte[Math.Max(FirstBuffer, rest.Length)];
        rest.CopyTo(buffer, 0);
        end = rest.Length;
    }

    /// <summary>Connects.</summary>
    /// <exception cref="VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="VenueRefusedException">The server does not want one.</exception>
    public static async Task<WebSocketConnection> ConnectAsync(Uri uri, CancellationToken ct)
    {
        var (stream, rest) = await WebSocketHandshake.ConnectAsync(uri, ct).ConfigureAwait(false);
        return new WebSocketConnection(stream, rest);
    }

    /// <summary>Reads until the end and says how it came: the line's end, or what the server did that none may do.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="Exception">Whatever the handler throws, as it is: a disk that is full behind it is no broken line.</exception>
    public async Task<string> ReadAsync(IWebSocketHandler handler, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                if (end > start && await HandleAsync(handler, ct).ConfigureAwait(false) is { } closed)
                {
                    return closed;
                }

                MakeRoom();
                int read;
                try
                {
                    read = await stream.ReadAsync(buffer.AsMemory(end), ct).ConfigureAwait(false);
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    return Broken(e, ct);
                }

                if (read == 0)
                {
                    return "the connection was closed without a word";
                }

                end += read;
            }
        }
        catch (WebSocketProtocolException e)
        {
            return e.Message;
        }
    }

    /// <summary>Sends a text.</summary>
    public Task SendAsync(string text, CancellationToken ct) => WriteAsync(WebSocketFrames.Text, Encoding.UTF8.GetBytes(text), ct);

    /// <summary>Says goodbye; the server answers, and <see cref="ReadAsync"/> ends when it has.</summary>
    public Task CloseAsync(CancellationToken ct) => WriteAsync(WebSocketFrames.Close, [0x03, 0xE8], ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        writing.Dispose();
    }

    // Null while the connection is open. Messages are handed on first, then what must be answered is.
    private async ValueTask<string?> HandleAsync(IWebSocketHandler handler, CancellationToken ct)
    {
        while (true)
        {
            handler.OnBurst();
            int code;
            ReadOnlyMemory<byte> payload;
            try
            {
                code = HandOn(handler, out payload);
            }
            finally
            {
                handler.OnBurstEnd();
            }

            switch (code)
            {
                case WebSocketFrames.Ping:
                    if (await AnswerAsync(WebSocketFrames.Pong, payload.ToArray(), ct).ConfigureAwait(false) is { } broken)
                    {
                        return broken;
                    }

                    handler.OnPing();
                    break;
                case WebSocketFrames.Close:
                    var words = Words(payload.Span);
                    return await AnswerAsync(WebSocketFrames.Close, payload.Length >= 2 ? payload[..2].ToArray() : [], ct).ConfigureAwait(false) ?? words;
                default:
                    return null;
            }
        }
    }

    // Returns the code of a frame that has to be answered, or -1 when there is no whole frame left.
    private int HandOn(IWebSocketHandler handler, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        while (WebSocketFrames.TryRead(buffer.AsSpan(start, end - start), out var frame, out _))
        {
            var at = start + frame.Head;
            start = at + frame.Length;
            switch (frame.Code)
            {
                case WebSocketFrames.Text or WebSocketFrames.Binary when frame.IsLast && !inMessage:
                    handler.OnMessage(buffer.AsSpan(at, frame.Length));
                    break;
                case WebSocketFrames.Text or WebSocketFrames.Binary or WebSocketFrames.Continuation:
                    Continue(handler, frame, buffer.AsSpan(at, frame.Length));
                    break;
                case WebSocketFrames.Ping or WebSocketFrames.Close:
                    payload = buffer.AsMemory(at, frame.Length);
                    return frame.Code;
                case WebSocketFrames.Pong:
                    break;
                default:
                    throw new WebSocketProtocolException($"the server sent a frame of the unknown kind {frame.Code}");
            }
        }

        return -1;
    }

    private void Continue(IWebSocketHandler handler, WebSocketFrames.Frame frame, ReadOnlySpan<byte> payload)
    {
        if (inMessage != (frame.Code == WebSocketFrames.Continuation) || partialLength + payload.Length > LongestMessage)
        {
            throw new WebSocketProtocolException("the server sent the parts of a message out of order, or without end");
        }

        if (partial.Length < partialLength + payload.Length)
        {
            Array.Resize(ref partial, Math.Max(partialLength + payload.Length, partial.Length * 2));
        }

        payload.CopyTo(partial.AsSpan(partialLength));
        partialLength += payload.Length;
        inMessage = !frame.IsLast;
        if (frame.IsLast)
        {
            handler.OnMessage(partial.AsSpan(0, partialLength));
            partialLength = 0;
        }
    }

    private void MakeRoom()
    {
        if (start == end)
        {
            start = 0;
            end = 0;
            return;
        }

        // The frame that is under way has to fit whole.
        _ = WebSocketFrames.TryRead(buffer.AsSpan(start, end - start), out _, out var needed);
        var target = needed > buffer.Length ? new byte[Math.Max(needed, buffer.Length * 2L)] : buffer;
        if (target != buffer || start + needed > buffer.Length || buffer.Length - end < buffer.Length / 4)
        {
            Buffer.BlockCopy(buffer, start, target, 0, end - start);
            buffer = target;
            end -= start;
            start = 0;
        }
    }

    private static string Broken(Exception e, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return "the connection broke: " + (e.InnerException ?? e).Message;
    }

    // Null when the answer is out.
    private async Task<string?> AnswerAsync(int code, byte[] payload, CancellationToken ct)
    {
        try
        {
            await WriteAsync(code, payload, ct).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return Broken(e, ct);
        }
    }

    private async Task WriteAsync(int code, byte[] payload, CancellationToken ct)
    {
        var frame = WebSocketFrames.Write(code, payload);
        await writing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(frame, ct).ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }

    private static string Words(ReadOnlySpan<byte> payload) => payload.Length < 2
        ? "the server closed the connection"
        : FormattableString.Invariant($"the server closed the connection with {BinaryPrimitives.ReadUInt16BigEndian(payload)}{(payload.Length > 2 ? ": " + Encoding.UTF8.GetString(payload[2..]) : "")}");
}
