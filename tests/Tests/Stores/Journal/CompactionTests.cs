using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;
using EventSourcedMM.Tests.Live;
using FsCheck.Xunit;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Stores;

public sealed class CompactionTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 256_000_000)]
    [InlineData(4_096, 256_000_000)]
    [InlineData(20_000, 256_000_000)]
    [InlineData(20_000, 150_000)]
    public void Compact_SealedStream_ReadsTheSameFromEveryPosition(int events, int segmentBytes)
    {
        var before = Seal(events, segmentBytes);
        var result = JournalCompactor.Run(folder, StoreEvents.Stream);
        Assert.True(result.Blocks >= ((events - 1) / 4096) + 1);
        Assert.Equal(0, JournalCompactor.Run(folder, StoreEvents.Stream).Segments);
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.mmj"));
        var report = JournalVerifier.Verify(folder, StoreEvents.Stream);
        Assert.Empty(report.Findings);
        Assert.Equal((before.ContentHash, (long)events), (report.ContentHash!.Value, report.Events));
        foreach (var from in new long[] { 1, events / 2, 4_096, 4_097, events }.Where(f => f >= 1 && f <= events))
        {
            using var source = JournalSource.Open(folder, StoreEvents.Stream, from);
            Assert.Equal(events, StoreAssert.ReadsRight(source, from));
            Assert.True(source.IsSealedEnd);
        }
    }

    [Fact]
    public async Task Compact_UnderAReader_IsNotNoticedByIt()
    {
        Seal(20_000, 100_000);
        await using var store = new JournalStore(folder, TimeProvider.System);
        using var source = store.OpenJournal(StoreEvents.Stream);
        for (var sequence = 1; sequence <= 3_000; sequence++)
        {
            Assert.True(source.Read(out var header, out var payload));
            StoreAssert.Is(sequence, header, payload);
        }

        JournalCompactor.Run(folder, StoreEvents.Stream);
        Assert.Equal(20_000, StoreAssert.ReadsRight(source, 3_001));
        var pages = 0L;
        await foreach (var page in store.ReadAsync(StoreEvents.Stream, 10_000))
        {
            pages += page.Count;
        }

        Assert.Equal(10_001, pages);
    }

    [Fact]
    public void Compact_AStreamThatIsNotSealed_IsRefused()
    {
        using (var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            writer.Append(StoreEvents.Batch(1, 10));
        }

        Assert.Throws<InvalidOperationException>(() => JournalCompactor.Run(folder, StoreEvents.Stream));
        Assert.Throws<StreamNotFoundException>(() => JournalCompactor.Run(folder, StreamName.Portfolio("none")));
    }

    [Fact]
    public void Compact_OfADamagedSegment_IsRefusedAndLeavesItAlone()
    {
        Seal(10_000, 256_000_000);
        var path = Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.mmj").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[^100] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<StreamDamagedException>(() => JournalCompactor.Run(folder, StoreEvents.Stream));
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.mmz"));
    }

    [Fact]
    public void Compact_AfterACrashThatLeftBothForms_RemovesTheHiddenOne()
    {
        Seal(10_000, 256_000_000);
        var path = Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.mmj").Single();
        var bytes = File.ReadAllBytes(path);
        JournalCompactor.Run(folder, StoreEvents.Stream);
        File.WriteAllBytes(path, bytes);
        using (var source = JournalSource.Open(folder, StoreEvents.Stream))
        {
            Assert.Equal(10_000, StoreAssert.ReadsRight(source));
        }

        JournalCompactor.Run(folder, StoreEvents.Stream);
        Assert.False(File.Exists(path));
    }

    /// <summary>Every event type with random values, edges as often as not, in one block; columns must hold all of them.</summary>
    [Property(MaxTest = 60)]
    public void Compact_EveryEventTypeWithRandomValues_ComesBackByteForByte(ulong[] choices, byte rounds)
    {
        using var root = new TempFolder();
        var batch = new EventBatch();
        for (var round = 0; round <= rounds % 4; round++)
        {
            foreach (var type in EventCase.All)
            {
                var record = Records.Random(type, [.. choices, (ulong)round, 17]);
                var header = EventRecord.Read(record, out var start);
                batch.Add(header with { Sequence = batch.Count + 1 }, record.AsSpan(start));
            }
        }

        var lengths = Enumerable.Range(0, batch.Count).Select(i => batch[i].Length).ToArray();
        var columns = new ByteBuffer();
        Assert.True(BlockPacker.TryPack(batch.Bytes, lengths, columns));
        var table = new byte[batch.Count * 8];
        var body = new byte[batch.Bytes.Length];
        new BlockUnpacker().Unpack(columns.Span.ToArray(), columns.Length, 1, table, body);
        Assert.Equal(batch.Bytes.ToArray(), body);
        Assert.Equal(lengths, Enumerable.Range(0, batch.Count).Select(i => BitConverter.ToInt32(table, i * 8)));
        CompactAndCompare(root, batch);
    }

    [Fact]
    public void Compact_PayloadsThatAreNotWhatTheirTypeSays_KeepsThemAsRecords()
    {
        var batch = new EventBatch();
        for (var sequence = 1; sequence <= 100; sequence++)
        {
            // Cut off, too long, a varint with a needless byte, a price that overflows with its exponent.
            byte[] payload = (sequence % 4) switch
            {
                0 => [1, 2, 3],
                1 => [.. StoreEvents.Record(1).AsSpan(14), 0],
                2 => [0x80, 0x00, 0, 0, 0, 1],
                _ => [0, 0, 1, 8, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0],
            };
            batch.Add(StoreEvents.Header(sequence, sequence % 4 == 3 ? EventType.DepthDiff : EventType.Trade), payload);
        }

        var result = CompactAndCompare(folder, batch);
        Assert.Equal((1, 0), (result.Blocks, result.ColumnBlocks));
    }

    [Fact]
    public void Compact_OfOlderSchemaVersions_DoesNotNeedToKnowThem()
    {
        var batch = new EventBatch();
        for (var sequence = 1; sequence <= 200; sequence++)
        {
            batch.Add(StoreEvents.Header(sequence, EventType.Trade) with { Version = 77 }, [(byte)sequence, 0xFF, 0xFF]);
        }

        Assert.Equal(1, CompactAndCompare(folder, batch).ColumnBlocks);
    }

    /// <summary>DESIGN.md §9: a day on disk at least ten times smaller than its raw JSON.</summary>
    [Theory]
    [InlineData("btc")]
    [InlineData("nexo")]
    public void Compact_OfASampleRecording_IsFarMoreThanTenTimesSmallerThanItsJson(string sample)
    {
        var files = sample == "btc" ? Samples.Btc : Samples.Nexo;
        var store = new JournalStore(folder, TimeProvider.System);
        long raw = 0;
        using (var writer = store.OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            var batch = new EventBatch();
            foreach (var line in Samples.Lines(files))
            {
                if (TryAdd(batch, line, sample == "btc" ? 1 : 1_000, writer.Version + batch.Count + 1))
                {
                    raw += line.Length + 1;
                }

                if (batch.Count == 200)
                {
                    writer.Append(batch);
                    batch.Clear();
                }
            }

            writer.Append(batch);
            writer.Seal("test");
        }

        var hash = store.ReadManifest(StoreEvents.Stream)!.ContentHash;
        var result = JournalCompactor.Run(folder, StoreEvents.Stream);
        output.WriteLine($"{sample}: raw JSON of diffs and trades {raw}, journal {result.BytesBefore}, compacted {result.BytesAfter}, ratio {(double)raw / result.BytesAfter:F1}");
        Assert.Equal(hash, JournalVerifier.Verify(folder, StoreEvents.Stream).ContentHash);
        Assert.True(result.BytesAfter * 15 < raw);
    }

    private static CompactionResult CompactAndCompare(string root, EventBatch batch)
    {
        using (var writer = new JournalStore(root, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            writer.Append(batch);
            writer.Seal("test");
        }

        var result = JournalCompactor.Run(root, StoreEvents.Stream, quality: 1);
        using var source = JournalSource.Open(root, StoreEvents.Stream);
        foreach (var record in batch)
        {
            Assert.True(source.ReadRecord(out var read));
            Assert.Equal(record.ToArray(), read.ToArray());
        }

        Assert.False(source.ReadRecord(out _));
        return result;
    }

    /// <summary>Diffs and trades, read the plain way.</summary>
    private static bool TryAdd(EventBatch batch, string line, long nanoseconds, long sequence)
    {
        var receive = long.Parse(line[..line.IndexOf(' ')], System.Globalization.CultureInfo.InvariantCulture) * nanoseconds;
        using var json = JsonDocument.Parse(Samples.MessageOf(line));
        if (!json.RootElement.TryGetProperty("data", out var data) || !data.TryGetProperty("e", out var kind))
        {
            return false;
        }

        var header = new EventHeader(sequence, EventType.None, 1, data.GetProperty("E").GetInt64() * Nanoseconds.PerMillisecond, receive, Cause.None);
        switch (kind.GetString())
        {
            case "depthUpdate":
                batch.Add(header with { Type = EventType.DepthDiff }, new DepthDiff
                {
                    FirstUpdateId = data.GetProperty("U").GetInt64(),
                    FinalUpdateId = data.GetProperty("u").GetInt64(),
                    Bids = Levels(data.GetProperty("b")),
                    Asks = Levels(data.GetProperty("a")),
                });
                return true;
            case "trade":
                batch.Add(header with { Type = EventType.Trade }, new Trade
                {
                    TradeId = data.GetProperty("t").GetInt64(),
                    Price = Amount(data.GetProperty("p")),
                    Quantity = Amount(data.GetProperty("q")),
                    TradeTime = data.GetProperty("T").GetInt64() * Nanoseconds.PerMillisecond,
                    BuyerIsMaker = data.GetProperty("m").GetBoolean(),
                });
                return true;
            default:
                return false;
        }
    }

    private static LevelList Levels(JsonElement levels) =>
        new(levels.EnumerateArray().Select(l => new Level(Amount(l[0]), Amount(l[1]))).ToArray());

    private static long Amount(JsonElement text) => (long)(decimal.Parse(text.GetString()!, System.Globalization.CultureInfo.InvariantCulture) * 100_000_000m);

    private StreamManifest Seal(int events, int segmentBytes)
    {
        using var writer = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = segmentBytes }).OpenWriter(StoreEvents.Stream, Durability.OnClose);
        for (var first = 1; first <= events; first += 300)
        {
            writer.Append(StoreEvents.Batch(first, Math.Min(300, events - first + 1)));
        }

        return writer.Seal("test");
    }
}
