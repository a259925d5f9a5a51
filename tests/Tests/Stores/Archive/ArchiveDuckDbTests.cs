using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Stores.Parquet;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>DuckDB as an independent reader of what we archive, and as the writer of copies that we backtest.</summary>
public sealed class ArchiveDuckDbTests(ArchivedDay day) : IClassFixture<ArchivedDay>, IDisposable
{
    private readonly Stores.TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DuckDb_EveryTableOfARecordedDay_HasTheRowsOfItsEvents()
    {
        var rows = ArchiveRows.AssertSame(day.Archive, ArchiveSamples.SampleStore.OpenJournal(ArchiveSamples.BtcSecondDay), folder);
        Assert.True(rows[ArchiveLayout.Depth] > 100_000 && rows[ArchiveLayout.Trades] > 5_000 && rows[ArchiveLayout.BestQuotes] > 20_000, string.Join(' ', rows));
    }

    /// <summary>A day with every table that a recording can have, in row groups of a few rows.</summary>
    [Fact]
    public void DuckDb_EveryTableOfAMadeDay_HasTheRowsOfItsEvents()
    {
        var store = new JournalStore(Path.Combine(folder, "store"), TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
        var path = new StreamArchiver(store, Path.Combine(folder, "archive"), new ArchiveOptions { CompressionLevel = 3, RowGroupRows = 7 }).Archive(ArchiveSamples.Small).Path;
        var rows = ArchiveRows.AssertSame(path, store.OpenJournal(ArchiveSamples.Small), folder);
        Assert.All(rows.Values, count => Assert.True(count > 0));
        Assert.Equal(6, rows.Count);
        Assert.Equal(ArchiveLayout.Tables.Where(rows.ContainsKey).Order(StringComparer.Ordinal), Directory.GetFiles(path, "*.parquet").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(6, rows[ArchiveLayout.Others]);
    }

    [Fact]
    public void DuckDb_MetadataAndTypes_AreThoseOfThePage()
    {
        var others = DuckDb.Run(
            $"SELECT string_agg(type, ',' ORDER BY sequence) FROM {File(ArchiveLayout.Others)}",
            $"SELECT payload->>'symbol', payload->>'tick' FROM {File(ArchiveLayout.Others)} WHERE type = 'instrumentDefined'",
            $"SELECT DISTINCT value::VARCHAR FROM parquet_kv_metadata({DuckDb.Quote(Path.Combine(day.Archive, ArchiveLayout.Depth))}) WHERE key::VARCHAR = 'eventsourcedmm.stream'",
            $"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {File(ArchiveLayout.Depth)})");
        Assert.Equal("recordingStarted,instrumentDefined,bookCheckpoint,recordingEnded", Assert.Single(others[0][0]));
        Assert.Equal("BTCUSDT 1000000", string.Join(" ", others[1][0]));
        Assert.Equal(ArchiveSamples.BtcSecondDay.Value, Assert.Single(others[2][0]));
        Assert.Equal(
            ["sequence BIGINT", "receive_time TIMESTAMP_NS", "venue_time TIMESTAMP_NS", "first_update_id BIGINT", "final_update_id BIGINT", "is_bid BOOLEAN", "price DECIMAL(9,2)", "quantity DECIMAL(9,6)"],
            others[3].Select(r => $"{r[0]} {r[1]}"));
    }

    [Theory]
    [InlineData("snappy", "v1")]
    [InlineData("gzip", "v2")]
    [InlineData("brotli", "v1")]
    [InlineData("zstd", "v2")]
    [InlineData("uncompressed", "v2")]
    public void Backtest_CopyThatDuckDbWrote_IsTheSameRun(string codec, string version)
    {
        var copy = Directory.CreateDirectory(Path.Combine(folder, "copy")).FullName;
        DuckDb.Run(Directory.GetFiles(day.Archive, "*.parquet").Select(f =>
            $"COPY (SELECT * FROM {DuckDb.Quote(f)}) TO {DuckDb.Quote(Path.Combine(copy, Path.GetFileName(f)))} (FORMAT parquet, COMPRESSION {CodecOf(f, codec)}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 20480)"));

        var manifest = ArchiveFolder.Open(copy).Manifest();
        Assert.Equal(ArchiveSamples.SampleStore.ReadManifest(ArchiveSamples.BtcSecondDay)!.ContentHash, manifest.ContentHash);
        Assert.Equal(Run(() => ArchiveSamples.SampleStore.OpenJournal(ArchiveSamples.BtcSecondDay), manifest), Run(() => ArchiveFolder.Open(copy).OpenSource(), manifest));
    }

    // DuckDB compresses with Brotli at its slowest: the largest table takes it ten seconds, the others show as much.
    private static string CodecOf(string file, string codec) =>
        codec == "brotli" && Path.GetFileName(file) == ArchiveLayout.Depth && !Cases.IsSoak ? "gzip" : codec;

    private static (string Run, string State, long Events) Run(Func<IEventSource> open, StreamManifest manifest)
    {
        var log = new CountingLog();
        var request = new BacktestRequest { Symbol = "BTCUSDT", Configuration = StrategyConfiguration.Default.With("gamma", "0.001").With("k", "0.5").With("order_size", "0.01") };
        var result = new Backtester(request, [InputStream.Of(manifest, () => new UpcastSource(open()))], log).Run();
        return (result.Started.Run, EventSourcedMM.Projections.StateHash.Of(result.State).ToString(), log.Count);
    }

    private string File(string name) => DuckDb.Quote(Path.Combine(day.Archive, name));

    private sealed class CountingLog : IStartableLog
    {
        public long Count { get; private set; }

        public void Start(in RunStarted started)
        {
        }

        public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload) => ++Count;
    }
}

/// <summary>BTCUSDT's second day in an archive, made once for all tests of a class.</summary>
public sealed class ArchivedDay : IDisposable
{
    private readonly Stores.TempFolder folder = new();

    public ArchivedDay() =>
        Archive = new StreamArchiver(ArchiveSamples.SampleStore, folder, new ArchiveOptions { CompressionLevel = 3, RowGroupRows = 50_000 }).Archive(ArchiveSamples.BtcSecondDay).Path;

    /// <summary>Its folder.</summary>
    public string Archive { get; }

    public void Dispose() => folder.Dispose();
}
