using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>A store with archived streams, and what archiving refuses.</summary>
public sealed class ArchiveStoreTests : IAsyncDisposable
{
    private readonly TempFolder folder = new();
    private readonly JournalStore store;

    public ArchiveStoreTests()
    {
        store = new JournalStore(folder, TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Store_JournalRemoved_ReadsTheArchiveAsIfNothingHadHappened()
    {
        var name = ArchiveSamples.Small;
        var (info, manifest, records) = (await store.FindAsync(name), store.ReadManifest(name)!.ToJson(), ArchiveSamples.Records(store.OpenJournal(name)));
        Assert.Throws<InvalidOperationException>(() => store.RemoveArchivedJournal(name));
        new StreamArchiver(store).Archive(name);
        store.RemoveArchivedJournal(name);

        Assert.False(store.HasJournal(name));
        Assert.Equal(info, await store.FindAsync(name));
        Assert.Equal(manifest, store.ReadManifest(name)!.ToJson());
        Assert.Equal(records, ArchiveSamples.Records(store.OpenSource(name)));
        Assert.Equal([name], store.ListAsync().ToBlockingEnumerable());
        Assert.Equal(records.Count, store.ReadAsync(name).ToBlockingEnumerable().Sum(p => p.Count));
        Assert.Equal(records.Count, store.SubscribeAsync(name).ToBlockingEnumerable().Sum(p => p.Count));

        // A look at a book keeps nothing beside a journal that is gone; what is kept there nevertheless stands in nobody's way.
        var day = new StoredDay(store, name, (await store.FindAsync(name))!, store.ReadManifest(name));
        Assert.Equal(records.Count, BookAt.Fold(day, long.MaxValue, long.MaxValue, 10).Book.Sequence);
        store.Snapshots(name).Write(10, [1]);
        Assert.False(store.HasJournal(name));
        Assert.Equal(records, ArchiveSamples.Records(store.OpenSource(name)));

        // What is archived is sealed: the same events are acknowledged again, others are not taken.
        var batch = new EventBatch();
        batch.AddRecord(records[0]);
        Assert.True((await store.AppendAsync(name, 0, batch, Durability.OnClose)).AlreadyStored);
        var more = new EventBatch();
        more.Add(new EventHeader(records.Count + 1, RecordingEnded.Type, RecordingEnded.Version, 0, 1, Cause.None), new RecordingEnded());
        await Assert.ThrowsAsync<StreamSealedException>(() => store.AppendAsync(name, records.Count, more, Durability.OnClose).AsTask());
        Assert.Throws<StreamSealedException>(() => store.OpenWriter(name, Durability.OnClose));
        Assert.Throws<StreamExistsException>(() => store.CreateDetached(name));
        await Assert.ThrowsAsync<StreamSealedException>(() => store.SealAsync(name, "1").AsTask());

        Assert.False(StreamRestorer.Restore(ArchiveFolder.Find(ArchiveFolder.RootOf(store.Root), name)!, store).AlreadyStored);
        Assert.Equal(records, ArchiveSamples.Records(store.OpenJournal(name)));
    }

    [Fact]
    public void Archive_Again_ChangesNothing()
    {
        var first = new StreamArchiver(store).Archive(ArchiveSamples.Small);
        var before = Files(first.Path);
        var second = new StreamArchiver(store).Archive(ArchiveSamples.Small);
        Assert.True(second.AlreadyThere);
        Assert.Equal(first.Files, second.Files.Select(f => f.Name == ArchiveLayout.Depth || f.Name == ArchiveLayout.Others ? first.Files.Single(g => g.Name == f.Name) : f));
        Assert.Equal(before, Files(first.Path));
        store.RemoveArchivedJournal(ArchiveSamples.Small);
        Assert.True(new StreamArchiver(store).Archive(ArchiveSamples.Small).AlreadyThere);
    }

    /// <summary>An archive that was harmed since: nobody calls it the same, and the journal beside it is not removed for it.</summary>
    [Theory]
    [InlineData("a byte")]
    [InlineData("a table")]
    public void Archive_DamagedSince_IsNamedAndItsJournalStays(string lost)
    {
        var archived = new StreamArchiver(store).Archive(ArchiveSamples.Small);
        var table = Path.Combine(archived.Path, ArchiveLayout.Depth);
        if (lost == "a table")
        {
            File.Delete(table);
        }
        else
        {
            var bytes = File.ReadAllBytes(table);
            bytes[100] ^= 1;
            File.WriteAllBytes(table, bytes);
        }

        Assert.Contains("is damaged: ", Assert.Throws<ArchiveException>(() => new StreamArchiver(store).Archive(ArchiveSamples.Small)).Message, StringComparison.Ordinal);
        Assert.Contains("its journal stays", Assert.Throws<ArchiveException>(() => store.RemoveArchivedJournal(ArchiveSamples.Small)).Message, StringComparison.Ordinal);

        // What was archived elsewhere says nothing of what is here.
        var elsewhere = new StreamArchiver(store, Path.Combine(folder, "elsewhere")).Archive(ArchiveSamples.Small);
        Assert.Throws<ArchiveException>(() => store.RemoveArchivedJournal(ArchiveSamples.Small, elsewhere));
        Assert.True(store.HasJournal(ArchiveSamples.Small));

        Directory.Move(archived.Path, archived.Path + ".away");
        store.RemoveArchivedJournal(ArchiveSamples.Small, new StreamArchiver(store).Archive(ArchiveSamples.Small));
        Assert.False(store.HasJournal(ArchiveSamples.Small));
    }

    [Fact]
    public async Task Archive_GrowingStream_IsRefused()
    {
        var name = StreamName.Market("MADEUSDT", "2024-08-10", "made");
        var batch = new EventBatch();
        batch.AddRecord(ArchiveSamples.SmallDay()[0]);
        await store.AppendAsync(name, 0, batch, Durability.OnClose);
        Assert.Contains("still grows", Assert.Throws<ArchiveException>(() => new StreamArchiver(store).Archive(name)).Message, StringComparison.Ordinal);
        Assert.Contains("is not stored", Assert.Throws<ArchiveException>(() => new StreamArchiver(store).Archive(StreamName.Portfolio("none"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(ArchiveFolder.RootOf(store.Root)));
    }

    [Fact]
    public void Archive_PlaceHoldsOtherEvents_IsRefused()
    {
        var root = Path.Combine(folder, "elsewhere");
        var other = new JournalStore(Path.Combine(folder, "other"), TimeProvider.System);
        ArchiveSamples.Write(other, ArchiveSamples.Small, ArchiveSamples.SmallDay().Take(50));
        var archived = new StreamArchiver(other, root).Archive(ArchiveSamples.Small);
        Assert.Contains("holds other events", Assert.Throws<ArchiveException>(() => new StreamArchiver(store, root).Archive(ArchiveSamples.Small)).Message, StringComparison.Ordinal);
        Assert.Contains("other content", Assert.Throws<ArchiveException>(() => StreamRestorer.Restore(ArchiveFolder.Open(archived.Path), store)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(archived.Path, ArchiveLayout.Manifest));
        Assert.Contains("Move it away", Assert.Throws<ArchiveException>(() => new StreamArchiver(store, root).Archive(ArchiveSamples.Small)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Archive_Cancelled_LeavesNothing_AndWhatAKilledOneLeftIsSwept()
    {
        using var stop = new CancellationTokenSource();
        var day = ArchiveSamples.BtcSecondDay;
        var options = new ArchiveOptions { CompressionLevel = 1, Progress = (what, _, _) => { if (what == "writing") { stop.Cancel(); } } };
        var root = Path.Combine(folder, "out");
        Assert.Throws<OperationCanceledException>(() => new StreamArchiver(ArchiveSamples.SampleStore, root, options).Archive(day, stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(root));

        Directory.CreateDirectory(Path.Combine(root, ".making-market+X+1+r-1-1"));
        new StreamArchiver(store, root).Archive(ArchiveSamples.Small);
        Assert.Equal(["market"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Archive_TwoAtOnce_OneWritesAndBothAreTold()
    {
        // Many rounds: what two archivers can do to each other's directories lies within microseconds.
        for (var round = 0; round < 25; round++)
        {
            var root = Path.Combine(folder, $"round{round}");
            var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => new StreamArchiver(store, root).Archive(ArchiveSamples.Small))));
            Assert.All(all, a => Assert.Equal(all[0].Manifest.ContentHash, a.Manifest.ContentHash));
            Assert.Contains(all, a => !a.AlreadyThere);
            Assert.Null(ArchiveFolder.Open(all[0].Path).Verify());
            Assert.Equal(["market"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName));
        }
    }

    [Fact]
    public void Source_OfAJournalThatMovesIntoTheArchive_IsReadToItsEnd()
    {
        var name = StreamName.Market("MADEUSDT", "2024-08-10", "long");
        var small = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = 2_000 });
        using (var writer = small.OpenWriter(name, Durability.OnClose))
        {
            Append(writer, ArchiveSamples.SmallDay(), 0, int.MaxValue);
            writer.Seal("test");
        }

        Assert.True(Directory.GetFiles(Path.Combine(folder, name.Value), "*.mmj").Length > 3);
        var records = ArchiveSamples.Records(store.OpenJournal(name));
        using var source = store.OpenSource(name);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(source.Read(out _, out _));
        }

        new StreamArchiver(store).Archive(name);
        new JournalStore(folder, TimeProvider.System).RemoveArchivedJournal(name);
        Assert.Equal(records.Skip(5), ArchiveSamples.Records(source));
    }

    [Fact]
    public async Task Subscription_OfADayThatIsSealedAndArchivedMeanwhile_EndsAfterItsLastEvent()
    {
        var name = StreamName.Market("MADEUSDT", "2024-08-10", "growing");
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var other = new JournalStore(folder, TimeProvider.System);
        using (var writer = other.OpenWriter(name, Durability.OnClose))
        {
            Append(writer, ArchiveSamples.SmallDay(), 0, 30);
            writer.WriteOut();
            var pages = store.SubscribeAsync(name, 1, cancel.Token).GetAsyncEnumerator(cancel.Token);
            Assert.True(await pages.MoveNextAsync());
            var seen = pages.Current.LastSequence;

            // All of it while the subscriber works on its page.
            Append(writer, ArchiveSamples.SmallDay(), 30, int.MaxValue);
            writer.Seal("test");
            writer.Dispose();
            new StreamArchiver(other).Archive(name);
            other.RemoveArchivedJournal(name);
            while (await pages.MoveNextAsync())
            {
                Assert.Equal(seen + 1, pages.Current.FirstSequence);
                seen = pages.Current.LastSequence;
            }

            Assert.Equal(ArchiveSamples.SmallDay().Count, seen);
            await pages.DisposeAsync();
        }
    }

    [Fact]
    public async Task RemoveJournal_ByManyAtOnceBesideSweepers_IsDoneOnceAndNobodyFails()
    {
        var name = ArchiveSamples.Small;
        var records = ArchiveSamples.Records(store.OpenJournal(name));
        new StreamArchiver(store).Archive(name);
        for (var round = 0; round < 15; round++)
        {
            using var meet = new Barrier(5);
            await Task.WhenAll(Enumerable.Range(0, 5).Select(n => Task.Factory.StartNew(
                () =>
                {
                    var process = new JournalStore(folder, TimeProvider.System);
                    meet.SignalAndWait();
                    switch (n)
                    {
                        case < 2: process.RemoveArchivedJournal(name); break;
                        case 2: process.SweepDetached(); break;
                        case 3: Assert.Equal(records, ArchiveSamples.Records(process.OpenSource(name))); break;
                        default: Assert.Equal((records.Count, true), ((int)process.FindAsync(name).AsTask().Result!.Version, process.List().Contains(name))); break;
                    }
                },
                TaskCreationOptions.LongRunning)));
            Assert.False(store.HasJournal(name));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, ".detached")));
            StreamRestorer.Restore(ArchiveFolder.Find(ArchiveFolder.RootOf(store.Root), name)!, store);
        }
    }

    private static void Append(JournalWriter writer, List<byte[]> records, int from, int to)
    {
        var batch = new EventBatch();
        for (var i = from; i < Math.Min(records.Count, to); i++)
        {
            var header = EventRecord.Read(records[i], out var start);
            batch.Add(header with { Sequence = i + 1 }, records[i].AsSpan(start));
            writer.Append(batch);
            batch.Clear();
        }
    }

    private static string[] Files(string path) => [.. Directory.GetFiles(path).Order(StringComparer.Ordinal).Select(f => $"{f} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];
}
