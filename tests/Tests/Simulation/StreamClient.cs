using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Tests.Live.Capturing;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>A WebSocket to a venue's streams by .NET's own client; it answers pings by itself.</summary>
internal sealed class StreamClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket socket = new();
    private readonly byte[] buffer = new byte[65_536];

    /// <summary>State of the socket.</summary>
    public WebSocketState State => socket.State;

    /// <summary>Connects to a path such as /ws/nexousdt@trade.</summary>
    public static async Task<StreamClient> OpenAsync(CaptureBench bench, string path)
    {
        var client = new StreamClient();
        await client.socket.ConnectAsync(new Uri(bench.Venue.StreamUri, path), default);
        return client;
    }

    /// <summary>The next message; empty when the venue closes.</summary>
    /// <exception cref="WebSocketException">The connection broke.</exception>
    public async Task<string> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = new List<byte>();
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, patience.Token);
            bytes.AddRange(buffer.AsSpan(0, part.Count));
        }
        while (!part.EndOfMessage);
        return part.MessageType == WebSocketMessageType.Close ? "" : Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The next message's payload, out of its envelope where it has one.</summary>
    public async Task<JsonElement> ReceiveDataAsync()
    {
        var message = JsonDocument.Parse(await ReceiveAsync()).RootElement;
        return message.TryGetProperty("data", out var data) ? data : message;
    }

    /// <summary>Sends a text.</summary>
    public Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    /// <summary>The answer to a request; stream messages before it are passed over.</summary>
    public async Task<string> AskAsync(string request)
    {
        await SendAsync(request);
        string answer;
        do
        {
            answer = await ReceiveAsync();
        }
        while (answer.Length > 0 && !answer.Contains("\"id\":", StringComparison.Ordinal));
        return answer;
    }

    /// <summary>A number that the venue sends as text.</summary>
    public static decimal Number(JsonElement data, string name) => Number(data.GetProperty(name));

    /// <summary>A number that the venue sends as text.</summary>
    public static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture);

    /// <summary>The levels of a side.</summary>
    public static IEnumerable<(decimal Price, decimal Quantity)> Levels(JsonElement data, string side) =>
        data.GetProperty(side).EnumerateArray().Select(l => (Number(l[0]), Number(l[1])));

    public void Dispose() => socket.Dispose();
}
