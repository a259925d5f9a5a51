using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

public sealed class SnapshotFolderTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly JournalStore store;
    private readonly SnapshotFolder snapshots;

    public SnapshotFolderTests()
    {
        store = new JournalStore(folder, TimeProvider.System);
        using (var writer = store.OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            writer.Append(StoreEvents.Batch(1, 50));
        }

        snapshots = store.Snapshots(StoreEvents.Stream);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Latest_NotAfterASequence_IsTheNearestBefore()
    {
        Assert.Null(snapshots.Latest());
        foreach (var sequence in new[] { 30L, 10, 20 })
        {
            snapshots.Write(sequence, [(byte)sequence, 1, 2]);
        }

        Assert.Equal([10, 20, 30], snapshots.Sequences());
        Assert.Equal(30, snapshots.Latest()!.Sequence);
        Assert.Equal(20, snapshots.Latest(29)!.Sequence);
        Assert.Equal([20, 1, 2], snapshots.Latest(20)!.State);
        Assert.Null(snapshots.Latest(9));
        snapshots.Write(20, []);
        Assert.Empty(snapshots.Read(20)!.State);
    }

    [Fact]
    public void DamagedSnapshot_IsPassedOverAndReportedAndHarmsNothing()
    {
        snapshots.Write(10, [1, 2, 3, 4]);
        snapshots.Write(20, [5, 6, 7, 8]);
        var path = Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value, "snapshots")).Order().Last();
        var bytes = File.ReadAllBytes(path);
        for (var at = 0; at < bytes.Length; at++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 16;
            File.WriteAllBytes(path, damaged);
            Assert.Null(snapshots.Read(20));
            File.WriteAllBytes(path, bytes[..at]);
            Assert.Null(snapshots.Read(20));
            Assert.Equal(10, snapshots.Latest()!.Sequence);
        }

        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        Assert.Equal((FindingKind.Snapshot, 20L), (Assert.Single(report.Findings).Kind, report.Findings[0].Sequence));
        Assert.True(report.IsClean);
    }

    [Fact]
    public void DeleteAll_LosesNoEvent()
    {
        snapshots.Write(10, [1]);
        snapshots.DeleteAll();
        snapshots.DeleteAll();
        Assert.Empty(snapshots.Sequences());
        using var source = store.OpenSource(StoreEvents.Stream);
        Assert.Equal(50, StoreAssert.ReadsRight(source));
        Assert.Empty(JournalVerifier.Verify(folder, StoreEvents.Stream).Findings);
    }

    /// <summary>A disk that takes no snapshot keeps nothing of it, and one that gives none back is passed over.</summary>
    [Fact]
    public void Write_ThatFails_LeavesNothingBehind()
    {
        snapshots.Write(10, [1]);
        var inTheWay = Directory.CreateDirectory(Path.Combine(folder, StoreEvents.Stream.Value, "snapshots", "00000000000000000020.snap")).FullName;
        Assert.ThrowsAny<Exception>(() => snapshots.Write(20, [2]));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(inTheWay)!, "*.new"));
        Assert.Null(snapshots.Read(20));
        Assert.Equal(10, snapshots.Latest()!.Sequence);
    }
}
