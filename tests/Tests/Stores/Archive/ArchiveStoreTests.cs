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

        // A look at a book keeps nothing beside a journal that is gone: a folder there would stand in the archive's way.
        var day = new StoredDay(store, name, (await store.FindAsync(name))!, store.ReadManifest(name));
        Assert.Equal(records.Count, BookAt.Fold(day, long.MaxValue, long.MaxValue, 10).Book.Sequence);
        store.Snapshots(name).Write(10, [1]);
        Assert.False(store.HasJournal(name));
        Assert.Equal(records, ArchiveSamples.Records(store.OpenSource(name)));
        Directory.Delete(Path.Combine(folder, name.Value), recursive: true);

        // What is archived is sealed: the same events are acknowledged again, others are not taken.
        var batch = new EventBatch();
        batch.AddRecord(records[0]);
        Assert.True((await store.AppendAsync(name, 0, batch, Durability.OnClose)).AlreadyStored);
        var more = new EventBatch();
        more.Add(new EventHeader(records.Count + 1, RecordingEnded.Type, RecordingEnded.Version, 0, 1, Cause.None), new RecordingEnded());
        await Assert.ThrowsAsync<StreamSealedException>(() => store.AppendAsync(name, records.Count, more, Durability.OnClose).AsTask());
        Assert.Throws<StreamSealedException>(() => store.OpenWriter(name, Durability.OnClose));
        Assert.Throws<StreamExistsException>(() => store.CreateDetached(name));

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

    private static string[] Files(string path) => [.. Directory.GetFiles(path).Order(StringComparer.Ordinal).Select(f => $"{f} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];
}
