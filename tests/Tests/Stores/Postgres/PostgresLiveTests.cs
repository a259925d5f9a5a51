using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Postgres;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Support;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>
/// A paper run with a real server as its store, as processes of their own. The server is away at the start, crashes, is emptied, and the
/// run's own process is killed: the run never stops for it, and in the end the server has every event of the journal, once.
/// </summary>
public sealed class PostgresLiveTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Lazy<PostgresServer> own = new(() => new PostgresServer());

    private string Journal => Path.Combine(folder, "journal");

    public void Dispose()
    {
        if (own.IsValueCreated)
        {
            own.Value.Dispose();
        }

        folder.Dispose();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public Task Live_ServerAwayAtTheStartAndCrashed_IsForwardedWholeAndNeverStops() => TradeAsync(also: false);

    /// <summary>Only in a soak, also for who filters by name: it takes minutes.</summary>
    [Fact]
    [Trait("Category", "Soak")]
    public Task Live_ServerAlsoEmptiedAndTheRunKilled_IsForwardedWholeAndNeverStops() => Cases.IsSoak ? TradeAsync(also: true) : Task.CompletedTask;

    private async Task TradeAsync(bool also)
    {
        var server = own.Value;
        var connection = server.NewSchema();
        await using var bench = await VenueAsync();
        await using var there = new PostgresStore(connection, "p", TimeProvider.System);
        server.Stop();
        var run = "";
        using (var live = new LiveProcess(bench, Journal, connection))
        {
            run = await live.RunAsync();
            var stream = StreamName.Run(run, "NEXOUSDT");
            await live.UntilAsync(s => s.Events > 100 && s.Away > 0 && s.Behind > 100);
            var metrics = await live.MetricsAsync();
            Assert.Contains("\nmm_store_alarm ", metrics, StringComparison.Ordinal);
            Assert.DoesNotContain("\nmm_store_behind_events 0\n", metrics, StringComparison.Ordinal);
            server.Start();
            await UntilThereAsync(there, stream, live.Last.Events);

            server.Stop(crash: true);
            await live.UntilAsync(s => s.Away > 0);
            var events = live.Last.Events;
            await live.UntilAsync(s => s.Events > events);
            server.Start();
            await UntilThereAsync(there, stream, live.Last.Events);

            if (also)
            {
                Drop(server, new NpgsqlConnectionStringBuilder(connection).SearchPath!);
                await live.UntilAsync(s => s.Events > events);
                await UntilThereAsync(there, stream, live.Last.Events);
                live.Process.Kill();
                await live.Process.WaitForExitAsync();
            }
            else
            {
                await EndAsync(live);
            }
        }

        if (also)
        {
            using var live = new LiveProcess(bench, Journal, connection);
            Assert.Equal(run, await live.RunAsync());
            await UntilThereAsync(there, StreamName.Run(run, "NEXOUSDT"), 1);
            await EndAsync(live);
        }

        static async Task EndAsync(LiveProcess live)
        {
            var (code, ended, error) = await live.InterruptAsync();
            Assert.True(code == 0, error);
            Assert.Equal((0, 0L, false), (ended.GetProperty("streams").GetInt32(), ended.GetProperty("behind").GetInt64(), ended.GetProperty("alarm").GetBoolean()));
            Assert.DoesNotContain("s3cr3t", error + ended, StringComparison.Ordinal);
        }

        await AssertEqualAsync(there, atLeast: also ? 4 : 3);
        Assert.Empty(new PendingForwards(new JournalStore(Journal, TimeProvider.System), Place(connection)).List());
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand($"SELECT count(*) FROM positions WHERE run = '{run}' AND position IS NOT NULL AND cash IS NOT NULL");
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Live_ServerThatStaysAway_EndsInOrderAndNamesTheCommandThatCarriesOn()
    {
        await using var bench = await VenueAsync();
        using (var live = new LiveProcess(bench, Journal, "Host=/nowhere;Username=mm;Database=mm;Password=s3cr3t"))
        {
            await live.RunAsync();
            await live.UntilAsync(s => s.Events > 20 && s.Away > 0);
            var (code, ended, error) = await live.InterruptAsync();
            Assert.True(code == 0, error);
            var left = ended.GetProperty("streams").GetInt32();
            Assert.True(left >= 3, $"{left} streams");
            Assert.True(ended.GetProperty("behind").GetInt64() > 20);
            Assert.Contains($"Nothing is lost: {left} streams are whole in {Journal} ", error, StringComparison.Ordinal);
            Assert.Contains($"mm store copy --from {Journal} --to STORE", error, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cr3t", error + ended, StringComparison.Ordinal);
        }

        var connection = PostgresServer.Shared.NewSchema();
        using var copy = LiveProcess.Start(connection, "store", "copy", "--from", Journal, "--to", "env:MM_STORE", "--verify");
        var text = await copy.StandardOutput.ReadToEndAsync();
        await copy.WaitForExitAsync();
        Assert.True(copy.ExitCode == 0, text);
        await using var there = new PostgresStore(connection, "p", TimeProvider.System);
        await AssertEqualAsync(there, atLeast: 3);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Live_ServerThatSaysNo_DoesNotBegin()
    {
        using var live = LiveProcess.Start(PostgresServer.Shared.NewSchema() + ";Database=nosuch", "live", "--symbols", "NEXOUSDT", "--endpoint", "http://127.0.0.1:1", "--store", "env:MM_STORE", "--journal", Journal);
        var error = await live.StandardError.ReadToEndAsync();
        await live.WaitForExitAsync();
        Assert.Equal(2, live.ExitCode);
        Assert.Contains("createdb", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Journal));
    }

    // Its first answer takes long on a busy machine, and the run would not wait for it.
    private static async Task<CaptureBench> VenueAsync()
    {
        var bench = await CaptureBench.StartAsync("NEXOUSDT", "300", change: o => o with { Repeat = true });
        await bench.ControlAsync("/api/v3/exchangeInfo");
        return bench;
    }

    // An append that is under way and a drop take the tables' locks in another order. Of two that wait for each other the server gives up
    // one: where it is this one, it is asked again, as an operator would.
    private static void Drop(PostgresServer server, string schema)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                server.Execute($"DROP SCHEMA {schema} CASCADE");
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < 20)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static string Place(string connection) => EventSourcedMM.Stores.Locations.StoreLocation.Parse("postgres:" + connection, _ => null).Redacted;

    // The run never waits for the server, so it is asked itself how far it is.
    private static async Task UntilThereAsync(PostgresStore there, StreamName stream, long events)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if ((await there.FindAsync(stream))?.Version >= events)
                {
                    return;
                }
            }
            catch (StoreUnreachableException) when (attempt < 3_000)
            {
                // It is being started.
            }

            Assert.True(attempt < 3_000, $"{events} events of {stream} did not get there within two and a half minutes");
            await Task.Delay(50);
        }
    }

    private async Task AssertEqualAsync(PostgresStore there, int atLeast)
    {
        await using var journal = new JournalStore(Journal, TimeProvider.System);
        var streams = journal.ListAsync().ToBlockingEnumerable().ToArray();
        Assert.True(streams.Length >= atLeast, $"{streams.Length} streams");
        foreach (var stream in streams)
        {
            Assert.Equal(journal.ReadManifest(stream)!.ToJson(), (await there.ReadManifestAsync(stream))?.ToJson());
            Assert.Empty(StreamCheck.Damage(there, stream));
        }
    }

    /// <summary><c>mm live --json</c>, and what it says.</summary>
    private sealed class LiveProcess : IDisposable
    {
        private readonly int port = FreePort();
        private readonly Task<string> error;

        public LiveProcess(CaptureBench bench, string journal, string connection)
        {
            Process = Start(connection, "live", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", "env:MM_STORE", "--journal", journal, "--json", "--no-archive", "--portfolio-max-halted", "1", "--health", port.ToString(CultureInfo.InvariantCulture));
            error = Process.StandardError.ReadToEndAsync();
        }

        public Process Process { get; }

        public (long Events, double Away, long Behind) Last { get; private set; }

        public static Process Start(string connection, params string[] arguments)
        {
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["MM_STORE"] = "postgres:" + connection },
            };
            foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "mm.dll"), .. arguments])
            {
                start.ArgumentList.Add(argument);
            }

            return Process.Start(start)!;
        }

        public async Task<string> RunAsync() => (await ReadAsync("started")).GetProperty("run").GetString()!;

        public async Task UntilAsync(Func<(long Events, double Away, long Behind), bool> reached)
        {
            do
            {
                var status = await ReadAsync("status");
                var forwarding = status.GetProperty("forwarding");
                Last = (status.GetProperty("symbols")[0].GetProperty("events").GetInt64(), forwarding.GetProperty("awaySeconds").GetDouble(), forwarding.GetProperty("behind").GetInt64());
            }
            while (!reached(Last));
        }

        public async Task<string> MetricsAsync()
        {
            using var http = new HttpClient();
            return await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
        }

        public async Task<(int Code, JsonElement Forwarding, string Error)> InterruptAsync()
        {
            using (var kill = Process.Start("kill", ["-" + InterruptSignal.Number.ToString(CultureInfo.InvariantCulture), Process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }

            var ended = await ReadAsync("ended");
            await Process.WaitForExitAsync();
            return (Process.ExitCode, ended.GetProperty("forwarding"), await error);
        }

        public void Dispose()
        {
            if (!Process.HasExited)
            {
                Process.Kill();
                Process.WaitForExit();
            }

            Process.Dispose();
        }

        // Below the ports that a system gives to whoever asks for any.
        private static int FreePort()
        {
            var draw = new Random(Environment.ProcessId);
            while (true)
            {
                var port = draw.Next(20_000, 30_000);
                try
                {
                    using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
                    listener.Start();
                    return port;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    // tidy-ok: taken, another one is drawn
                }
            }
        }

        private async Task<JsonElement> ReadAsync(string type)
        {
            while (await Process.StandardOutput.ReadLineAsync() is { } line)
            {
                var json = JsonDocument.Parse(line).RootElement;
                if (json.GetProperty("type").GetString() == type)
                {
                    return json;
                }
            }

            Assert.Fail($"the run ended by itself: {await error}");
            return default;
        }
    }
}
