using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EventSourcedMM.VenueSim;

namespace EventSourcedMM.Tests.Simulation.Orders;

/// <summary>A bare client of the WebSocket API: it signs as the public documentation says, knows nothing of this program, and keeps what it is told.</summary>
internal sealed class ApiClient : IAsyncDisposable
{
    private readonly ClientWebSocket socket = new();
    private readonly Uri address;
    private readonly Channel<JsonElement> messages = Channel.CreateUnbounded<JsonElement>();
    private readonly string key;
    private readonly string secret;
    private long ordinal;

    private ApiClient(Uri address, string key, string secret)
    {
        this.address = address;
        this.key = key;
        this.secret = secret;
        Now = async () => (await AskAsync("time")).GetProperty("result").GetProperty("serverTime").GetInt64();
    }

    /// <summary>User data events in the order of arrival.</summary>
    public List<JsonElement> Events { get; } = [];

    /// <summary>Everything in the order of arrival: the id of an answer, or what an event is.</summary>
    public List<string> Order { get; } = [];

    /// <summary>Answers to requests nobody waits for.</summary>
    public List<JsonElement> Answers { get; } = [];

    /// <summary>Milliseconds that a request is stamped with.</summary>
    public Func<Task<long>> Now { get; set; }

    public WebSocketState State => socket.State;

    public static async Task<ApiClient> OpenAsync(Venue venue, string key = "simulated", string secret = "simulated", bool subscribe = true, string query = "")
    {
        var client = new ApiClient(new Uri(venue.StreamUri, "/ws-api/v3" + query), key, secret);
        await client.socket.ConnectAsync(client.address, default);
        _ = client.PumpAsync();
        if (subscribe)
        {
            var answer = await client.SignedAsync("userDataStream.subscribe.signature");
            Assert.Equal(200, answer.GetProperty("status").GetInt32());
        }

        return client;
    }

    /// <summary>A signed request from words such as symbol=NEXOUSDT, and its answer.</summary>
    public async Task<JsonElement> SignedAsync(string method, string words = "") => await AnswerAsync(await SendSignedAsync(method, words));

    /// <summary>Sends a signed request and returns its id.</summary>
    public async Task<string> SendSignedAsync(string method, string words = "")
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["apiKey"] = key, ["timestamp"] = (await Now()).ToString(CultureInfo.InvariantCulture) };
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            parameters[word[..word.IndexOf('=')]] = word[(word.IndexOf('=') + 1)..];
        }

        var payload = string.Join('&', parameters.Select(p => $"{p.Key}={p.Value}"));
        parameters["signature"] = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(payload)));
        return await SendAsync(method, parameters);
    }

    /// <summary>An unsigned request and its answer.</summary>
    public async Task<JsonElement> AskAsync(string method, IReadOnlyDictionary<string, string>? parameters = null) => await AnswerAsync(await SendAsync(method, parameters));

    public async Task<string> SendAsync(string method, IReadOnlyDictionary<string, string>? parameters)
    {
        var id = $"r{++ordinal}";
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters ?? new Dictionary<string, string>() }), WebSocketMessageType.Text, endOfMessage: true, default);
        return id;
    }

    /// <summary>Sends any text.</summary>
    public Task SendTextAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    /// <summary>The answer with an id; events that come before it are kept.</summary>
    public async Task<JsonElement> AnswerAsync(string id)
    {
        while (true)
        {
            var kept = Answers.FindIndex(a => a.GetProperty("id").GetString() == id);
            if (kept >= 0)
            {
                var answer = Answers[kept];
                Answers.RemoveAt(kept);
                return answer;
            }

            await ReceiveAsync();
        }
    }

    /// <summary>Reads until there are as many events.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(int count)
    {
        while (Events.Count < count)
        {
            await ReceiveAsync();
        }

        return Events;
    }

    /// <summary>Reads one message; the venue must not have closed.</summary>
    public async Task ReceiveAsync()
    {
        var message = await messages.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        if (message.TryGetProperty("event", out var told))
        {
            Events.Add(told);
            Order.Add(told.GetProperty("e").GetString()! + (told.TryGetProperty("x", out var x) ? " " + x.GetString() : ""));
        }
        else
        {
            Answers.Add(message);
            Order.Add(message.GetProperty("id").ToString());
        }
    }

    // The socket is read all the time: only then are its pings answered.
    private async Task PumpAsync()
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
                    messages.Writer.TryComplete(new WebSocketException("The venue has closed."));
                    return;
                }

                await messages.Writer.WriteAsync(JsonDocument.Parse(buffer.AsMemory(0, length).ToArray()).RootElement);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            messages.Writer.TryComplete(new WebSocketException("The connection broke."));
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
