using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Stores.Archive;

public sealed class ArchiveRoundTripTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("BTCUSDT")]
    [InlineData("NEXOUSDT")]
    public void Archive_SampleDay_GivesBackEveryEventAndIsImportedWithTheSameManifest(string symbol)
    {
        var store = ArchiveSamples.SampleStore;
        var day = store.ListAsync($"market/{symbol}/").ToBlockingEnumerable().Last();
        var archived = new StreamArchiver(store, folder, new ArchiveOptions { CompressionLevel = 3 }).Archive(day);
        var expected = ArchiveSamples.Records(store.OpenJournal(day));
        Assert.Equal(expected, ArchiveSamples.Records(ArchiveFolder.Open(archived.Path).OpenSource()));
        Assert.Equal(expected.Count, archived.Files.Sum(f => f.Events));

        var target = new JournalStore(Path.Combine(folder, "restored"), TimeProvider.System);
        var (manifest, before) = StreamRestorer.Restore(ArchiveFolder.Open(archived.Path), target);
        Assert.False(before);
        Assert.Equal(store.ReadManifest(day)!.ToJson(), manifest.ToJson());
        Assert.Equal(expected, ArchiveSamples.Records(target.OpenJournal(day)));
        Assert.True(StreamRestorer.Restore(ArchiveFolder.Open(archived.Path), target).AlreadyStored);
    }

    /// <summary>The usual level, and that of a capture, which archives beside its work.</summary>
    [Theory]
    [InlineData(18, 12)]
    [InlineData(ArchiveOptions.BackgroundLevel, 10)]
    public void Archive_BtcusdtRecording_IsMuchSmallerThanItsRawLines(int level, int times)
    {
        // Raw lines of diffs and trades with their stamps, as the recorder wrote them.
        var raw = Live.Samples.Lines(Live.Samples.Btc).Where(l => l.Contains("\"depthUpdate\"", StringComparison.Ordinal) || l.Contains("\"e\":\"trade\"", StringComparison.Ordinal))
            .Sum(l => (long)System.Text.Encoding.UTF8.GetByteCount(l) + 1);
        var stored = 0L;
        foreach (var day in ArchiveSamples.SampleStore.ListAsync("market/BTCUSDT/").ToBlockingEnumerable())
        {
            stored += new StreamArchiver(ArchiveSamples.SampleStore, folder, new ArchiveOptions { CompressionLevel = level }).Archive(day).Files
                .Where(f => f.Name is ArchiveLayout.Depth or ArchiveLayout.Trades).Sum(f => f.Bytes);
        }

        Assert.InRange(raw, 14_000_000, 15_000_000);
        Assert.True(stored * times < raw, string.Create(CultureInfo.InvariantCulture, $"{stored} bytes for {raw}"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public void Archive_EveryKindOfEvent_GivesBackTheSameBytesWhateverTheRowGroups(int rows)
    {
        var random = new Random(20_240_809 + rows);
        var records = ArchiveSamples.SmallDay();

        // A row group a row is a file footer a row: few rows say as much of that as many.
        for (var i = Cases.IsSoak ? 600 : rows > 1 ? 150 : 40; i > 0; i--)
        {
            foreach (var type in EventCase.All)
            {
                records.Add(Stores.Records.Random(type, [(ulong)random.NextInt64(), (ulong)random.NextInt64()]));
            }
        }

        foreach (var name in (StreamName[])[ArchiveSamples.Small, StreamName.Run("run-1", "MADEUSDT"), StreamName.Portfolio("run-1")])
        {
            var store = new JournalStore(Path.Combine(folder, "store"), TimeProvider.System);
            ArchiveSamples.Write(store, name, name.Family == "market" ? records : records.Skip(2).Where(r => EventRecord.Read(r, out _).Type is not (EventType.InstrumentDefined or EventType.RunStarted)).Prepend(records[1]));
            var archived = new StreamArchiver(store, new ArchiveOptions { CompressionLevel = 1, RowGroupRows = rows }).Archive(name);
            Assert.Equal(ArchiveSamples.Records(store.OpenJournal(name)), ArchiveSamples.Records(ArchiveFolder.Open(archived.Path).OpenSource()));
            Assert.Contains(archived.Files, f => f.Name == ArchiveLayout.Fills && f.Events > 0);
            Assert.Contains(archived.Files, f => f.Name == ArchiveLayout.Quotes && f.Events > 0);
        }
    }

    [Fact]
    public void Archive_WithoutAnInstrument_KeepsEveryEventAsJson()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay().Where((_, i) => i != 1));
        var archived = new StreamArchiver(store).Archive(ArchiveSamples.Small);
        Assert.Equal([ArchiveLayout.Others], archived.Files.Select(f => f.Name));
        Assert.Equal(ArchiveSamples.Records(store.OpenJournal(ArchiveSamples.Small)), ArchiveSamples.Records(ArchiveFolder.Open(archived.Path).OpenSource()));
    }

    [Fact]
    public void Archive_PriceOffTheTick_KeepsTheDecimalsItNeeds()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        var records = ArchiveSamples.SmallDay();
        records.Add(ArchiveSamples.Records<Trade>(60, 0, new() { TradeId = 99, Price = 6_150_000_012_000, Quantity = 1 }));
        ArchiveSamples.Write(store, ArchiveSamples.Small, records);
        var archived = new StreamArchiver(store).Archive(ArchiveSamples.Small);
        using var reader = EventSourcedMM.Stores.Parquet.ParquetReader.Open(Path.Combine(archived.Path, ArchiveLayout.Trades));
        Assert.Equal(new EventSourcedMM.Stores.Parquet.ParquetLogicalType.Decimal(18, 5), reader.Schema["price"].LogicalType);
        Assert.Equal(ArchiveSamples.Records(store.OpenJournal(ArchiveSamples.Small)), ArchiveSamples.Records(ArchiveFolder.Open(archived.Path).OpenSource()));
    }

    [Fact]
    public void Archive_QuantitiesOfTheLot_HaveItsDecimalsAndOthersTheirs()
    {
        // A day whose quantities are lots, and one with a quantity a hundred times finer; both come back to the last byte.
        foreach (var (finest, decimals) in ((long, int)[])[(1_000, 5), (10, 7)])
        {
            var store = new JournalStore(Path.Combine(folder, $"{finest}"), TimeProvider.System);
            var records = ArchiveSamples.SmallDay().Take(2).ToList();
            records.Add(ArchiveSamples.Records<Trade>(1, 0, new() { TradeId = 1, Price = 6_150_000_000_000, Quantity = 5_000_000 }));
            records.Add(ArchiveSamples.Records<Trade>(2, 0, new() { TradeId = 2, Price = 6_150_000_000_000, Quantity = finest }));
            ArchiveSamples.Write(store, ArchiveSamples.Small, records);
            var archived = new StreamArchiver(store).Archive(ArchiveSamples.Small);
            using var reader = EventSourcedMM.Stores.Parquet.ParquetReader.Open(Path.Combine(archived.Path, ArchiveLayout.Trades));
            Assert.Equal(new EventSourcedMM.Stores.Parquet.ParquetLogicalType.Decimal(9, decimals), reader.Schema["quantity"].LogicalType);
            Assert.Equal(ArchiveSamples.Records(store.OpenJournal(ArchiveSamples.Small)), ArchiveSamples.Records(ArchiveFolder.Open(archived.Path).OpenSource()));
        }
    }

    /// <summary>What comes from the columns in blocks is what comes event by event, whatever the row groups, from any event on.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public void Blocks_OfAnArchive_AreItsEvents(int rows)
    {
        foreach (var (store, day) in ((JournalStore, StreamName)[])[(ArchiveSamples.SampleStore, ArchiveSamples.BtcSecondDay), (Small(), ArchiveSamples.Small)])
        {
            var archived = new StreamArchiver(store, folder, new ArchiveOptions { CompressionLevel = 1, RowGroupRows = day == ArchiveSamples.Small ? rows : rows * 1_000 }).Archive(day);
            var expected = ArchiveSamples.Records(store.OpenJournal(day));
            Assert.Equal(expected, BlockRecords.Of(new ArchiveSource(archived.Path)));
            Assert.Equal(expected.Skip(99), BlockRecords.Of(new ArchiveSource(archived.Path, 0, 100)));
            Assert.Equal(expected, BlockRecords.Of(new DecodingSource(store.OpenJournal(day))));
        }
    }

    [Fact]
    public void Source_FromASequence_BeginsThere()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
        new StreamArchiver(store).Archive(ArchiveSamples.Small);
        var all = ArchiveSamples.Records(store.OpenJournal(ArchiveSamples.Small));
        store.RemoveArchivedJournal(ArchiveSamples.Small);
        Assert.Equal(all.Skip(99), ArchiveSamples.Records(store.OpenSource(ArchiveSamples.Small, 100)));
        Assert.Empty(ArchiveSamples.Records(store.OpenSource(ArchiveSamples.Small, all.Count + 1)));
    }

    private JournalStore Small()
    {
        var store = new JournalStore(Path.Combine(folder, "small"), TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
        return store;
    }
}
