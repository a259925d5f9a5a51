using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;
using EventSourcedMM.Tests.Stores.Archive;

namespace EventSourcedMM.Tests.Stores;

/// <summary>
/// The power is cut after each flush and at each acknowledgement: what was acknowledged as durable is read from what the disk had.
/// A killed process leaves the operating system's memory as it is, so only this shows the flushes; and that it does is shown by
/// leaving out one after the other.
/// </summary>
public sealed class PowerCutTests
{
    private static readonly StreamName Stream = StoreEvents.Stream;

    private static readonly JournalOptions Small = new() { SegmentBytes = 800, TornTail = TornTailPolicy.Accept };

    private static readonly (string Name, Action<FlushedDisk> Run)[] Scenarios =
    [
        ("appends, each flushed", AppendsEachFlushed),
        ("appends, flushed together", AppendsFlushedTogether),
        ("a folder that a killed process made", FolderOfAKilledProcess),
        ("a segment that a killed process made", SegmentOfAKilledProcess),
        ("a flush that failed", FlushThatFailed),
        ("a torn tail", TornTailSetAside),
        ("a repair", DamageCutOff),
        ("a lost mark", LostMark),
        ("sealed and compacted", SealedAndCompacted),
        ("published whole", PublishedWhole),
        ("flushed for the forwarder", FlushedForTheForwarder),
        ("flushed for the forwarder after a flush that failed", FlushedForTheForwarderAfterAFailure),
        ("archived", Archived),
    ];

    // What a copy cannot show, or what another flush does as well.
    private static readonly Dictionary<FlushPoint, string> NotNoticed = new()
    {
        [FlushPoint.CutNames] = "orders two renames, which the minimum that a disk must keep does not tell apart",
        [FlushPoint.WrittenNames] = "a writer has flushed its segments' names before it writes into them",
        [FlushPoint.RemovedJournal] = "the archive is on disk: a journal that comes back is removed again",
        [FlushPoint.ArchiveFiles] = "the manifest is an archive's last file, and the flush of its name is that of all",
        [FlushPoint.NewFolder] = "a writer flushes the names of all its folders once more before its first segment",
    };

    // Which scenario has which flushes.
    private static readonly Lazy<HashSet<FlushPoint>[]> Seen = new(() => [.. Scenarios.Select(s =>
    {
        using var disk = new FlushedDisk(removed: null) { IsQuiet = true };
        s.Run(disk);
        return disk.Seen;
    })]);

    public static TheoryData<string> Names => [.. Scenarios.Select(s => s.Name)];

    public static TheoryData<string> Points => [.. Enum.GetValues<FlushPoint>().Except(NotNoticed.Keys).Select(p => p.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void PowerCut_AtAnyFlush_LeavesEverythingAcknowledged(string scenario)
    {
        if (OperatingSystem.IsLinux())
        {
            using var disk = new FlushedDisk(removed: null);
            Scenarios.Single(s => s.Name == scenario).Run(disk);
            Assert.True(disk.Failure is null, disk.Failure?.Message);
            Assert.NotEmpty(disk.Seen);
        }
    }

    [Theory]
    [MemberData(nameof(Points))]
    public void Flush_LeftOut_IsNoticed(string name)
    {
        if (OperatingSystem.IsLinux())
        {
            var point = Enum.Parse<FlushPoint>(name);
            var with = Enumerable.Range(0, Scenarios.Length).Where(i => Seen.Value[i].Contains(point)).ToList();
            Assert.NotEmpty(with);

            // From the last, which is about fewer flushes than the first.
            foreach (var run in with.Select(i => Scenarios[i].Run).Reverse())
            {
                using var disk = new FlushedDisk(point);
                try
                {
                    run(disk);
                }
                catch (Exception e) when (e is Xunit.Sdk.XunitException)
                {
                    return;
                }

                if (disk.Failure is not null)
                {
                    return;
                }
            }

            Assert.Fail($"without the flush of {point} everything acknowledged was there");
        }
    }

    [Fact]
    public void FlushedDisk_OfAFolderWhoseNameBeginsTheSame_IsNotWatched()
    {
        if (OperatingSystem.IsLinux())
        {
            using var disk = new FlushedDisk(removed: null);
            disk.Flushed = () => Assert.Fail("another folder's flush was taken for this one's");
            disk.Before(FlushPoint.Segment, disk.Root + "2/segment");
            disk.After(FlushPoint.Segment, disk.Root + "2/segment");
            Assert.Empty(disk.Seen);
            Assert.Null(disk.Failure);
        }
    }

    private static void AppendsEachFlushed(FlushedDisk disk)
    {
        var acknowledged = 0L;
        disk.Flushed = () => Holds(disk, acknowledged);
        using (var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend))
        {
            foreach (var count in (int[])[7, 3, 9, 5, 1])
            {
                writer.Append(StoreEvents.Batch(writer.Version + 1, count));
                acknowledged = writer.Version;
                Holds(disk, acknowledged);
            }
        }

        // Closed: the mark, which tells a tail from a loss, is there as well.
        Each(disk, copy => Assert.Equal(acknowledged, CommitMark.Read(StreamFolder.In(copy, Stream).Mark)?.Version));
        Assert.True(Directory.GetFiles(Path.Combine(disk.Root, Stream.Value), "*.mmj").Length > 2);
    }

    private static void AppendsFlushedTogether(FlushedDisk disk)
    {
        var acknowledged = 0L;
        disk.Flushed = () => Holds(disk, acknowledged);
        using var writer = Store(disk).OpenWriter(Stream, Durability.OnClose);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 6; i++)
            {
                writer.Append(StoreEvents.Batch(writer.Version + 1, 6));
            }

            writer.Flush();
            acknowledged = writer.DurableVersion;
            Holds(disk, acknowledged);
        }
    }

    private static void FolderOfAKilledProcess(FlushedDisk disk)
    {
        Directory.CreateDirectory(Path.Combine(disk.Root, Stream.Value));
        using var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend);
        writer.Append(StoreEvents.Batch(1, 5));
        Holds(disk, 5);
    }

    // Killed, or failed, between the renaming of a new segment and the flush of its name.
    private static void SegmentOfAKilledProcess(FlushedDisk disk)
    {
        var killed = Store(disk).OpenWriter(Stream, Durability.EveryAppend);
        killed.Append(StoreEvents.Batch(1, 10));
        disk.Failing = FlushPoint.FileName;
        Assert.Throws<JournalFailedException>(() => killed.Append(StoreEvents.Batch(11, 20)));
        killed.Dispose();
        using var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend);
        Assert.Equal(10, writer.Version);
        writer.Append(StoreEvents.Batch(11, 5));
        Holds(disk, 15);
    }

    private static void FlushThatFailed(FlushedDisk disk)
    {
        var failed = Store(disk).OpenWriter(Stream, Durability.OnClose);
        failed.Append(StoreEvents.Batch(1, 6));
        failed.Flush();
        for (var i = 0; i < 6; i++)
        {
            failed.Append(StoreEvents.Batch(failed.Version + 1, 6));
        }

        disk.Failing = FlushPoint.Segment;
        Assert.Throws<JournalFailedException>(failed.Flush);
        failed.Dispose();
        using var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend);
        Assert.Equal((42L, 42L), (writer.Version, writer.DurableVersion));
        Holds(disk, 42);
        writer.Append(StoreEvents.Batch(43, 3));
        Holds(disk, 45);
    }

    private static void TornTailSetAside(FlushedDisk disk)
    {
        Write(disk, 20);
        var last = Directory.GetFiles(Path.Combine(disk.Root, Stream.Value), "*.mmj").Order(StringComparer.Ordinal).Last();
        byte[] tail = [1, 2, 3, 4, 5, 6, 7];
        File.AppendAllBytes(last, tail);
        disk.Settle();
        disk.Flushed = () => Each(disk, copy =>
        {
            // In its segment still, or whole in a file of its own.
            var files = Directory.GetFiles(Path.Combine(copy, Stream.Value));
            Assert.Contains(files, f => Path.GetExtension(f) is ".mmj" or ".bin" && File.ReadAllBytes(f).AsSpan().EndsWith(tail));
        });
        using var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend);
        Assert.NotNull(writer.SetAside);
        Each(disk, copy =>
        {
            using var source = JournalSource.Open(copy, Stream);
            Assert.Equal(20, StoreAssert.ReadsRight(source));
        });
    }

    private static void DamageCutOff(FlushedDisk disk)
    {
        Write(disk, 40);
        var damaged = Directory.GetFiles(Path.Combine(disk.Root, Stream.Value), "*.mmj").Order(StringComparer.Ordinal).ElementAt(1);
        var bytes = File.ReadAllBytes(damaged);
        bytes[^10] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        disk.Settle();
        Assert.NotEmpty(JournalRepair.Run(disk.Root, Stream, RepairScope.CutAtDamage));
        var left = JournalVerifier.Verify(disk.Root, Stream).Events;
        Assert.InRange(left, 1, 39);
        Each(disk, copy =>
        {
            using var source = JournalSource.Open(copy, Stream);
            Assert.Equal(left, StoreAssert.ReadsRight(source));
            Assert.DoesNotContain(JournalVerifier.Verify(copy, Stream).Findings, f => f.IsDamage);
        });
    }

    private static void LostMark(FlushedDisk disk)
    {
        Write(disk, 10);
        File.Delete(StreamFolder.In(disk.Root, Stream).Mark);
        disk.Settle();
        Assert.NotEmpty(JournalRepair.Run(disk.Root, Stream, RepairScope.TornTail));
        Each(disk, copy => Assert.Equal(10, CommitMark.Read(StreamFolder.In(copy, Stream).Mark)?.Version));
    }

    private static void SealedAndCompacted(FlushedDisk disk)
    {
        using (var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend))
        {
            writer.Append(StoreEvents.Batch(1, 10));
            writer.Append(StoreEvents.Batch(11, 20));
            disk.Flushed = () => Holds(disk, 30);
            writer.Seal("test");
            disk.Flushed = null;
            IsWhole(disk);
        }

        disk.Flushed = () => IsWhole(disk);
        Assert.True(JournalCompactor.Run(disk.Root, Stream).Segments > 1);
        IsWhole(disk);
    }

    private static void PublishedWhole(FlushedDisk disk)
    {
        disk.Flushed = () => Each(disk, copy =>
        {
            // Not there, or whole.
            if (File.Exists(StreamFolder.In(copy, Stream).Manifest))
            {
                AssertWhole(copy);
            }
            else
            {
                Assert.Empty(StreamFolder.In(copy, Stream).Files());
            }
        });
        using var detached = Store(disk).CreateDetached(Stream);
        detached.Writer.Append(StoreEvents.Batch(1, 10));
        detached.Writer.Append(StoreEvents.Batch(11, 20));
        detached.Writer.Seal("test");
        detached.Publish();
        IsWhole(disk);
    }

    private static void FlushedForTheForwarder(FlushedDisk disk)
    {
        var store = Store(disk);
        using var writer = store.OpenWriter(Stream, Durability.OnClose);
        writer.Append(StoreEvents.Batch(1, 10));
        writer.Append(StoreEvents.Batch(11, 20));
        writer.WriteOut();
        store.FlushWritten(Stream);
        Holds(disk, 30);
    }

    private static void FlushedForTheForwarderAfterAFailure(FlushedDisk disk)
    {
        var store = Store(disk);
        var failed = store.OpenWriter(Stream, Durability.OnClose);
        failed.Append(StoreEvents.Batch(1, 6));
        failed.Flush();
        failed.Append(StoreEvents.Batch(7, 6));
        failed.Append(StoreEvents.Batch(13, 6));
        disk.Failing = FlushPoint.Segment;
        Assert.Throws<JournalFailedException>(failed.Flush);

        // Said to be on the disk while it is not, these would be sent to a server.
        Assert.Contains("may be in memory only", Assert.Throws<IOException>(() => store.FlushWritten(Stream)).Message, StringComparison.Ordinal);
        failed.Dispose();
        store.FlushWritten(Stream);
        Holds(disk, 18);
    }

    private static void Archived(FlushedDisk disk)
    {
        var store = Store(disk);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay().Take(40));
        var records = ArchiveSamples.Records(store.OpenSource(ArchiveSamples.Small));
        new StreamArchiver(store).Archive(ArchiveSamples.Small);
        Each(disk, copy => Assert.Null(ArchiveFolder.Find(ArchiveFolder.RootOf(copy), ArchiveSamples.Small)?.Verify() ?? (ArchiveFolder.Find(ArchiveFolder.RootOf(copy), ArchiveSamples.Small) is null ? "no archive" : null)));
        disk.Flushed = () => IsThere();
        store.RemoveArchivedJournal(ArchiveSamples.Small);
        disk.Flushed = null;
        IsThere();

        void IsThere() => Each(disk, copy =>
        {
            var read = new JournalStore(copy, TimeProvider.System).OpenSource(ArchiveSamples.Small);
            Assert.Equal(records, ArchiveSamples.Records(read));
        });
    }

    private static JournalStore Store(FlushedDisk disk) => new(disk.Root, TimeProvider.System, Small);

    private static void Write(FlushedDisk disk, int events)
    {
        using var writer = Store(disk).OpenWriter(Stream, Durability.EveryAppend);
        while (writer.Version < events)
        {
            writer.Append(StoreEvents.Batch(writer.Version + 1, 10));
        }
    }

    // Whatever went wrong with a copy is a finding about the flushes.
    private static void Each(FlushedDisk disk, Action<string> check)
    {
        foreach (var which in disk.IsQuiet ? [] : Enum.GetValues<FlushedDisk.Names>())
        {
            using var copy = disk.Cut(which);
            var error = Record.Exception(() => check(copy));
            Assert.True(error is null, $"power cut, names {which}: {error}");
        }
    }

    private static void Holds(FlushedDisk disk, long acknowledged) => Each(disk, copy =>
    {
        var read = 0L;
        try
        {
            using var source = JournalSource.Open(copy, Stream, tornTail: TornTailPolicy.Accept);
            read = StoreAssert.ReadsRight(source);
        }
        catch (StreamNotFoundException) when (acknowledged == 0)
        {
            // Nothing was promised yet.
        }

        Assert.True(read >= acknowledged, $"{acknowledged} acknowledged, {read} there");
        if (!File.Exists(StreamFolder.In(copy, Stream).Manifest))
        {
            using var writer = new JournalStore(copy, TimeProvider.System, Small).OpenWriter(Stream, Durability.OnClose);
            Assert.Equal(read, writer.Version);
            writer.Append(StoreEvents.Batch(read + 1, 2));
        }
    });

    private static void IsWhole(FlushedDisk disk) => Each(disk, AssertWhole);

    private static void AssertWhole(string copy)
    {
        using var source = JournalSource.Open(copy, Stream);
        Assert.Equal(30, StoreAssert.ReadsRight(source));
        var report = JournalVerifier.Verify(copy, Stream);
        Assert.True(report is { Sealed: true, Events: 30 } && !report.Findings.Any(f => f.IsDamage), string.Join("; ", report.Findings));
    }
}
