using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Postgres;
using EventSourcedMM.Tests.Support;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>A server that is stopped, killed, restarted and emptied while events are carried to it: none is lost, none is there twice.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresForwarderTests : IDisposable
{
    private static readonly ForwarderOptions Quick = new() { MaxEvents = 100, FlushPatience = TimeSpan.Zero, RetryInterval = TimeSpan.FromMilliseconds(50), MaxRetryInterval = TimeSpan.FromMilliseconds(200) };

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(100, 700)]
    [InlineData(1_200, 3_000)]
    public async Task Forward_WhileTheServerIsStoppedAndKilled_LosesAndDoublesNothing(int batch, int events)
    {
        // In order and as after a crash; in a soak again and again. The smaller batches go as arrays, the larger ones by COPY.
        bool[] crashes = [.. Enumerable.Range(0, Cases.Count(2)).Select(i => i % 2 == 1)];
        using var server = new PostgresServer();
        var alarms = new System.Collections.Concurrent.ConcurrentQueue<ForwarderAlarm>();
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await using var target = new PostgresStore(server.NewSchema(), "postgres://mm@test/postgres", TimeProvider.System);
        var forwarder = new JournalForwarder(journal, target, TimeProvider.System, Quick with { MaxEvents = batch, AlarmAfter = TimeSpan.FromMilliseconds(100), Alarm = alarms.Enqueue });
        using var cancel = new CancellationTokenSource(TimeSpan.FromMinutes(crashes.Length));
        var running = Task.Run(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: true, cancel.Token));
        var written = 0;
        foreach (var crash in crashes)
        {
            written = await WriteAsync(journal, written, events);
            await UntilAsync(target, written - events + batch, cancel.Token);
            server.Stop(crash);
            written = await WriteAsync(journal, written, events);
            while (alarms.LastOrDefault() is not { Raised: true })
            {
                // Away for longer than the alarm allows.
                Assert.False(running.IsCompleted);
                await Task.Delay(20, cancel.Token);
            }

            server.Start();
        }

        var manifest = await journal.SealAsync(StoreEvents.Stream, "1.2.3", [new("note", "text")], cancel.Token);
        var end = await running;
        Assert.Equal((written, 0L), (end.Server, end.Behind));
        Assert.Equal(manifest.ToJson(), (await target.ReadManifestAsync(StoreEvents.Stream))!.ToJson());
        Assert.Equal(manifest.ContentHash, StreamCheck.Hash(target, StoreEvents.Stream));
        Assert.Equal(0, alarms.Count % 2);
        Assert.Equal([.. alarms.Select((_, i) => i % 2 == 0)], alarms.Select(a => a.Raised));
        Assert.NotEmpty(alarms);
    }

    [Fact]
    public async Task Forward_ToAServerThatCameBackEmpty_BeginsAgain()
    {
        var connection = PostgresServer.Shared.NewSchema();
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await using var target = new PostgresStore(connection, "postgres://mm@test/postgres", TimeProvider.System);
        var forwarder = new JournalForwarder(journal, target, TimeProvider.System, Quick);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var running = Task.Run(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: true, cancel.Token));
        var written = await WriteAsync(journal, 0, 2_000);
        await UntilAsync(target, written, cancel.Token);
        PostgresServer.Shared.Execute($"DROP SCHEMA {new NpgsqlConnectionStringBuilder(connection).SearchPath} CASCADE");
        written = await WriteAsync(journal, written, 500);
        await UntilAsync(target, written, cancel.Token);
        await journal.SealAsync(StoreEvents.Stream, "1", ct: cancel.Token);
        Assert.Equal(written, (await running).Server);
        Assert.Equal(journal.ReadManifest(StoreEvents.Stream)!.ContentHash, StreamCheck.Hash(target, StoreEvents.Stream));
    }

    /// <summary>Somebody empties the database again and again, also while its tables are being made: that is never a refusal, and never a hole.</summary>
    [Fact]
    public async Task Forward_WhileTheSchemaIsDroppedAgainAndAgain_IsNeverRefused()
    {
        var connection = PostgresServer.Shared.NewSchema();
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await using var target = new PostgresStore(connection, "postgres://mm@test/postgres", TimeProvider.System);
        var lost = 0;
        var forwarder = new JournalForwarder(journal, target, TimeProvider.System, Quick with { RetryInterval = TimeSpan.FromMilliseconds(5), MaxRetryInterval = TimeSpan.FromMilliseconds(20), Lost = _ => Interlocked.Increment(ref lost) });
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var running = Task.Run(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: true, cancel.Token));
        var written = await WriteAsync(journal, 0, 1_000);
        await UntilAsync(target, 500, cancel.Token);
        for (var round = 0; round < Cases.Count(10); round++)
        {
            try
            {
                PostgresServer.Shared.Execute($"DROP SCHEMA IF EXISTS {new NpgsqlConnectionStringBuilder(connection).SearchPath} CASCADE");
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.InternalError)
            {
                // The one of the two that the server gave up was this one.
            }

            written = await WriteAsync(journal, written, 20);
            await Task.Delay(round * 3, cancel.Token);
        }

        await journal.SealAsync(StoreEvents.Stream, "1", ct: cancel.Token);
        Assert.Equal(written, (await running).Server);
        Assert.Equal(journal.ReadManifest(StoreEvents.Stream)!.ContentHash, StreamCheck.Hash(target, StoreEvents.Stream));
        Assert.True(lost > 0);
    }

    [Fact]
    public async Task Forward_ToAServerThatIsAway_GivesUpWhenToldTo()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await WriteAsync(journal, 0, 100);
        await using var target = new PostgresStore("Host=/nowhere;Username=u", "postgres://u@/nowhere", TimeProvider.System);
        var progress = new List<ForwarderProgress>();
        var forwarder = new JournalForwarder(journal, target, TimeProvider.System, Quick with { GiveUpAfter = TimeSpan.FromMilliseconds(500), Progress = progress.Add });
        var away = await Assert.ThrowsAsync<StoreUnreachableException>(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: false));
        Assert.Contains("the journal has them all", away.Message, StringComparison.Ordinal);
        Assert.NotEmpty(progress);
    }

    [Fact]
    public async Task Forward_OntoOtherEvents_IsAnErrorAndLeavesThem()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await WriteAsync(journal, 0, 100);
        await using var target = new PostgresStore(PostgresServer.Shared.NewSchema(), "p", TimeProvider.System);
        var batch = StoreEvents.Batch(1, 9);
        batch.Add(StoreEvents.Header(10, EventType.Trade), default(Trade));
        await target.AppendAsync(StoreEvents.Stream, 0, batch, Durability.EveryAppend);
        var forwarder = new JournalForwarder(journal, target, TimeProvider.System, Quick);
        await Assert.ThrowsAsync<EventConflictException>(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: false));
        Assert.Equal(10, (await target.FindAsync(StoreEvents.Stream))!.Version);
    }

    [Fact]
    public async Task Forward_ByTwoAtOnce_StoresEachEventOnce()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await WriteAsync(journal, 0, 5_000);
        await journal.SealAsync(StoreEvents.Stream, "1");
        var connection = PostgresServer.Shared.NewSchema();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            await using var target = new PostgresStore(connection, "p", TimeProvider.System);
            var forwarder = new JournalForwarder(journal, target, TimeProvider.System, Quick with { MaxEvents = 50 + (i * 7) });
            Assert.Equal(5_000, (await forwarder.ForwardAsync(StoreEvents.Stream, follow: false)).Server);
        })));
        await using var store = new PostgresStore(connection, "p", TimeProvider.System);
        Assert.Equal(journal.ReadManifest(StoreEvents.Stream)!.ContentHash, StreamCheck.Hash(store, StoreEvents.Stream));
    }

    [Fact]
    public async Task Copy_JournalToPostgresToJournal_HasEqualHashes()
    {
        await using var first = new JournalStore(Path.Combine(folder, "a"), TimeProvider.System);
        await WriteAsync(first, 0, 10_000);
        var manifest = await first.SealAsync(StoreEvents.Stream, "1.2.3");
        await using var server = new PostgresStore(PostgresServer.Shared.NewSchema(), "p", TimeProvider.System);
        await using var last = new JournalStore(Path.Combine(folder, "b"), TimeProvider.System);
        await new StreamCopier(first, server).CopyAsync(StoreEvents.Stream);
        await new StreamCopier(server, last).CopyAsync(StoreEvents.Stream);
        Assert.Equal(manifest.ToJson(), last.ReadManifest(StoreEvents.Stream)!.ToJson());
        Assert.Empty(StreamCheck.Damage(last, StoreEvents.Stream));
    }

    private static async Task<int> WriteAsync(JournalStore journal, int from, int count)
    {
        for (var first = from + 1; first <= from + count; first += 500)
        {
            await journal.AppendAsync(StoreEvents.Stream, first - 1, StoreEvents.Batch(first, Math.Min(500, from + count - first + 1)), Durability.OnClose);
        }

        return from + count;
    }

    private static async Task UntilAsync(PostgresStore target, long version, CancellationToken ct)
    {
        while ((await target.FindAsync(StoreEvents.Stream, ct))?.Version is not { } there || there < version)
        {
            await Task.Delay(20, ct);
        }
    }
}
