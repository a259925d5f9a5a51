#if OFFICIAL_STORES && MM_TEST_ESDB
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.EventStoreDb;

namespace EventSourcedMM.Tests.Stores;

/// <summary>The contract on EventStoreDB, at the address in MM_TEST_ESDB; each test under a prefix of its own, which stays there.</summary>
public sealed class EventStoreDbStoreTests : EventStoreContract
{
    private static string Address => Environment.GetEnvironmentVariable("MM_TEST_ESDB") is { Length: > 0 } text
        ? text
        : throw new InvalidOperationException("MM_TEST_ESDB is not set: it holds the address of an EventStoreDB server for tests, such as esdb://localhost:2113?tls=false.");

    private readonly string prefix = $"t{Guid.NewGuid():N}"[..16];

    private EventStoreDbStore Server => (EventStoreDbStore)Store;

    [Fact]
    public async Task Open_OfAServerThatIsNotThere_SaysSo()
    {
        await using var store = new EventStoreDbStore("esdb://u:secret@127.0.0.1:1?tls=false", "esdb://127.0.0.1:1", TimeProvider.System);
        var error = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await store.FindAsync(StoreEvents.Stream));
        Assert.StartsWith("esdb://127.0.0.1:1 is out of reach: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OfAnAddressThatCannotBeRead_IsRefusedWithoutShowingIt()
    {
        var error = Assert.Throws<StoreRefusedException>(() => new EventStoreDbStore("esdb://u:secret@host:2113?tls=perhaps", "esdb://host:2113", TimeProvider.System));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    /// <summary>A node that lags would answer with a version that is over: a false conflict, or a batch that is sent for ever.</summary>
    [Theory]
    [InlineData("follower")]
    [InlineData("random")]
    [InlineData("readOnlyReplica")]
    public void Open_OfNodesThatMayBeBehind_IsRefused(string node)
    {
        var error = Assert.Throws<StoreRefusedException>(() => new EventStoreDbStore($"esdb://u:secret@host:2113?tls=false&nodePreference={node}", "esdb://host:2113", TimeProvider.System));
        Assert.Contains($"nodePreference={node}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_OfMoreThanTheServerTakesAtOnce_IsSeenWholeAndAgainChangesNothing()
    {
        // About 3 MB of JSON: several appends at the server's default of 1 MiB.
        var batch = StoreEvents.Batch(1, 10_000);
        Assert.False((await Store.AppendAsync(StoreEvents.Stream, 0, batch, Durability.EveryAppend)).AlreadyStored);
        await AssertHolds(StoreEvents.Stream, 1, 10_000);
        Assert.True((await Store.AppendAsync(StoreEvents.Stream, 0, batch, Durability.EveryAppend)).AlreadyStored);
    }

    [Fact]
    public async Task Append_OfTheSameEventsByTwoProcesses_TellsWhoWasSecond()
    {
        // Two stores know nothing of each other, as two processes: the server itself would report success to both.
        await using var other = Open();
        await Append(1, 10);
        await other.AppendAsync(StoreEvents.Stream, 10, StoreEvents.Batch(11, 10), Durability.OnClose);
        Assert.True((await Append(11, 10)).AlreadyStored);
        var batch = StoreEvents.Batch(21, 2);
        await other.AppendAsync(StoreEvents.Stream, 20, batch, Durability.OnClose);
        var different = StoreEvents.Batch(21, 1);
        different.Add(StoreEvents.Header(22, EventType.Trade), default(Trade));
        var conflict = await Assert.ThrowsAsync<EventConflictException>(async () => await Store.AppendAsync(StoreEvents.Stream, 20, different, Durability.OnClose));
        Assert.Equal(22, conflict.Sequence);
        await AssertHolds(StoreEvents.Stream, 1, 22);
    }

    [Fact]
    public async Task Events_OnTheServer_AreJsonWithTypeIdCauseAndCorrelation()
    {
        await Append(1, 30);
        var run = StreamName.Run("r1", "BTCUSDT");
        var batch = new EventBatch();
        batch.Add(StoreEvents.Header(1, EventType.RunStarted) with { Version = RunStarted.Version, Cause = Cause.None }, new RunStarted { Run = "r1", Symbol = "BTCUSDT", Inputs = $"{StoreEvents.Stream} 30 00" });
        batch.Add(StoreEvents.Header(2, EventType.TimerFired) with { Cause = new Cause(1, 7) }, default(TimerFired));
        batch.Add(StoreEvents.Header(3, EventType.TimerFired) with { Cause = new Cause(0, 2) }, default(TimerFired));
        await Store.AppendAsync(run, 0, batch, Durability.EveryAppend);

        var stored = (await Server.ReadServerEventAsync(StoreEvents.Stream, 3))!;
        Assert.Equal((EventId.Of(StoreEvents.Stream, 3), "depthDiff", "application/json"), (stored.Id, stored.Type, stored.ContentType));
        Assert.EndsWith("-BTCUSDT/2024-08-08/rec", stored.Stream, StringComparison.Ordinal);
        using var data = System.Text.Json.JsonDocument.Parse(stored.Data);
        Assert.Equal(3, data.RootElement.GetProperty("sequence").GetInt64());
        Assert.Equal(System.Text.Json.JsonValueKind.Object, data.RootElement.GetProperty("payload").ValueKind);
        Assert.Equal(("r1", EventId.Of(StoreEvents.Stream, 7).ToString()), await TiesAsync(2));
        Assert.Equal(("r1", EventId.Of(run, 2).ToString()), await TiesAsync(3));

        async Task<(string?, string?)> TiesAsync(long sequence)
        {
            using var metadata = System.Text.Json.JsonDocument.Parse((await Server.ReadServerEventAsync(run, sequence))!.Metadata);
            return (metadata.RootElement.GetProperty("$correlationId").GetString(), metadata.RootElement.GetProperty("$causationId").GetString());
        }
    }

    [Fact]
    public async Task Follow_BrokenOff_GoesOnFromItsCheckpoint()
    {
        await AppendMany(5_000);
        var seen = new List<long>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => Server.FollowAsync("test", StoreEvents.Stream, (page, _) =>
        {
            seen.AddRange(page.Select(e => e.Header.Sequence));
            return seen.Count > 1_000 ? throw new InvalidOperationException("a failure of the subscriber") : Task.CompletedTask;
        }));
        var checkpoint = await Server.CheckpointAsync("test", StoreEvents.Stream);
        Assert.InRange(checkpoint, 0, seen.Count);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var from = 0L;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Server.FollowAsync("test", StoreEvents.Stream, async (page, _) =>
        {
            from = from == 0 ? page.FirstSequence : from;
            if (page.LastSequence == 5_000)
            {
                await cancel.CancelAsync();
            }
        }, cancel.Token));
        Assert.Equal(checkpoint + 1, from);
    }

    protected override Task<IEventStore> OpenAsync() => Task.FromResult<IEventStore>(Open());

    private EventStoreDbStore Open() => new($"{Address}{(Address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}streamPrefix={prefix}", "esdb", TimeProvider.System);
}
#endif
