using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>
/// A venue over NEXOUSDT's recording whose clock stands but when a test steps it: whatever happens, happens at the same
/// time of the venue in every run, however slow the machine is.
/// </summary>
internal sealed class SteppedVenue : IAsyncDisposable
{
    public const long Second = 1_000_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http = new();
    private readonly CaptureBench bench;
    private readonly List<StreamListener> listeners = [];

    private SteppedVenue(CaptureBench bench) => this.bench = bench;

    /// <summary>The venue's clock, in nanoseconds since the epoch.</summary>
    public long Now { get; private set; }

    /// <summary>What the clock showed at first.</summary>
    public long Start => bench.Venue.StartTime;

    public static async Task<SteppedVenue> StartAsync(string? faults = null, ulong seed = 1, Func<VenueOptions, VenueOptions>? change = null)
    {
        var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", faults, seed, o => (change?.Invoke(o) ?? o) with { Paused = true });
        return new SteppedVenue(bench) { Now = bench.Venue.StartTime };
    }

    /// <summary>Connects to streams, and returns when the venue has the connection.</summary>
    public async Task<StreamListener> ListenAsync(string path)
    {
        var opened = (await StatusAsync()).GetProperty("connectionsOpened").GetInt64();
        var listener = new StreamListener(await StreamClient.OpenAsync(bench, path), opened + 1);
        listeners.Add(listener);
        await UntilAsync("connectionsOpened", opened + 1);
        return listener;
    }

    /// <summary>Runs the venue for some seconds of its clock.</summary>
    public async Task StepAsync(double seconds)
    {
        var until = Now + (long)(seconds * Second);
        while (Now < until)
        {
            Now = Math.Min(until, Now + (15 * Second));
            await bench.ControlAsync(string.Create(CultureInfo.InvariantCulture, $"/sim/step?until={Now}"), post: true);
            await UntilPongsAsync();
        }
    }

    /// <summary>
    /// Waits until every connection that can has answered its pings: a minute of the venue passes in an instant, and a busy machine's clients
    /// would be cut for being late.
    /// </summary>
    private async Task UntilPongsAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while ((await bench.ControlAsync("/sim/connections")).GetProperty("connections").EnumerateArray()
            .Any(c => !Array.Exists((string[])["halfOpen", "closing", "stalled"], n => c.GetProperty(n).GetBoolean()) && c.GetProperty("awaitsPong").GetBoolean()))
        {
            await Task.Delay(2, patience.Token);
        }
    }

    /// <summary>Asks for a fault.</summary>
    public Task<JsonElement> FaultAsync(string query) => bench.ControlAsync("/sim/faults?kind=" + query, post: true);

    /// <summary>Faults done, of all kinds.</summary>
    public async Task<JsonElement[]> FaultsAsync() => [.. (await bench.ControlAsync("/sim/faults")).GetProperty("faults").EnumerateArray()];

    /// <summary>Faults done, of one kind, as the status counts them.</summary>
    public async Task<long> CountAsync(string kind) => (await StatusAsync()).GetProperty("faults").GetProperty(kind).GetInt64();

    /// <summary>GET /sim/status.</summary>
    public Task<JsonElement> StatusAsync() => bench.ControlAsync("/sim/status");

    /// <summary>GET /sim/connections: a connection by its number; null when it is gone.</summary>
    public async Task<JsonElement?> ConnectionAsync(long id)
    {
        foreach (var connection in (await bench.ControlAsync("/sim/connections")).GetProperty("connections").EnumerateArray())
        {
            if (connection.GetProperty("id").GetInt64() == id)
            {
                return connection;
            }
        }

        return null;
    }

    /// <summary>Sends a REST request, and returns when the venue has it; its answer may be held back.</summary>
    public async Task<Task<(int Status, JsonElement Body)>> AskAsync(string path, string? timeUnit = null)
    {
        var requests = (await StatusAsync()).GetProperty("requests").GetInt64();
        var answer = GetAsync(path, timeUnit);
        await UntilAsync("requests", requests + 1);
        return answer;
    }

    /// <summary>The answer to a REST request.</summary>
    public async Task<(int Status, JsonElement Body)> GetAsync(string path, string? timeUnit = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(bench.Venue.HttpUri, "/api/v3/" + path));
        if (timeUnit is not null)
        {
            request.Headers.Add("X-MBX-TIME-UNIT", timeUnit);
        }

        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in listeners)
        {
            await listener.DisposeAsync();
        }

        await bench.DisposeAsync();
        http.Dispose();
    }

    // What a client sends is on its way for a moment.
    private async Task UntilAsync(string count, long least)
    {
        using var patience = new CancellationTokenSource(Patience);
        while ((await StatusAsync()).GetProperty(count).GetInt64() < least)
        {
            await Task.Delay(2, patience.Token);
        }
    }
}

/// <summary>Reads everything that a connection brings, in the background.</summary>
internal sealed class StreamListener : IAsyncDisposable
{
    private readonly StreamClient client;
    private readonly Task<string> reading;
    private readonly Lock gate = new();
    private readonly List<JsonElement> messages = [];
    private readonly Dictionary<long, TaskCompletionSource> marks = [];
    private long mark;

    public StreamListener(StreamClient client, long id)
    {
        this.client = client;
        Id = id;
        reading = ReadAsync();
    }

    /// <summary>The venue's number of the connection.</summary>
    public long Id { get; }

    /// <summary>Done when nothing comes any more: how it ended.</summary>
    public Task<string> End => reading;

    /// <summary>What has come, in its order: payloads in their envelopes, where the connection has such.</summary>
    public JsonElement[] Messages
    {
        get
        {
            lock (gate)
            {
                return [.. messages];
            }
        }
    }

    /// <summary>Payloads of a combined connection's stream.</summary>
    public JsonElement[] Of(string stream) => [.. Messages.Where(m => m.GetProperty("stream").GetString() == stream).Select(m => m.GetProperty("data"))];

    /// <summary>Waits until everything that the venue has sent so far is here: the answer to a request comes after it.</summary>
    public async Task CatchUpAsync() => await await AskAsync();

    /// <summary>Sends a request; the task within is done when its answer is here.</summary>
    public async Task<Task> AskAsync()
    {
        TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            marks.Add(++mark, answered);
        }

        await client.SendAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"method":"LIST_SUBSCRIPTIONS","id":{{mark}}}"""));
        return answered.Task;
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await reading;
    }

    private async Task<string> ReadAsync()
    {
        var how = "closed";
        try
        {
            while (await client.ReceiveAsync() is { Length: > 0 } text)
            {
                var message = JsonDocument.Parse(text).RootElement;
                lock (gate)
                {
                    if (message.TryGetProperty("id", out var id))
                    {
                        marks[id.GetInt64()].SetResult();
                    }
                    else
                    {
                        messages.Add(message);
                    }
                }
            }
        }
        catch (WebSocketException)
        {
            how = "broken";
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The test is over.
            how = "left";
        }

        lock (gate)
        {
            foreach (var waiting in marks.Values)
            {
                waiting.TrySetException(new IOException($"The connection is {how}."));
            }
        }

        return how;
    }
}
