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
