using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

/// <summary>A crash between two acknowledgements leaves any part of what was being written.</summary>
public sealed class TornTailTests : IDisposable
{
    private const long Acknowledged = 10;

    private readonly TempFolder folder = TempFolder.InMemory();
    private readonly List<TailSetAside> reports = [];
    private byte[] whole = [];
    private byte[] mark = [];
    private List<long> ends = [];

    private string StreamPath => Path.Combine(folder, StoreEvents.Stream.Value);

    private string Segment => Path.Combine(StreamPath, "00000000000000000001.mmj");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void CutAtEveryOffsetBehindTheMark_ShowsWholeBatchesAndReportsTheRest()
    {
        Make();
        for (var length = ends[0]; length <= whole.Length; length++)
        {
            Restore(whole[..(int)length]);
            var batches = ends.FindLastIndex(e => e <= length);
            var version = Acknowledged + (batches * 5);
            var torn = length != ends[batches];

            using (var source = JournalSource.Open(folder, StoreEvents.Stream, tornTail: TornTailPolicy.Accept))
            {
                Assert.Equal(version, StoreAssert.ReadsRight(source));
                Assert.Equal(torn ? new { Offset = ends[batches], Length = length - ends[batches], Version = version } : null, source.Tail is { } t ? new { t.Offset, t.Length, t.Version } : null);
            }

            var findings = JournalVerifier.Verify(folder, StoreEvents.Stream).Findings;
            Assert.Equal(torn, findings.Any(f => f.Kind == FindingKind.TornTail && f.Sequence == version + 1 && f.Offset == ends[batches]));
            Assert.Equal(torn ? 1 : 0, findings.Count);
            if (!torn)
            {
                continue;
            }

            using (var source = JournalSource.Open(folder, StoreEvents.Stream))
            {
                var refused = Assert.Throws<TornTailException>(() => StoreAssert.ReadsRight(source));
                Assert.Equal((version, length - ends[batches]), (refused.Tail.Version, refused.Tail.Length));
            }

            Assert.Throws<TornTailException>(() => Open(TornTailPolicy.Refuse));
            Assert.Equal(length, new FileInfo(Segment).Length);
            AssertSetAside(version, ends[batches], length);
        }
    }

    [Fact]
    public void TailOfZerosOrNoise_IsATornTailToo()
    {
        Make();
        foreach (var noise in new[] { new byte[1], new byte[31], new byte[4096], Enumerable.Repeat((byte)'M', 100).ToArray() })
        {
            Restore([.. whole.AsSpan(0, (int)ends[0]), .. noise]);
            AssertSetAside(Acknowledged, ends[0], ends[0] + noise.Length);
        }
    }

    [Fact]
    public void WholeBatchBehindABadOne_IsDamageAndNoTornTail()
    {
        Make();
        var bytes = (byte[])whole.Clone();
        bytes[ends[0] + 60] ^= 1;
        Restore(bytes);
        Assert.Throws<StreamDamagedException>(() => Open(TornTailPolicy.Accept));
        using var source = JournalSource.Open(folder, StoreEvents.Stream, tornTail: TornTailPolicy.Accept);
        Assert.Throws<StreamDamagedException>(() => StoreAssert.ReadsRight(source));
    }

    [Fact]
    public void Repair_SetsTheTailAsideAndSaysSo()
    {
        Make();
        Restore(whole[..^1]);
        var line = JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.TornTail)[0];
        Assert.Contains("torn tail", line, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(StreamPath, "torn-after-15-*"));
        using var writer = Open(TornTailPolicy.Refuse);
        Assert.Equal(15, writer.Version);
    }

    [Fact]
    public void Reader_WhoMetABatchHalfWritten_SeesItWhenItIsWhole()
    {
        Make();
        Restore(whole[..(int)ends[0]]);
        using var held = new FileStream(Path.Combine(StreamPath, "writer.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        var read = StoreAssert.ReadsRight(source);
        using var file = new FileStream(Segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite) { Position = ends[0] };
        for (var at = ends[0]; at < whole.Length; at++)
        {
            file.Write(whole, (int)at, 1);
            file.Flush();
            read = StoreAssert.ReadsRight(source, read + 1);
            Assert.Equal(Acknowledged + (5 * ends.FindLastIndex(e => e <= at + 1)), read);
        }
    }

    /// <summary>Ten acknowledged events and two batches of five that were written and never acknowledged.</summary>
    private void Make()
    {
        using (var writer = Open(TornTailPolicy.Refuse))
        {
            writer.Append(StoreEvents.Batch(1, (int)Acknowledged));
            mark = File.ReadAllBytes(Path.Combine(StreamPath, "commit.mark"));
            ends = [new FileInfo(Segment).Length];
            for (var first = 11; first <= 16; first += 5)
            {
                writer.Append(StoreEvents.Batch(first, 5));
                ends.Add(new FileInfo(Segment).Length);
            }
        }

        whole = File.ReadAllBytes(Segment);
    }

    private void Restore(byte[] segment)
    {
        Directory.Delete(StreamPath, recursive: true);
        Directory.CreateDirectory(StreamPath);
        File.WriteAllBytes(Segment, segment);
        File.WriteAllBytes(Path.Combine(StreamPath, "commit.mark"), mark);
        reports.Clear();
    }

    private void AssertSetAside(long version, long from, long to)
    {
        var bytes = File.ReadAllBytes(Segment);
        using (var writer = Open(TornTailPolicy.Accept))
        {
            Assert.Equal(version, writer.Version);
            Assert.Equal(Assert.Single(reports), writer.SetAside);
            Assert.Equal((from, to - from, version), (writer.SetAside!.Tail.Offset, writer.SetAside.Tail.Length, writer.SetAside.Tail.Version));
            Assert.Equal(bytes[(int)from..(int)to], File.ReadAllBytes(writer.SetAside.KeptIn));
            writer.Append(StoreEvents.Batch(version + 1, 4));
        }

        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        Assert.Equal(version + 4, StoreAssert.ReadsRight(source));
        Assert.Equal([FindingKind.SetAside], JournalVerifier.Verify(folder, StoreEvents.Stream).Findings.Select(f => f.Kind));
        reports.Clear();
    }

    private JournalWriter Open(TornTailPolicy policy) =>
        new JournalStore(folder, TimeProvider.System, new JournalOptions { TornTail = policy, Report = reports.Add }).OpenWriter(StoreEvents.Stream, Durability.EveryAppend);
}
