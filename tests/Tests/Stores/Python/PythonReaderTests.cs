using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Journal.Compaction;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Tests.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores.Python;

/// <summary>A program in another language, made from docs/events.md, reads what the journal writes.</summary>
public sealed class PythonReaderTests : IDisposable
{
    private static readonly StreamName Stream = StreamName.Market("BTCUSDT", "2024-08-08", "python");
    private readonly TempFolder root = new();

    private string StreamFolder => Path.Combine(root, Stream.Value);

    private string FirstSegment => Path.Combine(StreamFolder, "00000000000000000001.mmj");

    public void Dispose() => root.Dispose();

    [Fact]
    public async Task Python_OnAGrowingJournalOfManySegments_ReadsWhatWasAppended()
    {
        var records = await Write(9_000, segmentBytes: 300_000);
        Assert.True(Directory.GetFiles(StreamFolder, "*.mmj").Length > 2);
        var reading = PythonReader.Read(StreamFolder);
        AssertSame(records, reading);
        Assert.False(reading.Summary.GetProperty("sealed").GetBoolean());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4_096)]
    [InlineData(4_097)]
    public async Task Python_OnASealedJournal_ReadsWhatWasAppendedAndAgreesWithTheManifest(int events)
    {
        var records = await Write(events, seal: true);
        var reading = PythonReader.Read(StreamFolder);
        AssertSame(records, reading);
        Assert.True(reading.Summary.GetProperty("sealed").GetBoolean());
    }

    [Fact]
    public async Task Python_OnACompactedJournal_ReadsWhatWasAppended()
    {
        var records = await Write(9_000, seal: true);
        var compacted = JournalCompactor.Run(root, Stream);
        Assert.True(compacted.ColumnBlocks > 0, "no block was stored as columns");
        Assert.Empty(Directory.GetFiles(StreamFolder, "*.mmj"));
        AssertSame(records, PythonReader.Read(StreamFolder));
    }

    [Fact]
    public async Task Python_OnACompactedJournalOfOneEvent_ReadsWhatWasAppended()
    {
        // Columns of a single event only cost: its block keeps the record as it is.
        var records = await Write(1, seal: true);
        var compacted = JournalCompactor.Run(root, Stream);
        Assert.Equal((1, 0), (compacted.Blocks, compacted.ColumnBlocks));
        AssertSame(records, PythonReader.Read(StreamFolder));
    }

    [Fact]
    public async Task Python_OnADamagedRecord_NamesItsEvent()
    {
        await Write(500);
        var bytes = File.ReadAllBytes(FirstSegment);
        bytes[^1] ^= 1;
        File.WriteAllBytes(FirstSegment, bytes);
        var reading = PythonReader.Read(StreamFolder);
        Assert.Equal(1, reading.Code);
        Assert.Contains("events up to 500 were acknowledged as durable", reading.Error, StringComparison.Ordinal);

        bytes[^1] ^= 1;
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(FirstSegment, bytes);
        reading = PythonReader.Read(StreamFolder);
        Assert.Equal(1, reading.Code);
        Assert.Matches(@"00000000000000000001\.mmj at offset \d+: the checksum of event \d+ is wrong", reading.Error);
    }

    [Fact]
    public async Task Python_OnAForgeryWithRepairedChecksums_NamesItsBlock()
    {
        await Write(9_000, seal: true);
        var forged = new TempFolder();
        try
        {
            // The same stream with one other event in its second block, written whole: every checksum in it is right.
            await Write(9_000, seal: true, forge: 5_000, into: forged);
            File.Copy(Path.Combine(forged, Stream.Value, Path.GetFileName(FirstSegment)), FirstSegment, overwrite: true);
        }
        finally
        {
            forged.Dispose();
        }

        var reading = PythonReader.Read(StreamFolder, "--quiet");
        Assert.Equal(1, reading.Code);
        Assert.Contains("block 2 (events 4097 to 8192) has digest", reading.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Python_OnAnEditedManifest_SaysSo()
    {
        await Write(10, seal: true);
        var manifest = Path.Combine(StreamFolder, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"events\": 10", "\"events\": 11", StringComparison.Ordinal));
        var reading = PythonReader.Read(StreamFolder);
        Assert.Equal((1, "read_journal: manifest.json was changed after it was written"), (reading.Code, reading.Error));
    }

    [Fact]
    public async Task Python_OnATornTail_ReportsItAndReadsWhatIsBeforeIt()
    {
        var records = await Write(500);
        using (var file = File.Open(FirstSegment, FileMode.Append))
        {
            file.Write(Encoding.ASCII.GetBytes("MMB1 and no more"));
        }

        var reading = PythonReader.Read(StreamFolder);
        AssertSame(records, reading, tornTail: 16);
    }

    [Fact]
    public void Python_OnEveryGoldenSample_ReadsItsJson()
    {
        var names = EventsSchemaFolder.OfRepository.Json("index.json")["events"]!.AsArray().Select(e => (string)e!["samples"]!).ToArray();
        var read = PythonReader.Samples(names.Select(n => EventsSchemaFolder.OfRepository.FileAt(n + ".bin")));
        Assert.Equal(names.Length, read.Length);
        foreach (var (name, lines) in names.Zip(read))
        {
            var expected = EventsSchemaFolder.OfRepository.Json(name + ".json").AsArray();
            Assert.Equal(expected.Count, lines.Length);
            for (var i = 0; i < lines.Length; i++)
            {
                AssertSameJson(expected[i]!.ToJsonString(), lines[i]);
            }
        }
    }

    private static void AssertSame(List<byte[]> records, Reading reading, long tornTail = 0)
    {
        Assert.True(reading.Code == 0, reading.Error);
        using var hash = new ContentHash(Stream);
        var json = new EventJson();
        Assert.Equal(records.Count, reading.Events.Length);
        for (var i = 0; i < records.Count; i++)
        {
            hash.Add(records[i]);
            AssertSameJson(json.ToText(records[i]), reading.Events[i]);

            // The other program's JSON leads back to the bytes of this one.
            var again = new ByteBuffer();
            json.Read(Encoding.UTF8.GetBytes(reading.Events[i]), again);
            Assert.Equal(Convert.ToHexString(records[i]), Convert.ToHexString(again.Span));
        }

        var summary = reading.Summary;
        Assert.Equal(Stream.Value, summary.GetProperty("stream").GetString());
        Assert.Equal(records.Count, summary.GetProperty("events").GetInt64());
        Assert.Equal(hash.Current.ToString(), summary.GetProperty("contentHash").GetString());
        Assert.Equal(ContentHash.Root(hash.Blocks).ToString(), summary.GetProperty("blockRoot").GetString());
        Assert.Equal(tornTail, summary.GetProperty("tornTail").GetInt64());
    }

    private static void AssertSameJson(string ours, string theirs)
    {
        using var one = JsonDocument.Parse(ours);
        using var other = JsonDocument.Parse(theirs);
        Assert.True(JsonElement.DeepEquals(one.RootElement, other.RootElement), $"ours {ours}\ntheirs {theirs}");
    }

    private async Task<List<byte[]>> Write(int events, bool seal = false, long segmentBytes = long.MaxValue, int forge = 0, string? into = null)
    {
        var records = new List<byte[]>();
        await using var store = new JournalStore(into ?? root, TimeProvider.System, new JournalOptions { SegmentBytes = segmentBytes });
        var batch = new EventBatch();
        for (var sequence = 1; sequence <= events; sequence++)
        {
            var filler = new RandomFiller([(ulong)sequence, sequence == forge ? 1UL : 0UL]);
            var header = filler.Header() with { Sequence = sequence };
            var record = EventCase.All[sequence % EventCase.All.Count].Record(header, filler);
            records.Add(record);
            batch.AddRecord(record);
            if (batch.Count == 100 || sequence == events)
            {
                await store.AppendAsync(Stream, batch.FirstSequence - 1, batch, sequence == events ? Durability.EveryAppend : Durability.OnClose);
                batch.Clear();
            }
        }

        if (seal)
        {
            await store.SealAsync(Stream, "test");
        }

        return records;
    }
}
