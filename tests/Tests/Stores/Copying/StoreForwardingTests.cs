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

    /// <summary>A full disk, or a server that became read-only: reads are answered, and that must not pass for a server that is well.</summary>
    [Fact]
    public async Task Server_ThatAnswersReadsAndTakesNothing_IsAlarmedOnceAndOverWhenItTakes()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Full };
        await WriteAsync(journal, Run, 10);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        await UntilAsync(() => told.Count == 1 && forwarding.Status() is { Alarm: true, Behind: 10 } s && s.Away > TimeSpan.Zero);
        Assert.Contains("no space left", Assert.Single(told), StringComparison.Ordinal);
        server.Mood = Mood.Well;
        await UntilAsync(() => forwarding.Status() is { Alarm: false, Behind: 0 } s && s.Away == TimeSpan.Zero);
        await UntilAsync(() => told.Count == 2);
        Assert.Contains("has caught up", told.Last(), StringComparison.Ordinal);
    }

    /// <summary>The same while only the seal is missing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_ThatTakesNothing_IsGivenUpByACommandThatWaits(bool onlyTheSeal)
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await using var server = new Moody();
        await WriteAsync(journal, Run, 10);
        var options = new ForwarderOptions { RetryInterval = TimeSpan.FromMilliseconds(10), GiveUpAfter = TimeSpan.FromMilliseconds(300) };
        var forwarder = new JournalForwarder(journal, server, TimeProvider.System, options);
        if (onlyTheSeal)
        {
            Assert.Equal(10, (await forwarder.ForwardAsync(Run, follow: false)).Server);
        }

        await journal.SealAsync(Run, "1");
        server.Mood = Mood.Full;
        var away = await Assert.ThrowsAsync<StoreUnreachableException>(() => forwarder.ForwardAsync(Run, follow: false).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("no space left", away.Message, StringComparison.Ordinal);
        server.Mood = Mood.Well;
        Assert.Equal(10, (await forwarder.ForwardAsync(Run, follow: false)).Server);
        Assert.Equal(journal.ReadManifest(Run)!.ToJson(), (await server.ReadManifestAsync(Run))!.ToJson());
    }

    /// <summary>A database that was dropped and made again says no in between: the loss is noticed all the same.</summary>
    [Fact]
    public async Task Server_ThatSaidNoWhileItWasMadeAnew_GetsFinishedStreamsAgain()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await using var forwarding = Make(journal, server);
        await CarryOneAndFollowOneAsync(journal, forwarding);
        server.Mood = Mood.Refusing;
        server.Empty();
        await journal.AppendAsync(Run, 50, StoreEvents.Batch(51, 10), Durability.EveryAppend);
        await UntilAsync(() => forwarding.Status() is { Refused: 1, Alarm: true });
        server.Mood = Mood.Well;
        await UntilAsync(() => told.Any(t => t.Contains("it was emptied, or restored from a backup", StringComparison.Ordinal)));
        await journal.SealAsync(Run, "1");
        var end = await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal((0, 0L, false), (end.Streams, end.Behind, end.Alarm));
        await AssertBothAreThereAsync(journal, server);
    }

    [Fact]
    public async Task Alarm_RaisedBeforeTheServerSaidNo_IsTakenBackInTheEnd()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Away };
        await WriteAsync(journal, Run, 10);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        await UntilAsync(() => told.Count == 1 && forwarding.Status().Alarm);
        server.Mood = Mood.Refusing;
        await UntilAsync(() => forwarding.Status() is { Refused: 1 });
        server.Mood = Mood.Well;
        await UntilAsync(() => forwarding.Status() is { Refused: 0, Alarm: false, Behind: 0 });
        await UntilAsync(() => told.Count == 3);
        Assert.Contains("has caught up", told.Last(), StringComparison.Ordinal);
    }

    /// <summary>A server that is just being emptied looks damaged for a moment; nothing about it is final.</summary>
    [Fact]
    public async Task Damage_AtAServerThatIsPutRight_IsTriedAgain()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Damaged };
        await WriteAsync(journal, Run, 10);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        await UntilAsync(() => forwarding.Status() is { Refused: 1, Alarm: true } && server.Asked > 5);
        server.Mood = Mood.Well;
        await UntilAsync(() => forwarding.Status() is { Refused: 0, Alarm: false, Behind: 0 });
        Assert.Contains("an event is missing", Assert.Single(told), StringComparison.Ordinal);
    }

    /// <summary>Once for each time, and not once for each event that the message counts.</summary>
    [Fact]
    public async Task Refusal_IsToldAgainAfterItWasOver_AndAConflictOnceWhileBothGrow()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        await WriteAsync(journal, Run, 10);
        await using var forwarding = Make(journal, server);
        forwarding.Begin(Run);
        for (var round = 1; round <= 2; round++)
        {
            await UntilAsync(() => forwarding.Status() is { Refused: 0, Behind: 0 });
            server.Mood = Mood.Refusing;
            await journal.AppendAsync(Run, round * 10, StoreEvents.Batch((round * 10) + 1, 10), Durability.EveryAppend);
            await UntilAsync(() => forwarding.Status() is { Refused: 1 });
            Assert.Equal(round, told.Count);
            server.Mood = Mood.Well;
        }

        await UntilAsync(() => forwarding.Status() is { Refused: 0, Behind: 0 });
        told.Clear();
        await WriteAsync(journal, StoreEvents.Stream, 10);
        await server.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 80), Durability.EveryAppend);
        forwarding.Begin(StoreEvents.Stream);
        for (var version = 80; version <= 84; version++)
        {
            var asked = server.Asked;
            await UntilAsync(() => forwarding.Status() is { Refused: 1 } && server.Asked > asked + 1);
            await server.AppendAsync(StoreEvents.Stream, version, StoreEvents.Batch(version + 1, 1), Durability.EveryAppend);
        }

        Assert.Contains("is not forwarded", Assert.Single(told), StringComparison.Ordinal);
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
        await CarryOneAndFollowOneAsync(journal, forwarding);
        server.Empty();
        await journal.AppendAsync(Run, 50, StoreEvents.Batch(51, 10), Durability.EveryAppend);
        await UntilAsync(() => told.Count == 1 && forwarding.Status() is { Streams: 1, Behind: 0, Alarm: false });
        Assert.Contains("it was emptied, or restored from a backup", Assert.Single(told), StringComparison.Ordinal);
        await journal.SealAsync(Run, "1");
        var end = await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal((0, 0L), (end.Streams, end.Behind));
        await AssertBothAreThereAsync(journal, server);

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

    /// <summary>Servers that read a day before they seal it take their time: one may be emptied meanwhile.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_EmptiedWhileItSeals_GetsEverythingAgain(bool follow)
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        var emptied = 0;
        server.Sealing = () =>
        {
            if (Interlocked.Exchange(ref emptied, 1) == 0)
            {
                server.Empty();
            }
        };
        await WriteAsync(journal, Run, 50);
        await journal.SealAsync(Run, "1");
        await using var forwarding = Make(journal, server);
        await CarryAsync(journal, server, forwarding, follow);
        Assert.Equal(1, emptied);
    }

    /// <summary>What is written and sealed behind the last page that was read is carried, too.</summary>
    [Fact]
    public async Task Journal_SealedWithMoreEventsMeanwhile_IsCarriedWhole()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody();
        var taken = 0;
        server.Taken = async () =>
        {
            if (Interlocked.Exchange(ref taken, 1) == 0)
            {
                await journal.AppendAsync(Run, 50, StoreEvents.Batch(51, 10), Durability.EveryAppend);
                await journal.SealAsync(Run, "1");
            }
        };
        await WriteAsync(journal, Run, 50);
        await using var forwarding = Make(journal, server);
        await CarryAsync(journal, server, forwarding, follow: false);
        Assert.Equal(60, (await server.FindAsync(Run))!.Version);
    }

    [Fact]
    public async Task Journal_ThatCannotBeReadAtTheEnd_IsStillToBeCarried()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var server = new Moody { Mood = Mood.Full };
        await using var forwarding = Make(journal, server);
        await WriteAsync(journal, Run, 50);
        forwarding.Begin(Run);
        await UntilAsync(() => forwarding.Status().Behind == 50);
        foreach (var file in Directory.GetFiles(Path.Combine(folder, Run.Value)).Where(f => !f.EndsWith("lock", StringComparison.Ordinal)))
        {
            File.WriteAllBytes(file, new byte[100]);
        }

        await Assert.ThrowsAnyAsync<Exception>(() => journal.FindAsync(Run).AsTask());
        await forwarding.FinishAsync(new Terminal(said, said));
        Assert.Equal([Run], new PendingForwards(journal, server.Place).List());
        Assert.Contains("still to be forwarded", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reminder_OfAStreamWhoseWriterHasAFailedDisk_DoesNotHoldUpWhatACommandWrote()
    {
        using var disk = new FlushedDisk(null) { IsQuiet = true };
        await using var journal = new JournalStore(disk.Root, TimeProvider.System);
        await using var server = new Moody();
        using var failed = journal.OpenWriter(StoreEvents.Stream, Durability.OnClose);
        failed.Append(StoreEvents.Batch(1, 6));
        disk.Failing = FlushPoint.Segment;
        Assert.Throws<JournalFailedException>(failed.Flush);
        await WriteAsync(journal, Run, 50);
        await journal.SealAsync(Run, "1");
        var pending = new PendingForwards(journal, server.Place);
        pending.Add(StoreEvents.Stream);
        using var stores = new EventSourcedMM.Replay.Days.StoreSet(journal, server, []);
        Assert.True(Forwarding.Run(stores, [Run], new Terminal(said, said)));
        Assert.Equal(50, (await server.FindAsync(Run))!.Version);
        Assert.Null(await server.FindAsync(StoreEvents.Stream));
        Assert.Contains($"{StoreEvents.Stream} is not forwarded: The writer of ", said.ToString(), StringComparison.Ordinal);
        Assert.Equal([StoreEvents.Stream], pending.List());
    }

    private static async Task CarryAsync(JournalStore journal, Moody server, StoreForwarding forwarding, bool follow)
    {
        var pending = new PendingForwards(journal, server.Place);
        if (follow)
        {
            forwarding.Begin(Run);
        }
        else
        {
            pending.Add(Run);
            forwarding.BeginEarlier();
        }

        Assert.True(await forwarding.Arrived(Run).WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(journal.ReadManifest(Run)!.ContentHash, (await server.ReadManifestAsync(Run))!.ContentHash);
        Assert.Empty(pending.List());
    }

    // One stream is there and sealed; the other one grows on.
    private static async Task CarryOneAndFollowOneAsync(JournalStore journal, StoreForwarding forwarding)
    {
        forwarding.Begin(StoreEvents.Stream);
        forwarding.Begin(Run);
        await WriteAsync(journal, StoreEvents.Stream, 100);
        await journal.SealAsync(StoreEvents.Stream, "1");
        await WriteAsync(journal, Run, 50);
        Assert.True(await forwarding.Arrived(StoreEvents.Stream));
        await UntilAsync(() => forwarding.Status() is { Streams: 1, Behind: 0 });
    }

    private static async Task AssertBothAreThereAsync(JournalStore journal, Moody server)
    {
        foreach (var stream in (StreamName[])[StoreEvents.Stream, Run])
        {
            Assert.Equal(journal.ReadManifest(stream)!.ToJson(), (await server.ReadManifestAsync(stream))?.ToJson());
        }
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
}
