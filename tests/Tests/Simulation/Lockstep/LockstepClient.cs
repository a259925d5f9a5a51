using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EventSourcedMM.VenueSim;

namespace EventSourcedMM.Tests.Simulation.Lockstep;

/// <summary>A bare client of lockstep with its three sockets: it speaks as docs/venue.md says.</summary>
internal sealed class LockstepClient : IAsyncDisposable
{
    private readonly ClientWebSocket control = new();
    private readonly ClientWebSocket streams = new();
    private readonly ClientWebSocket api = new();
    private readonly Channel<JsonElement> words = Channel.CreateUnbounded<JsonElement>();
    private readonly Channel<JsonElement> messages = Channel.CreateUnbounded<JsonElement>();
    private readonly byte[] secret = "simulated"u8.ToArray();
    private long now;
    private long requests;
    private long item;

    /// <summary>An item with the messages that came with it.</summary>
    public sealed record Item(long Number, string Kind, string Symbol, long Time, IReadOnlyList<JsonElement> Messages);

    public static async Task<LockstepClient> OpenAsync(Venue venue, string streamNames)
    {
        var client = new LockstepClient();
        await client.control.ConnectAsync(new Uri(venue.StreamUri, "/sim/lockstep"), default);
        _ = PumpAsync(client.control, client.words.Writer);
        var ready = await ReadAsync(client.words);
        Assert.Equal("ready", ready.GetProperty("kind").GetString());
        client.item = ready.GetProperty("item").GetInt64();
        client.now = long.Parse(ready.GetProperty("time").GetString()!, CultureInfo.InvariantCulture);
        await client.streams.ConnectAsync(new Uri(venue.StreamUri, "/ws/" + streamNames), default);
        await client.api.ConnectAsync(new Uri(venue.StreamUri, "/ws-api/v3?returnRateLimits=false"), default);
        _ = PumpAsync(client.streams, client.messages.Writer);
        _ = PumpAsync(client.api, client.messages.Writer);
        await client.SendAsync("userDataStream.subscribe.signature", []);
        Assert.Equal(200, (await ReadAsync(client.messages)).GetProperty("status").GetInt32());
        client.requests = 0;
        return client;
    }

    /// <summary>Sends a request that changes orders.</summary>
    public async Task SendAsync(string method, Dictionary<string, string> words, string id = "0")
    {
        requests++;
        var parameters = new SortedDictionary<string, string>(words, StringComparer.Ordinal) { ["apiKey"] = "simulated", ["timestamp"] = (now / 1_000_000).ToString(CultureInfo.InvariantCulture) };
        var payload = string.Join('&', parameters.Select(p => $"{p.Key}={p.Value}"));
        parameters["signature"] = Convert.ToHexStringLower(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(payload)));
        await api.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }), WebSocketMessageType.Text, endOfMessage: true, default);
    }

    /// <summary>Says that everything up to the last item is stepped.</summary>
    public Task SayAsync(long until = long.MaxValue, long? requestsToSay = null) => control.SendAsync(
        Encoding.ASCII.GetBytes($"{{\"stepped\":{item},\"requests\":{requestsToSay ?? requests}{(until == long.MaxValue ? "" : $",\"until\":\"{until}\"")}}}"),
        WebSocketMessageType.Text, endOfMessage: true, default);

    /// <summary>The next item.</summary>
    public async Task<Item> NextAsync()
    {
        var word = await ReadAsync(words);
        var kind = word.GetProperty("kind").GetString()!;
        Assert.True(kind != "error", word.ToString());
        Assert.Equal(item + 1, word.GetProperty("item").GetInt64());
        item++;
        now = long.Parse(word.GetProperty("time").GetString()!, CultureInfo.InvariantCulture);
        var received = new List<JsonElement>();
        for (var left = word.GetProperty("frames").GetInt32(); left > 0; left--)
        {
            received.Add(await ReadAsync(messages));
        }

        return new Item(item, kind, word.GetProperty("symbol").GetString()!, now, received);
    }

    public ValueTask DisposeAsync()
    {
        control.Dispose();
        streams.Dispose();
        api.Dispose();
        return ValueTask.CompletedTask;
    }

    // A socket is read all the time: only then are its pings answered.
    private static async Task PumpAsync(ClientWebSocket socket, ChannelWriter<JsonElement> to)
    {
        var buffer = new byte[1 << 20];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), default);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                await to.WriteAsync(JsonDocument.Parse(buffer.AsMemory(0, length).ToArray()).RootElement);
            }

            to.TryComplete(new WebSocketException($"The venue has closed: {socket.CloseStatusDescription}"));
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            to.TryComplete(e);
        }
    }

    private static async ValueTask<JsonElement> ReadAsync(Channel<JsonElement> from) =>
        from.Reader.TryRead(out var read) ? read : await from.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
