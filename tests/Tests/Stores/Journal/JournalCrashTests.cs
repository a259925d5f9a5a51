using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Support;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Stores;

/// <summary>
/// Real processes, really killed (SIGKILL) at random moments. A few dozen times by default, a thousand with MM_SOAK=1;
/// MM_CASES names another number for each case.
/// </summary>
[Trait("Category", "Slow")]
public sealed class JournalCrashTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("every", 40)]
    [InlineData("every", 4_000)]
    [InlineData("interval", 4_000)]
    [InlineData("close", 12_000)]
    public void Append_KilledAtRandomMoments_LosesNothingAcknowledgedAndShowsNoHalfEvent(string durability, int batch)
    {
        var kills = Cases.Count(6);
        var random = new Random(kills + batch);
        var acknowledged = 0L;
        var tails = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            using var crasher = CrasherProcess.Start("append", folder, StoreEvents.Stream.Value, batch.ToString(CultureInfo.InvariantCulture), durability);
            var first = crasher.Line();
            while (first is not null && !first.StartsWith("start ", StringComparison.Ordinal))
            {
                tails++;
                first = crasher.Line();
            }

            Assert.NotNull(first);
            Assert.True(Number(first) >= acknowledged, $"the crasher starts at {first} though {acknowledged} was acknowledged");

            // A moment counted in appends, so that a slow machine is killed in the middle too; the first kill of all comes after one.
            for (var appends = random.Next(kill == 0 ? 1 : 0, 30); appends > 0; appends--)
            {
                acknowledged = Number(crasher.Line()!);
            }

            Thread.Sleep(random.Next(0, 8));
            var last = crasher.Kill().LastOrDefault();
            acknowledged = last is null ? acknowledged : Number(last);

            using var source = JournalSource.Open(folder, StoreEvents.Stream, Math.Max(1, acknowledged - 100_000), TornTailPolicy.Accept);
            var read = StoreAssert.ReadsRight(source, source.NextSequence);
            Assert.True(read >= acknowledged, $"{acknowledged} was acknowledged, {read} can be read");
            var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
            Assert.All(report.Findings, f => Assert.True(f.Kind is FindingKind.TornTail or FindingKind.SetAside or FindingKind.StrayFile, f.ToString()));
            Assert.Equal(source.Tail is not null, report.Findings.Any(f => f.Kind == FindingKind.TornTail));
        }

        using var all = JournalSource.Open(folder, StoreEvents.Stream, tornTail: TornTailPolicy.Accept);
        var events = StoreAssert.ReadsRight(all);
        Assert.True(events >= acknowledged && events > 0);
        output.WriteLine($"{durability}, batches of up to {batch}: {kills} kills, {acknowledged} events acknowledged, {events} stored, {tails} torn tails set aside");
    }

    [Fact]
    public void Lifecycle_KilledAtRandomMoments_PublishesOnlyWholeStreams()
    {
        var kills = Cases.Count(12);
        var random = new Random(kills);
        var published = new HashSet<string>();
        var store = new JournalStore(folder, TimeProvider.System);
        using var hash = new ContentHash(StreamName.Run("r1", "BTCUSDT"));
        for (var sequence = 1; sequence <= 9_000; sequence++)
        {
            hash.Add(StoreEvents.Record(sequence));
        }

        for (var kill = 0; kill < kills; kill++)
        {
            using var crasher = CrasherProcess.Start("lifecycle", folder);
            var first = crasher.Line();
            Thread.Sleep(random.Next(0, 300));
            foreach (var line in crasher.Kill().Prepend(first!).Where(l => l.StartsWith("published ", StringComparison.Ordinal)))
            {
                published.Add(line["published ".Length..]);
            }
        }

        var names = Directory.GetDirectories(Path.Combine(folder, "run")).Select(d => StreamName.Run(Path.GetFileName(d), "BTCUSDT")).ToList();
        Assert.Subset(names.Select(n => n.Value).ToHashSet(), published);
        foreach (var name in names)
        {
            if (!Directory.Exists(Path.Combine(folder, name.Value)))
            {
                // Killed between making the run's folder and moving the stream into it.
                continue;
            }

            var report = JournalVerifier.Verify(folder, name);
            Assert.True(report is { IsClean: true, Sealed: true, Events: 9_000 }, $"{name}: {string.Join("; ", report.Findings)}");
            using var source = store.OpenJournal(name);
            Assert.Equal(9_000, StoreAssert.ReadsRight(source));
        }

        Assert.Equal(hash.Current, store.ReadManifest(StreamName.Run("r1", "BTCUSDT"))!.ContentHash);
        Assert.InRange(store.SweepDetached(), 0, 1);
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder, ".detached")));
        output.WriteLine($"{kills} kills, {names.Count} streams, {published.Count} acknowledged as published");
    }

    [Fact]
    public void Append_UntilTheDiskIsFull_SaysSoAndKeepsWhatItAcknowledged()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var crasher = CrasherProcess.StartWithFileLimit(300, "fill", folder, StoreEvents.Stream.Value);
        var lines = crasher.ToEnd();
        Assert.Equal(0, crasher.ExitCode);
        AssertFull(lines, folder);

        // With room again it goes on: nothing torn is left, for the writer took its own half write back.
        using var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.EveryAppend);
        writer.Append(StoreEvents.Batch(writer.Version + 1, 1_000));
        Assert.Null(writer.SetAside);
    }

    [Fact]
    public void Compact_WithoutRoomForTheCompactedSegment_LeavesTheStreamAsItWas()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using (var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            for (var first = 1; first <= 60_000; first += 500)
            {
                writer.Append(StoreEvents.Batch(first, 500));
            }

            writer.Seal("test");
        }

        // Enough for the names and locks, not for the blocks.
        using (var crasher = CrasherProcess.StartWithFileLimit(16, "compact", folder, StoreEvents.Stream.Value))
        {
            Assert.Equal(["no room"], crasher.ToEnd());
        }

        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        Assert.Empty(report.Findings);
        Assert.Equal(60_000, report.Events);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.new"));
        using var again = CrasherProcess.Start("compact", folder, StoreEvents.Stream.Value);
        Assert.Equal(["compacted"], again.ToEnd());
        Assert.Empty(JournalVerifier.Verify(folder, StoreEvents.Stream).Findings);
        output.WriteLine("no room with 16 blocks; 60000 events as before, compacted when there was room");
    }

    [Fact]
    public void Append_UntilARealFileSystemIsFull_SaysSoAndKeepsWhatItAcknowledged()
    {
        var mount = Path.Combine(folder, "small");
        Directory.CreateDirectory(mount);
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount) != 0)
        {
            // Only root can make a small file system; the limit on file sizes above covers the same path.
            output.WriteLine("not run: a file system of 256 KiB could not be mounted");
            return;
        }

        try
        {
            using var crasher = CrasherProcess.Start("fill", mount, StoreEvents.Stream.Value);
            var lines = crasher.ToEnd();
            Assert.Equal(0, crasher.ExitCode);
            AssertFull(lines, mount);
        }
        finally
        {
            Assert.Equal(0, Run("umount", mount));
        }
    }

    [Fact]
    public void Follow_InAnotherProcess_SeesEveryEventOnceWhileItGrows()
    {
        const int Total = 30_000;
        using var crasher = CrasherProcess.Start("follow", folder, StoreEvents.Stream.Value, Total.ToString(CultureInfo.InvariantCulture));
        Assert.Equal("following", crasher.Line());
        using (var writer = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = 200_000 }).OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            var random = new Random(1);
            while (writer.Version < Total)
            {
                writer.Append(StoreEvents.Batch(writer.Version + 1, (int)Math.Min(random.Next(1, 60), Total - writer.Version)));
                writer.WriteOut();
            }
        }

        Assert.Equal([$"read {Total}"], crasher.ToEnd());
        output.WriteLine($"{Total} events, each once");
        Assert.Equal(0, crasher.ExitCode);
    }

    [Fact]
    public void Lock_OfAnotherProcess_NamesItAndEndsWithIt()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        using var crasher = CrasherProcess.Start("hold", folder, StoreEvents.Stream.Value);
        Assert.Equal("holding", crasher.Line());
        var refused = Assert.Throws<StreamLockedException>(() => store.OpenWriter(StoreEvents.Stream, Durability.OnClose));
        Assert.Contains("the crasher", refused.Holder, StringComparison.Ordinal);
        Assert.Contains(Environment.MachineName, refused.Holder, StringComparison.Ordinal);
        crasher.Kill();
        using var writer = store.OpenWriter(StoreEvents.Stream, Durability.OnClose);
        writer.Append(StoreEvents.Batch(1, 1));
    }

    private void AssertFull(List<string> lines, string root)
    {
        Assert.Equal("refused", lines[^1]);
        Assert.StartsWith("failed ", lines[^2], StringComparison.Ordinal);
        var acknowledged = Number(lines[^3]);
        Assert.True(acknowledged > 200);
        using var source = JournalSource.Open(root, StoreEvents.Stream);
        Assert.Equal(acknowledged, StoreAssert.ReadsRight(source));
        Assert.DoesNotContain(JournalVerifier.Verify(root, StoreEvents.Stream).Findings, f => f.IsDamage);
        output.WriteLine($"{acknowledged} events acknowledged and read back, then refused");
    }

    private static int Run(string program, params string[] args)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private static long Number(string line) => long.Parse(line[(line.IndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
}
