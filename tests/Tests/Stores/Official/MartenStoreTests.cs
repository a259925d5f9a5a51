#if OFFICIAL_STORES && MM_TEST_MARTEN
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Marten;
using Npgsql;

namespace EventSourcedMM.Tests.Stores;

/// <summary>The contract on Marten, in the PostgreSQL database that MM_TEST_MARTEN names; each test in a schema of its own.</summary>
public sealed class MartenStoreTests : EventStoreContract
{
    private readonly MartenTestDatabase database = new();

    [Fact]
    public async Task Open_OfAServerThatIsNotThere_SaysSo()
    {
        await using var store = new MartenEventStore("Host=127.0.0.1;Port=1;Timeout=2;Username=u;Password=secret", "marten://127.0.0.1:1/", TimeProvider.System);
        var error = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await store.FindAsync(StoreEvents.Stream));
        Assert.StartsWith("marten://127.0.0.1:1/ is out of reach: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_InTheDatabase_AreNamedDocumentsWithTheEventsJson()
    {
        await Append(1, 30);
        Assert.Equal(
            "depthDiff|3|303|" + EventId.Of(StoreEvents.Stream, 3),
            await database.ScalarAsync("select type || '|' || version || '|' || (data -> 'payload' ->> 'firstUpdateId') || (data ->> 'sequence') || '|' || id from SCHEMA.mt_events where stream_id = 'market/BTCUSDT/2024-08-08/rec' and version = 3"));
        Assert.Equal(StoreEvents.Stream.Value, await database.ScalarAsync("select distinct correlation_id from SCHEMA.mt_events"));
        Assert.Equal(EventId.Of(StoreEvents.Stream, 10).ToString(), await database.ScalarAsync("select causation_id from SCHEMA.mt_events where version = 11"));
    }

    /// <summary>The database came back empty while its tables were thought to be there: they are made again, and everything is carried anew.</summary>
    [Fact]
    public async Task Forward_ToADatabaseThatCameBackEmpty_BeginsAgain()
    {
        using var folder = new TempFolder();
        await using var journal = new JournalStore(folder, TimeProvider.System);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var forwarder = new JournalForwarder(journal, Store, TimeProvider.System, new ForwarderOptions { FlushPatience = TimeSpan.Zero, RetryInterval = TimeSpan.FromMilliseconds(50), MaxRetryInterval = TimeSpan.FromMilliseconds(200) });
        var running = Task.Run(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: true, cancel.Token));
        await journal.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 500), Durability.OnClose, cancel.Token);
        while ((await Store.FindAsync(StoreEvents.Stream, cancel.Token))?.Version != 500)
        {
            await Task.Delay(20, cancel.Token);
        }

        await database.DropAsync();
        await journal.AppendAsync(StoreEvents.Stream, 500, StoreEvents.Batch(501, 100), Durability.OnClose, cancel.Token);
        await journal.SealAsync(StoreEvents.Stream, "1", ct: cancel.Token);
        Assert.Equal(600, (await running).Server);
        Assert.Equal(journal.ReadManifest(StoreEvents.Stream)!.ToJson(), (await Store.ReadManifestAsync(StoreEvents.Stream, cancel.Token))!.ToJson());
    }

    [Theory]
    [InlineData("version = 5", 5)]
    [InlineData("version <= 3", 1)]
    [InlineData("version > 28", 29)]
    public async Task Read_OfAStreamFromWhichEventsWereDeleted_SaysWhichIsMissing(string deleted, long missing)
    {
        await Append(1, 30);
        await database.ScalarAsync($"delete from SCHEMA.mt_events where {deleted}");
        var seen = 0L;
        var damaged = await Assert.ThrowsAsync<StreamDamagedException>(async () =>
        {
            await foreach (var page in Store.ReadAsync(StoreEvents.Stream))
            {
                seen = page.LastSequence;
            }
        });
        Assert.Equal(missing, damaged.Sequence);
        Assert.InRange(seen, 0, missing - 1);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<StreamDamagedException>(async () => await All(Store.SubscribeAsync(StoreEvents.Stream, 1, cancel.Token)));
    }

    /// <summary>A document that somebody changed is damage at its event, whatever Marten calls it.</summary>
    [Theory]
    [InlineData("'{}'")]
    [InlineData("'[1]'")]
    [InlineData("jsonb_set(data, '{sequence}', '\"five\"')")]
    [InlineData("data || '{\"record\": \"no base64\"}'")]
    public async Task Read_OfADocumentThatIsNoEvent_SaysWhichIsDamaged(string document)
    {
        await Append(1, 30);
        await database.ScalarAsync($"update SCHEMA.mt_events set data = {document} where version = 5");
        var damaged = await Assert.ThrowsAsync<StreamDamagedException>(async () => await All(Store.ReadAsync(StoreEvents.Stream)));
        Assert.Equal(5, damaged.Sequence);
    }

    [Fact]
    public async Task Server_ThatDoesNotFlush_PromisesNothing()
    {
        using var server = new Postgres.PostgresServer();
        server.Execute("ALTER SYSTEM SET fsync = off");
        server.Stop();
        server.Start();
        await using var store = new MartenEventStore(server.ConnectionString, "m", TimeProvider.System);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend));
        Assert.Contains("fsync=off", refused.Message, StringComparison.Ordinal);
        Assert.Null(await store.FindAsync(StoreEvents.Stream));
        foreach (var again in (bool[])[false, true])
        {
            var kept = await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.OnClose);
            Assert.Equal((10L, Durability.OnClose, 0L, again), (kept.Version, kept.Durability, kept.DurableVersion, kept.AlreadyStored));
        }
    }

    [Fact]
    public async Task Subscribe_ToAServerThatIsRestarted_GoesOn()
    {
        using var server = new Postgres.PostgresServer();
        await using var store = new MartenEventStore(server.ConnectionString, "m", TimeProvider.System);
        await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var seen = new List<long>();
        await foreach (var page in store.SubscribeAsync(StoreEvents.Stream, 1, cancel.Token))
        {
            seen.AddRange(page.Select(e => e.Header.Sequence));
            if (seen.Count == 20)
            {
                break;
            }

            server.Stop(crash: true);
            _ = Task.Run(async () =>
            {
                await Task.Delay(1_000);
                server.Start();
                await store.AppendAsync(StoreEvents.Stream, 10, StoreEvents.Batch(11, 10), Durability.EveryAppend);
            });
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), seen);
    }

    protected override Task<IEventStore> OpenAsync() => Task.FromResult<IEventStore>(database.Open());

    protected override Task CleanUpAsync() => database.DropAsync();
}

/// <summary>A schema of a test's own.</summary>
internal sealed class MartenTestDatabase
{
    private static string Address => Environment.GetEnvironmentVariable("MM_TEST_MARTEN") is { Length: > 0 } text
        ? text.StartsWith("marten:", StringComparison.Ordinal) ? text["marten:".Length..] : text
        : throw new InvalidOperationException("MM_TEST_MARTEN is not set: it holds the connection string of a PostgreSQL database for tests, such as Host=localhost;Database=mm;Username=postgres.");

    private readonly string schema = $"mm_test_{Guid.NewGuid():N}"[..24];

    public MartenEventStore Open() => new($"{Address};Search Path={schema}", "marten", TimeProvider.System);

    public async Task<string?> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Address);
        await using var command = source.CreateCommand(sql.Replace("SCHEMA", schema, StringComparison.Ordinal));
        return (await command.ExecuteScalarAsync())?.ToString();
    }

    public Task DropAsync() => ScalarAsync("drop schema if exists SCHEMA cascade");
}
#endif
