using System.Collections.Concurrent;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>What a capture or a live run says of its server: how far it is behind, one alarm, what is left and how it is carried on.</summary>
public sealed class StoreForwardingTests : IDisposable
{
    private static readonly StreamName Run = StreamName.Run("r1", "BTCUSDT");

    private readonly TempFolder folder = new();
    private readonly ConcurrentQueue<string> told = new();
    private readonly StringWriter said = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Server_AwayAndBack_IsOneAlarmForAllStreamsAndNothingIsLeft()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Away };
        await using var forwarding = Make(journal, server);
        await forwarding.AskAsync(default);
        Assert.Contains("Everything is written to ", Assert.Single(told), StringComparison.Ordinal);
        forwarding.Begin(StoreEvents.Stream);
        forwarding.Begin(Run);
        await WriteAsync(journal, StoreEvents.Stream, 100);
        await WriteAsync(journal, Run, 50);
        await UntilAsync(() => forwarding.Status() is { Alarm: true, Behind: 150, Streams: 2 } s && s.Away > TimeSpan.Zero);
        Assert.Contains("store ALARM away for ", forwarding.Status().Text(), StringComparison.Ordinal);
        server.Mood = Mood.Well;
        await UntilAsync(() => forwarding.Status() is { Alarm: false, Behind: 0 });
        await UntilAsync(() => told.Count == 3);
        Assert.Equal([false, true, false], told.Select(t => t.Contains("The journal has everything; this is over", StringComparison.Ordinal)));
        Assert.Contains("has caught up", told.Last(), StringComparison.Ordinal);
        await journal.SealAsync(StoreEvents.Stream, "1");
        await journal.SealAsync(Run, "1");
        var end = await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal((0, 0L, 0, false), (end.Streams, end.Behind, end.Refused, end.Alarm));
        Assert.Equal("forwarded to a moody server: 2 streams\n", said.ToString());
        Assert.Empty(new PendingForwards(journal, server.Place).List());
    }

    [Fact]
    public async Task Server_ThatSaysNoForAWhile_IsAskedAgain()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await using var forwarding = Make(journal, server);
        await WriteAsync(journal, Run, 10);
        server.Mood = Mood.Refusing;
        await Assert.ThrowsAsync<StoreRefusedException>(() => forwarding.AskAsync(default));
        forwarding.Begin(Run);
        await UntilAsync(() => forwarding.Status() is { Refused: 1, Alarm: true });
        Assert.Contains("run/r1/BTCUSDT is not forwarded: a moody server: no such database", Assert.Single(told), StringComparison.Ordinal);
        server.Mood = Mood.Well;
        await UntilAsync(() => forwarding.Status() is { Refused: 0, Alarm: false, Behind: 0 });
    }

    [Fact]
    public async Task End_WithAServerThatStaysAway_SaysWhatIsLeftAndHowItIsCarriedOn()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Away };
        await using (var forwarding = Make(journal, server))
        {
            forwarding.Begin(Run);
            forwarding.Begin(StoreEvents.Stream);
            await WriteAsync(journal, Run, 10);
            await journal.SealAsync(Run, "1");
            var end = await forwarding.FinishAsync(new Terminal(said, said));
            Assert.Equal(10, end.Behind);
        }

        // The other stream was announced and never came: there is nothing to carry.
        Assert.Equal([Run], new PendingForwards(journal, server.Place).List());
        Assert.Contains("(10 events are missing there; it was waited for ", said.ToString(), StringComparison.Ordinal);
        Assert.Contains($"Nothing is lost: 1 stream is whole in {journal.Root} ", said.ToString(), StringComparison.Ordinal);
        Assert.Contains($"mm store copy --from {journal.Root} --to STORE --stream run/r1/BTCUSDT", said.ToString(), StringComparison.Ordinal);

        // The next one carries it.
        server = new Moody();
        await using var next = Make(journal, server);
        next.BeginEarlier();
        Assert.Equal(0, (await next.FinishAsync(new Terminal(said, said))).Streams);
        Assert.Equal(10, (await server.FindAsync(Run))!.Version);
        Assert.Empty(new PendingForwards(journal, server.Place).List());
    }

    [Fact]
    public async Task Server_WithOtherEvents_KeepsThemAndIsReported()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await WriteAsync(journal, Run, 10);
        await server.AppendAsync(Run, 0, StoreEvents.Batch(1, 20), Durability.EveryAppend);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        var end = await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal((1, true), (end.Refused, end.Alarm));
        Assert.Contains("run/r1/BTCUSDT is not forwarded to a moody server", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(20, (await server.FindAsync(Run))!.Version);
    }

    [Fact]
    public async Task Server_WhoseOtherEventsAreTakenAway_IsCarriedToAfterAll()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await WriteAsync(journal, Run, 10);
        await server.AppendAsync(Run, 0, StoreEvents.Batch(1, 20), Durability.EveryAppend);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        await UntilAsync(() => forwarding.Status() is { Refused: 1, Alarm: true });
        server.Empty();
        await UntilAsync(() => forwarding.Status() is { Refused: 0, Alarm: false, Behind: 0 });
        Assert.Equal(10, (await server.FindAsync(Run))!.Version);
        Assert.Contains("It is tried again every", Assert.Single(told), StringComparison.Ordinal);
    }

    /// <summary>Too many open files, or a disk that has no room for a moment: no reason to give up a stream for the rest of the run.</summary>
    [Fact]
    public async Task Error_OfFilesThatPasses_IsTriedAgain()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Stumbling };
        await WriteAsync(journal, Run, 10);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        await UntilAsync(() => forwarding.Status() is { Refused: 1, Alarm: true, Behind: 10 });
        server.Mood = Mood.Well;
        await UntilAsync(() => forwarding.Status() is { Refused: 0, Alarm: false, Behind: 0 });
        Assert.Contains("too many open files", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reminder_ThatCannotBeWritten_IsSaidAndTheStreamIsCarriedAllTheSame()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await File.WriteAllTextAsync(Path.Combine(folder, ".forward"), "a file where the folder would be");
        await WriteAsync(journal, Run, 10);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        await UntilAsync(() => forwarding.Status() is { Streams: 1, Behind: 0 });
        Assert.Contains("it cannot be noted that run/r1/BTCUSDT is to be forwarded", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(10, (await server.FindAsync(Run))!.Version);
    }

    [Fact]
    public async Task Forwarder_ThatMeetsAnErrorNobodyExpected_SaysSoAndRaisesTheAlarm()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Broken };
        await WriteAsync(journal, Run, 10);
        await journal.SealAsync(Run, "1");
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        Assert.False(await forwarding.Arrived(Run));
        Assert.True(forwarding.Status() is { Refused: 1, Alarm: true, Behind: 10 });
        var end = await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal((1, true), (end.Refused, end.Alarm));
        Assert.Contains("an error that nobody expected (InvalidOperationException): a mistake; Password=***", Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal([Run], new PendingForwards(journal, server.Place).List());
    }

    /// <summary>Only what still grows notices that the server was emptied; what had arrived before goes there again with it.</summary>
    [Fact]
    public async Task Server_ThatCameBackEmpty_GetsFinishedStreamsAgain()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await using var forwarding = Make(journal, server);
        forwarding.Begin(StoreEvents.Stream);
        forwarding.Begin(Run);
        await WriteAsync(journal, StoreEvents.Stream, 100);
        await journal.SealAsync(StoreEvents.Stream, "1");
        await WriteAsync(journal, Run, 50);
        Assert.True(await forwarding.Arrived(StoreEvents.Stream));
        await UntilAsync(() => forwarding.Status() is { Streams: 1, Behind: 0 });
        server.Empty();
        await journal.AppendAsync(Run, 50, StoreEvents.Batch(51, 10), Durability.EveryAppend);
        await UntilAsync(() => told.Count == 1 && forwarding.Status() is { Streams: 1, Behind: 0, Alarm: false });
        Assert.Contains("it was emptied, or restored from a backup", Assert.Single(told), StringComparison.Ordinal);
        await journal.SealAsync(Run, "1");
        var end = await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal((0, 0L), (end.Streams, end.Behind));
        foreach (var stream in (StreamName[])[StoreEvents.Stream, Run])
        {
            Assert.Equal(journal.ReadManifest(stream)!.ToJson(), (await server.ReadManifestAsync(stream))?.ToJson());
        }

        Assert.Equal("forwarded to a moody server: 2 streams\n", said.ToString());
        Assert.Empty(new PendingForwards(journal, server.Place).List());
    }

    [Fact]
    public async Task Reminders_OfOtherFilesAndDamagedStreams_DoNotHoldUpWhatACommandWrote()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await using var server = new Moody();
        await WriteAsync(journal, StoreEvents.Stream, 100);
        await journal.SealAsync(StoreEvents.Stream, "1");
        await WriteAsync(journal, Run, 50);
        await journal.SealAsync(Run, "1");
        var pending = new PendingForwards(journal, server.Place);
        pending.Add(StoreEvents.Stream);
        await File.WriteAllTextAsync(Path.Combine(Directory.GetDirectories(Path.Combine(folder, ".forward")).Single(), ".run+r1.swp"), "");
        var segment = Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.mmj").Single();
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[^10] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        using var stores = new EventSourcedMM.Replay.Days.StoreSet(journal, server, []);
        Assert.True(Forwarding.Run(stores, [Run], new Terminal(said, said)));
        Assert.Equal(50, (await server.FindAsync(Run))!.Version);
        Assert.Contains($"{StoreEvents.Stream} is not forwarded: ", said.ToString(), StringComparison.Ordinal);
        Assert.Equal([StoreEvents.Stream], pending.List());
    }

    private StoreForwarding Make(JournalStore journal, Moody server) => new(journal, server, told.Enqueue)
    {
        AlarmAfter = TimeSpan.FromMilliseconds(100),
        RefusalInterval = TimeSpan.FromMilliseconds(50),
        QuietPatience = TimeSpan.FromSeconds(1),
    };

    private static async Task WriteAsync(JournalStore journal, StreamName stream, int count) =>
        await journal.AppendAsync(stream, 0, StoreEvents.Batch(1, count), Durability.EveryAppend);

    private static async Task UntilAsync(Func<bool> reached)
    {
        for (var attempt = 0; !reached(); attempt++)
        {
            Assert.True(attempt < 6_000, "not reached within a minute");
            await Task.Delay(10);
        }
    }

    private enum Mood
    {
        Well,
        Away,
        Refusing,
        Broken,
        Stumbling,
    }

    private sealed class Moody() : WatchedStore("a moody server")
    {
        public volatile Mood Mood;

        public override ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
        {
            Ask();
            return base.FindAsync(stream, ct);
        }

        public override ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
        {
            Ask();
            return base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        }

        private void Ask()
        {
            switch (Mood)
            {
                case Mood.Away: throw new StoreUnreachableException(Place, "nobody answers.");
                case Mood.Broken: throw new InvalidOperationException("a mistake; Password=s3cr3t");
                case Mood.Stumbling: throw new IOException("too many open files");
                case Mood.Refusing: throw new StoreRefusedException(Place, "no such database.");
                default: return;
            }
        }
    }
}
