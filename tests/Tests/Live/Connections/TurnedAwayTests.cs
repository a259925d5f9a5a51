using System.Net;
using System.Net.WebSockets;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Tests.Live.Trading;

namespace EventSourcedMM.Tests.Live.Connections;

/// <summary>A venue that accepts a connection and closes it at once, as one whose limit is met may: how often it is asked again. Its time runs ten times as fast: what stands is not taken for dead on a machine that is busy for seconds.</summary>
public sealed class TurnedAwayTests : IAsyncDisposable
{
    private const int Connections = 5;

    private readonly Clock clock = Clock.Simulated(1_700_000_000_000_000_000, 10);
    private readonly HttpListener venue = new();
    private readonly VenueEndpoint endpoint;
    private readonly Task serving;
    private int keep;

    public TurnedAwayTests()
    {
        var address = $"http://127.0.0.1:{KeyLeakTests.FreePort()}";
        endpoint = VenueEndpoint.Parse(address);
        venue.Prefixes.Add(address + "/");
        venue.Start();
        serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        venue.Close();
        await serving;
    }

    [Fact]
    public async Task Connection_ThatIsClosedAtOnce_IsOpenedAgainAfterGrowingWaits()
    {
        var told = new Told(clock, Connections);
        await RunAsync(new ConnectionKeeper(endpoint, ["btcusdt@trade"], clock, told, 1), told);
        AssertGrowing(told.Ups);
        Assert.All(told.Downs, why => Assert.Contains("soon after its opening: the next one is opened in", why, StringComparison.Ordinal));
    }

    /// <summary>The first one stays and announces that it will end; whatever is opened beside it is closed at once.</summary>
    [Fact]
    public async Task Renewal_ThatIsClosedAtOnce_IsTriedAgainAfterGrowingWaits()
    {
        keep = 1;
        var told = new Told(clock, Connections);
        await RunAsync(new ConnectionKeeper(endpoint, ["btcusdt@trade"], clock, told, 1), told);
        Assert.Single(told.Ups);
        Assert.Empty(told.Downs);
        AssertGrowing(told.Overlaps);
    }

    // The lower half of each wait at least, however slow the machine.
    private static void AssertGrowing(List<long> times)
    {
        Assert.Equal(Connections, times.Count);
        for (var i = 1; i < times.Count; i++)
        {
            var least = 250_000_000L << (i - 1);
            Assert.True(times[i] - times[i - 1] >= least, $"connection {i + 1} was opened {(times[i] - times[i - 1]) / 1e9:0.000} s after the one before it, {least / 1e9:0.00} s are the least");
        }
    }

    private static async Task RunAsync(ConnectionKeeper keeper, Told told)
    {
        using var stop = new CancellationTokenSource();
        var running = keeper.RunAsync(stop.Token);
        await told.Enough.WaitAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await running;
    }

    private async Task ServeAsync()
    {
        var kept = new List<Task>();
        try
        {
            while (true)
            {
                var asked = await venue.GetContextAsync();
                var socket = (await asked.AcceptWebSocketAsync(null)).WebSocket;
                if (kept.Count < keep)
                {
                    kept.Add(AnnounceAsync(socket));
                    continue;
                }

                await socket.CloseOutputAsync(WebSocketCloseStatus.PolicyViolation, "not now", CancellationToken.None);
                socket.Dispose();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or WebSocketException)
        {
            // The test is over.
            await Task.WhenAll(kept);
        }
    }

    private static async Task AnnounceAsync(WebSocket socket)
    {
        using (socket)
        {
            try
            {
                while (socket.State == WebSocketState.Open)
                {
                    await socket.SendAsync("""{"e":"serverShutdown","E":1700000000000}"""u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
                    await Task.Delay(50);
                }
            }
            catch (Exception e) when (e is WebSocketException or HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The keeper has closed it.
            }
        }
    }

    private sealed class Told(Clock clock, int enough) : IKeptStreams
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<long> Ups { get; } = [];

        public List<long> Overlaps { get; } = [];

        public List<string> Downs { get; } = [];

        public Task Enough => done.Task;

        public void OnUp(StreamConnection connection, string why) => Note(Ups);

        public void OnOverlap(StreamConnection old, StreamConnection next, string why) => Note(Overlaps);

        public void OnDown(StreamConnection connection, string why) => Downs.Add(why);

        public void OnTakenOver(StreamConnection old, StreamConnection next)
        {
        }

        public void OnFailure(Exception failure, TimeSpan wait)
        {
        }

        public bool HasCaughtUp(StreamConnection next) => false;

        public void OnBurst(StreamConnection connection)
        {
        }

        public void OnMessage(StreamConnection connection, long receiveTime, ReadOnlySpan<byte> utf8)
        {
        }

        public void OnBurstEnd(StreamConnection connection)
        {
        }

        private void Note(List<long> times)
        {
            times.Add(clock.Now);
            if (times.Count == enough)
            {
                done.TrySetResult();
            }
        }
    }
}
