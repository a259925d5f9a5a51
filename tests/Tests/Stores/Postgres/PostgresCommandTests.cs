using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Postgres;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>The commands against a real server, each as a process of its own, as a user runs them.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresCommandTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly string connection = PostgresServer.Shared.NewSchema();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Backtest_WithAServerAsStore_IsForwardedVerifiedAndReadableInSql()
    {
        var journal = Path.Combine(folder, "journal");
        var run = Run("backtest", "--symbol", "NEXOUSDT", "--from", "2024-07-24T02:00Z", "--to", "2024-07-24T04:00Z", "--store", "env:MM_STORE", "--journal", journal, "--json");
        Assert.True(run.Code == 0, run.Error);
        using var result = JsonDocument.Parse(run.Output);
        var name = result.RootElement.GetProperty("run").GetString()!;

        // The journal's copy is not needed any more: days from the samples, the run from the server.
        var stream = new JournalStore(journal, TimeProvider.System).ListAsync("run/").ToBlockingEnumerable().Single();
        var manifest = new JournalStore(journal, TimeProvider.System).ReadManifest(stream)!;
        Directory.Delete(journal, recursive: true);
        var verified = Run("verify", name, "--store", "env:MM_STORE", "--journal", journal);
        Assert.True(verified.Code == 0, verified.Output + verified.Error);
        Assert.Contains("identical", verified.Output, StringComparison.Ordinal);
        var fills = Run("events", name, "--type", "orderFilled", "--store", "env:MM_STORE", "--journal", journal).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await using var store = new PostgresStore(connection, "p", TimeProvider.System);
        Assert.Equal(manifest.ToJson(), (await store.ReadManifestAsync(stream))!.ToJson());

        // What SQL users read, against the events and the report.
        await using var source = NpgsqlDataSource.Create(connection);
        Assert.Equal((long)fills.Length, await Value(source, "SELECT count(*) FROM fills"));
        Assert.True(fills.Length > 10);
        Assert.Equal(manifest.Counts.Single(c => c.Key == EventType.QuoteDecided).Value, await Value(source, "SELECT count(*) FROM quotes"));
        Assert.Equal(manifest.Counts.Single(c => c.Key == EventType.Marked).Value, await Value(source, "SELECT count(*) FROM marks"));
        Assert.Equal(0L, await Value(source, "SELECT count(*) FROM runs r JOIN positions p USING (run, symbol) WHERE p.position <> r.position"));
        Assert.Equal(1L, await Value(source, "SELECT count(*) FROM positions WHERE position IS NOT NULL AND cash IS NOT NULL"));
        Assert.Equal(0L, await Value(source, "SELECT count(*) FROM runs r JOIN (SELECT run, sum(pnl) AS pnl, sum(fills) AS fills FROM daily_pnl GROUP BY run) d USING (run) WHERE d.pnl <> r.pnl OR d.fills <> r.fills"));
        using var first = JsonDocument.Parse(fills[0]);
        var price = first.RootElement.GetProperty("payload").GetProperty("price").GetInt64();
        Assert.Equal(price / 100_000_000m, await Value(source, "SELECT price FROM fills ORDER BY sequence LIMIT 1"));
    }

    [Fact]
    public void Copy_OfADayToTheServerAndBack_IsVerifiedAndBacktestsFromThere()
    {
        var there = Run("store", "copy", "--from", SampleStore(), "--to", "env:MM_STORE", "--symbol", "BTCUSDT", "--verify", "--json");
        Assert.True(there.Code == 0, there.Error);
        var back = Run("store", "copy", "--from", "env:MM_STORE", "--to", Path.Combine(folder, "back"), "--verify", "--json");
        Assert.True(back.Code == 0, back.Error);
        Assert.Equal(Hashes(there.Output), Hashes(back.Output));
        var days = Run("days", "--symbol", "BTCUSDT", "--store", "env:MM_STORE", "--json");
        Assert.Contains("\"bytes\":null", days.Output, StringComparison.Ordinal);
        var book = Run("book", "--symbol", "BTCUSDT", "--store", "env:MM_STORE", "--json");
        Assert.Equal(0, book.Code);
        Assert.Equal(Run("book", "--symbol", "BTCUSDT", "--store", Path.Combine(folder, "back"), "--json").Output, book.Output);
    }

    // The two have to meet inside one append; where the machine ran one of them alone, the next round, on a stream of its own,
    // lets them meet again.
    [Fact]
    public async Task TwoProcesses_AppendingToOneStream_NameBothVersionsOrStoreEachEventOnce()
    {
        var met = false;
        for (var round = 0; round < 20 && !met; round++)
        {
            met = await RaceOnce(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"round-{round}")), PostgresServer.Shared.NewSchema());
        }

        Assert.True(met, "the two never met in 20 rounds");
    }

    private static async Task<bool> RaceOnce(string from, string server)
    {
        const int count = 40_000;
        await using (var journal = new JournalStore(from, TimeProvider.System))
        {
            for (var first = 1; first <= count; first += 500)
            {
                await journal.AppendAsync(StoreEvents.Stream, first - 1, StoreEvents.Batch(first, 500), Durability.OnClose);
            }
        }

        await using var store = new PostgresStore(server, "p", TimeProvider.System);
        var other = Task.Run(() => RunWith(server, "store", "copy", "--from", from, "--to", "env:MM_STORE"));
        var conflicts = 0;
        while (!other.IsCompleted)
        {
            var version = (int)((await store.FindAsync(StoreEvents.Stream))?.Version ?? 0);
            if (version is > 0 and < count - 1_000)
            {
                try
                {
                    await store.AppendAsync(StoreEvents.Stream, version, StoreEvents.Batch(version + 1, 7), Durability.EveryAppend);
                }
                catch (StreamConflictException e)
                {
                    Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"expected version {version}"), e.Message, StringComparison.Ordinal);
                    Assert.NotEqual(e.Expected, e.Actual);
                    conflicts++;
                }
            }
        }

        var (code, _, error) = await other;
        if (code != 0)
        {
            Assert.Equal(2, code);
            Assert.Matches(@"is at version \d+, the append expected version \d+", error);
        }

        Assert.Empty(StreamCheck.Damage(store, StoreEvents.Stream));
        var there = (await store.FindAsync(StoreEvents.Stream))!.Version;
        await using var again = new JournalStore(from, TimeProvider.System);
        Assert.Equal(StreamCheck.Hash(again, StoreEvents.Stream, there), StreamCheck.Hash(store, StoreEvents.Stream));
        return code != 0 || conflicts > 0;
    }

    [Fact]
    public void Command_WithAServerThatIsAway_ExitsWithThreeAndNoSecret()
    {
        var (code, output, error) = Run("days", "--store", "postgres:Host=/nowhere;Username=u;Password=s3cr3t");
        Assert.Equal((3, ""), (code, output));
        Assert.StartsWith("mm: postgres://u@/u?host=/nowhere is out of reach", error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error, StringComparison.Ordinal);
    }

    /// <summary>What is written is in the journal whatever the server does; it is told what is left, and whoever comes next carries it.</summary>
    [Fact]
    public async Task Commands_ServerThatIsAwayAndComesBack_WriteTheJournalAndForwardLater()
    {
        using var server = new PostgresServer();
        var there = server.NewSchema();
        var path = Path.Combine(folder, "journal");
        (int Code, string Output, string Error) With(params string[] arguments) => RunWith(there, [.. arguments, "--store", "env:MM_STORE", "--journal", path]);
        server.Stop();
        var run = With("backtest", "--symbol", "NEXOUSDT", "--from", "2024-07-24T02:30Z", "--to", "2024-07-24T03:00Z", "--json");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("Nothing is lost: 1 stream is whole in ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", run.Error, StringComparison.Ordinal);
        using var result = JsonDocument.Parse(run.Output);
        var name = result.RootElement.GetProperty("run").GetString()!;

        // Where the server might have what is missing here, its absence is the answer.
        Assert.Equal(3, With("backtest", "--symbol", "ETHUSDT", "--date", "2024-07-24").Code);
        Assert.Equal(3, With("days").Code);

        // An import is there to fill the store that was named: stored here is not what was asked for.
        var small = new JournalStore(Path.Combine(folder, "small"), TimeProvider.System);
        Archive.ArchiveSamples.Write(small, Archive.ArchiveSamples.Small, Archive.ArchiveSamples.SmallDay());
        var archived = new EventSourcedMM.Stores.Archive.StreamArchiver(small).Archive(Archive.ArchiveSamples.Small);
        var early = With("import", archived.Path);
        Assert.Equal(3, early.Code);
        Assert.Contains("Nothing is lost: 2 streams are whole in ", early.Error, StringComparison.Ordinal);
        Assert.Contains("mm store copy --from ", early.Error, StringComparison.Ordinal);

        server.Start();
        var import = With("import", archived.Path);
        Assert.True(import.Code == 0, import.Error);
        Assert.Contains("forwarded to ", import.Error, StringComparison.Ordinal);

        await using var bench = await Live.Capturing.CaptureBench.StartAsync("NEXOUSDT", "20");
        var capture = With("capture", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--for", "30s", "--json");
        Assert.True(capture.Code == 0, capture.Error);
        var journal = new JournalStore(path, TimeProvider.System);
        var streams = journal.ListAsync().ToBlockingEnumerable().ToArray();
        Assert.Equal(["market", "market", "run"], streams.Select(s => s.Family));
        await using var store = new PostgresStore(there, "p", TimeProvider.System);
        foreach (var stream in streams)
        {
            Assert.Equal(journal.ReadManifest(stream)!.ToJson(), (await store.ReadManifestAsync(stream))?.ToJson());
            Assert.Empty(StreamCheck.Damage(store, stream));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(path, ".forward"), "*", SearchOption.AllDirectories));
        await using var source = NpgsqlDataSource.Create(there);
        Assert.Equal(1L, await Value(source, $"SELECT count(*) FROM positions WHERE run = '{name}' AND position IS NOT NULL AND cash IS NOT NULL"));
    }

    /// <summary>A disk that is full answers every question and takes no event: the import ends all the same, and says which.</summary>
    [Fact]
    public async Task Import_IntoAServerThatIsFull_EndsWithThree()
    {
        await using (var store = new PostgresStore(connection, "p", TimeProvider.System))
        {
            await store.FindAsync(StoreEvents.Stream);
        }

        var schema = new NpgsqlConnectionStringBuilder(connection).SearchPath!;
        PostgresServer.Shared.Execute($"CREATE FUNCTION {schema}.cannot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$");
        PostgresServer.Shared.Execute($"CREATE TRIGGER cannot BEFORE INSERT ON {schema}.events EXECUTE FUNCTION {schema}.cannot()");
        var small = new JournalStore(Path.Combine(folder, "small"), TimeProvider.System);
        Archive.ArchiveSamples.Write(small, Archive.ArchiveSamples.Small, Archive.ArchiveSamples.SmallDay());
        var archived = new EventSourcedMM.Stores.Archive.StreamArchiver(small).Archive(Archive.ArchiveSamples.Small);
        string[] import = ["import", archived.Path, "--store", "env:MM_STORE", "--journal", Path.Combine(folder, "journal")];
        var (code, _, error) = Run(import);
        Assert.True(code == 3, error);
        Assert.Contains("no space left on device", error, StringComparison.Ordinal);
        PostgresServer.Shared.Execute($"DROP TRIGGER cannot ON {schema}.events");
        Assert.Equal(0, Run(import).Code);
    }

    [Theory]
    [InlineData("Database=nosuch", 2)]
    [InlineData("Username=nobodyelse", 2)]
    [InlineData("Port=1", 3)]
    public void Command_WrongDatabaseOrUser_IsAnInputErrorAndAClosedPortIsNot(string change, int code)
    {
        var (found, _, error) = RunWith(connection + ";" + change, "days", "--store", "env:MM_STORE");
        Assert.True(code == found, $"{found}: {error}");
        Assert.DoesNotContain("s3cr3t", error, StringComparison.Ordinal);
    }

    private static string SampleStore() => EventSourcedMM.Live.Import.SampleStore.Ensure()!;

    private static string Hashes(string json)
    {
        using var document = JsonDocument.Parse(json);
        return string.Join(' ', document.RootElement.GetProperty("streams").EnumerateArray().Select(s => s.GetProperty("contentHash").GetString()));
    }

    private static async Task<object?> Value(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private (int Code, string Output, string Error) Run(params string[] arguments) => RunWith(connection, arguments);

    private static (int Code, string Output, string Error) RunWith(string server, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MM_STORE"] = "postgres:" + server },
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "mm.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
