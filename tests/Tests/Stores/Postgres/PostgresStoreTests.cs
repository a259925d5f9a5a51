using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Postgres;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>The contract on a real server, and what only a server can do wrong.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresStoreTests : EventStoreContract
{
    // Longer than any test: whatever arrives was told, not found by looking.
    private static readonly PostgresOptions NoPolling = new() { PollInterval = TimeSpan.FromHours(1) };

    private string connection = "";

    private string Schema => new NpgsqlConnectionStringBuilder(connection).SearchPath!;

    [Fact]
    public async Task Subscribe_WithoutPolling_IsToldOfEveryCommit()
    {
        await using var reader = new PostgresStore(connection, "reader", TimeProvider.System, NoPolling);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var subscribers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Follow(reader, 1, 3_000, cancel.Token))).ToArray();
        for (var first = 1; first <= 3_000; first += 10)
        {
            await Append(first, 10);
        }

        await Task.WhenAll(subscribers);
    }

    [Fact]
    public async Task Subscribe_WhileACommitIsLate_WaitsForItAndMissesNothing()
    {
        await Append(1, 10);
        await using var reader = new PostgresStore(connection, "reader", TimeProvider.System, NoPolling);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var seen = 0L;
        var subscriber = Task.Run(async () =>
        {
            await foreach (var page in reader.SubscribeAsync(StoreEvents.Stream, 1, cancel.Token))
            {
                Assert.Equal(Volatile.Read(ref seen) + 1, page.FirstSequence);
                Volatile.Write(ref seen, page.LastSequence);
                if (page.LastSequence == 30)
                {
                    return;
                }
            }
        });

        // A writer that has its versions and its events, and is slow to commit.
        await using var slow = new NpgsqlConnection(connection);
        await slow.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        var batch = StoreEvents.Batch(11, 10);
        await using (var command = new NpgsqlCommand($"SELECT id FROM {Schema}.claim($1, 10, 20, $2, $2)", slow) { Parameters = { new() { Value = StoreEvents.Stream.Value }, new() { Value = batch.FirstReceiveTime } } })
        {
            var id = (long)(await command.ExecuteScalarAsync())!;
            for (var i = 0; i < batch.Count; i++)
            {
                await using var insert = new NpgsqlCommand($"INSERT INTO {Schema}.events VALUES ($1, $2, 6, $3)", slow) { Parameters = { new() { Value = id }, new() { Value = 11L + i }, new() { Value = batch[i].ToArray() } } };
                await insert.ExecuteNonQueryAsync();
            }
        }

        // A second writer of the same versions waits for it; other streams go on.
        var second = Task.Run(async () => await Append(11, 10));
        await Store.AppendAsync(StreamName.Portfolio("other"), 0, StoreEvents.Batch(1, 5), Durability.EveryAppend);
        while (Volatile.Read(ref seen) < 10)
        {
            await Task.Delay(10, cancel.Token);
        }

        await Task.Delay(300);
        Assert.Equal(10, Volatile.Read(ref seen));
        Assert.False(second.IsCompleted);
        await transaction.CommitAsync();
        Assert.True((await second).AlreadyStored);
        await Append(21, 10);
        await subscriber;
        await AssertHolds(StoreEvents.Stream, 1, 30);
    }

    [Fact]
    public async Task Events_InTheTable_AreImmutableAndHaveTheIdOfTheContract()
    {
        await Append(1, 10);
        foreach (var sql in (string[])["DELETE FROM {0}.events", "UPDATE {0}.events SET type = 1", "TRUNCATE {0}.events"])
        {
            var refused = Assert.Throws<PostgresException>(() => PostgresServer.Shared.Execute(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, Schema)));
            Assert.Contains("immutable", refused.MessageText, StringComparison.Ordinal);
        }

        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand($"SELECT event_id(name, 7) FROM streams");
        Assert.Equal(EventId.Of(StoreEvents.Stream, 7), await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Read_OfADamagedRecord_NamesTheEvent()
    {
        await AppendMany(5_000);
        PostgresServer.Shared.Execute($"ALTER TABLE {Schema}.events DISABLE TRIGGER immutable; DELETE FROM {Schema}.events WHERE sequence = 4500");
        var damaged = await Assert.ThrowsAsync<StreamDamagedException>(async () => await All(Store.ReadAsync(StoreEvents.Stream)));
        Assert.Equal(4_500, damaged.Sequence);
        Assert.NotEmpty(StreamCheck.Damage(Store, StoreEvents.Stream));
    }

    /// <summary>
    /// Between the question for a stream's row and the reading of a page the tables are dropped, and perhaps made anew, where ids begin
    /// again: that is neither damage nor are another stream's events this one's.
    /// </summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("other", 6_000)]
    [InlineData("same", 100)]
    public async Task Read_WhileTheTablesAreDroppedAndMadeAnew_SaysThatTheyAreBeingChanged(string anew, int events)
    {
        await AppendMany(6_000);
        await using var pages = Store.ReadAsync(StoreEvents.Stream).GetAsyncEnumerator();
        Assert.True(await pages.MoveNextAsync());
        Assert.InRange(pages.Current.LastSequence, 1, 5_999);
        PostgresServer.Shared.Execute($"DROP SCHEMA {Schema} CASCADE");
        if (events > 0)
        {
            await using var second = new PostgresStore(connection, "second", TimeProvider.System);
            await second.AppendAsync(anew == "same" ? StoreEvents.Stream : StreamName.Portfolio(anew), 0, StoreEvents.Batch(1, events), Durability.EveryAppend);
        }

        var changed = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await pages.MoveNextAsync());
        Assert.Contains("emptied, or restored from a backup", changed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_MadeByManyAtOnce_IsMadeOnce()
    {
        var fresh = PostgresServer.Shared.NewSchema();
        var stores = Enumerable.Range(0, 6).Select(_ => new PostgresStore(fresh, "p", TimeProvider.System)).ToArray();
        Assert.All(await Task.WhenAll(stores.Select(s => Task.Run(async () => await s.FindAsync(StoreEvents.Stream)))), Assert.Null);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Schema_OfALaterProgram_IsRefused()
    {
        PostgresServer.Shared.Execute($"UPDATE {Schema}.schema_version SET version = 99");
        await using var store = new PostgresStore(connection, "postgres://mm@here/x", TimeProvider.System);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.FindAsync(StoreEvents.Stream));
        Assert.Contains("version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatIsNotThereOrRefuses_IsNamedWithoutSecrets()
    {
        await using var away = new PostgresStore("Host=/nowhere;Username=u;Password=s3cr3t", "postgres://u@/nowhere", TimeProvider.System);
        var unreachable = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await away.FindAsync(StoreEvents.Stream));
        Assert.StartsWith("postgres://u@/nowhere is out of reach", unreachable.Message, StringComparison.Ordinal);
        await using var wrong = new PostgresStore(connection + ";Database=nothere", "postgres://mm@here/nothere", TimeProvider.System);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await wrong.FindAsync(StoreEvents.Stream));
        Assert.Contains("createdb", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", unreachable.ToString() + refused, StringComparison.Ordinal);
    }

    protected override async Task<IEventStore> OpenAsync()
    {
        connection = PostgresServer.Shared.NewSchema();
        var store = new PostgresStore(connection, "postgres://mm@test/postgres", TimeProvider.System, new PostgresOptions { PollInterval = TimeSpan.FromSeconds(5) });
        await store.FindAsync(StoreEvents.Stream);
        return store;
    }
}
