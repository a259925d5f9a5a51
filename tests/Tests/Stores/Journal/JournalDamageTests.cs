using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;

namespace EventSourcedMM.Tests.Stores;

/// <summary>
/// A small journal, of which every byte is flipped and every file cut at every offset. Whatever is done to it: what is read
/// is a right beginning of the stream, it is never short without an error, and the verifier has something to say.
/// </summary>
public sealed class JournalDamageTests : IDisposable
{
    private const long Events = 24;

    private readonly TempFolder folder = TempFolder.InMemory();

    public enum Form
    {
        Open,
        Sealed,
        Compacted,
    }

    private string StreamPath => Path.Combine(folder, StoreEvents.Stream.Value);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Form.Open)]
    [InlineData(Form.Sealed)]
    [InlineData(Form.Compacted)]
    public void EveryByteFlipped_IsNoticedAndNeverReadAsAnEvent(Form form)
    {
        Make(form);
        var flips = 0;
        foreach (var path in Files())
        {
            var bytes = File.ReadAllBytes(path);
            for (var at = 0; at < bytes.Length; at++)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at] ^= (byte)(1 << (at % 8));
                File.WriteAllBytes(path, damaged);
                AssertNoticed($"bit {at % 8} of byte {at} of {Path.GetFileName(path)} flipped", mustFail: IsSegment(path));
                flips++;
            }

            File.WriteAllBytes(path, bytes);
        }

        Assert.True(flips > 800, $"only {flips} bytes");
        AssertClean();
    }

    [Theory]
    [InlineData(Form.Open)]
    [InlineData(Form.Sealed)]
    [InlineData(Form.Compacted)]
    public void EveryFileCutAtEveryOffset_IsNoticedAndNeverShortInSilence(Form form)
    {
        Make(form);
        foreach (var path in Files())
        {
            var bytes = File.ReadAllBytes(path);
            for (var length = 0; length < bytes.Length; length++)
            {
                File.WriteAllBytes(path, bytes[..length]);
                AssertNoticed($"{Path.GetFileName(path)} cut to {length} bytes", mustFail: IsSegment(path));
            }

            File.Delete(path);
            AssertNoticed($"{Path.GetFileName(path)} deleted", mustFail: IsSegment(path));
            File.WriteAllBytes(path, bytes);
        }

        AssertClean();
    }

    [Theory]
    [InlineData(Form.Open)]
    [InlineData(Form.Sealed)]
    public void FlippedRecord_IsNamedBySegmentOffsetSequenceAndBlock(Form form)
    {
        Make(form);
        var path = Files().Single(p => Path.GetFileName(p).StartsWith("00000000000000000011", StringComparison.Ordinal));
        var bytes = File.ReadAllBytes(path);
        var record = StoreEvents.Record(13);
        var at = bytes.AsSpan().IndexOf(record);
        bytes[at + (record.Length / 2)] ^= 4;
        File.WriteAllBytes(path, bytes);

        var finding = JournalVerifier.Verify(folder, StoreEvents.Stream).Findings.Single(f => f.Kind == FindingKind.DamagedRecord);
        Assert.Equal((Path.GetFileName(path), 13L, 1L), (finding.File, finding.Sequence, finding.Block));
        Assert.InRange(at, finding.Offset, finding.Offset + 1000);
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        Assert.Equal(13, Assert.Throws<StreamDamagedException>(() => StoreAssert.ReadsRight(source)).Sequence);
    }

    [Theory]
    [InlineData(Form.Sealed)]
    [InlineData(Form.Compacted)]
    public void RecordForgedWithRightChecksums_IsNamedByItsBlock(Form form)
    {
        // A forger with this program: the same stream with one other event, sealed the same way.
        const int Total = 10_000;
        var batch = new EventBatch();
        using var other = new TempFolder();
        foreach (var (root, forged) in new[] { (folder.Path, false), (other.Path, true) })
        {
            batch.Clear();
            for (var sequence = 1; sequence <= Total; sequence++)
            {
                if (forged && sequence == 5_000)
                {
                    batch.Add(StoreEvents.Header(sequence, EventType.Trade), new Trade { Price = 1 });
                }
                else
                {
                    StoreEvents.Add(batch, sequence);
                }
            }

            using var writer = new JournalStore(root, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose);
            writer.Append(batch);
            writer.Seal("test");
        }

        if (form == Form.Compacted)
        {
            JournalCompactor.Run(other, StoreEvents.Stream);
            Directory.GetFiles(StreamPath, "*.mmj").ToList().ForEach(File.Delete);
        }

        var segment = Directory.GetFiles(Path.Combine(other, StoreEvents.Stream.Value), "*.mm?").Single();
        File.Copy(segment, Path.Combine(StreamPath, Path.GetFileName(segment)), overwrite: true);

        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.BlockMismatch, 2L, 4_097L), (finding.Kind, finding.Block, finding.Sequence));
        Assert.False(report.IsClean);
    }

    [Fact]
    public void BlockListChangedToMatchAForgery_DoesNotHaveTheManifestsRoot()
    {
        Make(Form.Sealed);
        var path = Path.Combine(StreamPath, "blocks.sha256");
        File.WriteAllText(path, new Digest(1, 2, 3, 4) + "\n");
        Assert.Contains(JournalVerifier.Verify(folder, StoreEvents.Stream).Findings, f => f.Kind == FindingKind.BlockListMismatch);
    }

    [Fact]
    public void MissingSegmentInTheMiddle_IsNamedByItsEvents()
    {
        Make(Form.Open);
        File.Delete(Files().Single(p => Path.GetFileName(p).StartsWith("00000000000000000011", StringComparison.Ordinal)));
        var finding = JournalVerifier.Verify(folder, StoreEvents.Stream).Findings.Single(f => f.IsDamage);
        Assert.Equal((FindingKind.MissingEvents, 11L), (finding.Kind, finding.Sequence));
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        var damaged = Assert.Throws<StreamDamagedException>(() => StoreAssert.ReadsRight(source));
        Assert.Equal(11, damaged.Sequence);
        Assert.Throws<StreamDamagedException>(() => Reopen(TornTailPolicy.Accept));
    }

    [Fact]
    public void SegmentOfAnotherStream_IsRefused()
    {
        Make(Form.Open);
        var other = StreamName.Market("BTCUSDT", "2024-08-09", "rec");
        Directory.Move(StreamPath, Path.Combine(folder, "moved"));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, other.Value))!);
        Directory.Move(Path.Combine(folder, "moved"), Path.Combine(folder, other.Value));
        var damaged = Assert.Throws<StreamDamagedException>(() => { JournalSource.Open(folder, other).Dispose(); });
        Assert.Contains(StoreEvents.Stream.Value, damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamageInTheMiddle_IsRepairedOnlyOnDemandAndKeptAside()
    {
        Make(Form.Open);
        var path = Files().Single(p => Path.GetFileName(p).StartsWith("00000000000000000011", StringComparison.Ordinal));
        var bytes = File.ReadAllBytes(path);
        bytes[^10] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<StreamDamagedException>(() => Reopen(TornTailPolicy.Accept));
        Assert.Throws<StreamDamagedException>(() => JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.TornTail));
        var before = Directory.GetFiles(StreamPath, "*.mmj").Sum(f => new FileInfo(f).Length);

        var done = JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.CutAtDamage);
        Assert.NotEmpty(done);
        var kept = Directory.GetFiles(StreamPath, "cut-after-*");
        Assert.NotEmpty(kept);
        Assert.Equal(before, kept.Concat(Directory.GetFiles(StreamPath, "*.mmj")).Sum(f => new FileInfo(f).Length));
        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        Assert.True(report.IsClean);
        Assert.InRange(report.Events, 10, 19);
        using var writer = Reopen(TornTailPolicy.Refuse);
        writer.Append(StoreEvents.Batch(writer.Version + 1, 3));
    }

    [Fact]
    public void LostCommitMark_IsRefusedUntilItIsRepaired()
    {
        Make(Form.Open);
        File.Delete(Path.Combine(StreamPath, "commit.mark"));
        Assert.Throws<StreamDamagedException>(() => Reopen(TornTailPolicy.Accept));
        Assert.Contains($"event {Events}", Assert.Single(JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.TornTail), s => s.Contains("mark", StringComparison.Ordinal)), StringComparison.Ordinal);
        AssertClean();
        Assert.Empty(JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.TornTail));
    }

    /// <summary>Without the mark nobody knows whether the last batch was acknowledged; with the older of its slots neither.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LostCommitMark_AndADamagedLastBatch_IsOnlyCutWhenThatIsAskedFor(bool isGone)
    {
        Make(Form.Open);
        var mark = Path.Combine(StreamPath, "commit.mark");
        if (isGone)
        {
            File.Delete(mark);
        }
        else
        {
            // The later slot.
            var slots = File.ReadAllBytes(mark);
            var half = slots.Length / 2;
            var later = CommitMark.Read(mark)!.Value;
            slots[half + 9] ^= 1;
            File.WriteAllBytes(mark, slots);
            if (CommitMark.Read(mark) == later)
            {
                slots[half + 9] ^= 1;
                slots[9] ^= 1;
                File.WriteAllBytes(mark, slots);
            }

            Assert.True(CommitMark.Read(mark)!.Value.Version < later.Version);
        }

        var segment = Files().Last(IsSegment);
        var bytes = File.ReadAllBytes(segment);
        bytes[^10] ^= 1;
        File.WriteAllBytes(segment, bytes);
        var refused = Assert.Throws<StreamDamagedException>(() => JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.TornTail));
        Assert.Contains("may give up acknowledged events", refused.Message, StringComparison.Ordinal);
        Assert.Contains("commit mark", Assert.Throws<StreamDamagedException>(() => Reopen(TornTailPolicy.Accept)).Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(segment));
        Assert.NotEmpty(JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.CutAtDamage));
        Assert.Empty(JournalRepair.Run(folder, StoreEvents.Stream, RepairScope.TornTail));
    }

    /// <summary>Four batches in three segments; the second segment begins with event 11.</summary>
    private void Make(Form form)
    {
        var store = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = 800 });
        using (var writer = store.OpenWriter(StoreEvents.Stream, Durability.EveryAppend))
        {
            writer.Append(StoreEvents.Batch(1, 7));
            writer.Append(StoreEvents.Batch(8, 3));
            writer.Append(StoreEvents.Batch(11, 9));
            writer.Append(StoreEvents.Batch(20, 5));
            if (form != Form.Open)
            {
                writer.Seal("test", [new("a", "b")]);
            }
        }

        if (form == Form.Compacted)
        {
            JournalCompactor.Run(folder, StoreEvents.Stream);
        }

        Assert.Equal(form == Form.Compacted ? "*.mmz" : "*.mmj", "*" + Path.GetExtension(Files().First(IsSegment)));
        Assert.Equal(3, Files().Count(IsSegment));
        AssertClean();
    }

    private JournalWriter Reopen(TornTailPolicy policy) =>
        new JournalStore(folder, TimeProvider.System, new JournalOptions { TornTail = policy }).OpenWriter(StoreEvents.Stream, Durability.EveryAppend);

    private List<string> Files() => Directory.GetFiles(StreamPath).Where(p => new FileInfo(p).Length > 0).Order(StringComparer.Ordinal).ToList();

    private static bool IsSegment(string path) => Path.GetExtension(path) is ".mmj" or ".mmz";

    private void AssertClean()
    {
        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        Assert.True(report.IsClean, string.Join("; ", report.Findings));
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        Assert.Equal(Events, StoreAssert.ReadsRight(source));
    }

    private void AssertNoticed(string what, bool mustFail)
    {
        var failed = false;
        foreach (var policy in new[] { TornTailPolicy.Refuse, TornTailPolicy.Accept })
        {
            long read;
            try
            {
                using var source = JournalSource.Open(folder, StoreEvents.Stream, tornTail: policy);
                read = StoreAssert.ReadsRight(source);
                Assert.True(read == Events, $"{what}: reading ended after {read} events without an error");
            }
            catch (Exception e) when (e is StreamDamagedException or StreamNotFoundException)
            {
                failed = true;
            }
        }

        Assert.True(failed || !mustFail, $"{what}: reading did not notice");
        Assert.True(JournalVerifier.Verify(folder, StoreEvents.Stream).Findings.Count > 0, $"{what}: the verifier did not notice");
    }
}
