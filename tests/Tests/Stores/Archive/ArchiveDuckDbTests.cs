using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Stores.Parquet;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>DuckDB as an independent reader of what we archive, and as the writer of copies that we backtest.</summary>
public sealed class ArchiveDuckDbTests : IDisposable
{
    private readonly Stores.TempFolder folder = new();
    private readonly string archive;

    public ArchiveDuckDbTests() =>
        archive = new StreamArchiver(ArchiveSamples.SampleStore, folder, new ArchiveOptions { CompressionLevel = 3, RowGroupRows = 50_000 }).Archive(ArchiveSamples.BtcSecondDay).Path;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DuckDb_EveryFile_HasTheSameTotalsAndValues()
    {
        var sums = new Totals();
        var arena = new LevelArena();
        using (var source = ArchiveSamples.SampleStore.OpenJournal(ArchiveSamples.BtcSecondDay))
        {
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref sums);
            }
        }

        const string scaled = "::DECIMAL(38,8)*100000000)::HUGEINT)::VARCHAR";
        var rows = DuckDb.Run(
            $"SELECT count(*), count(DISTINCT sequence), sum(sequence)::VARCHAR, sum(epoch_ns(receive_time))::VARCHAR, sum(epoch_ns(venue_time))::VARCHAR, sum(first_update_id)::VARCHAR, sum(final_update_id)::VARCHAR, count(*) FILTER (is_bid), sum((price{scaled}, sum((quantity{scaled} FROM {File(ArchiveLayout.Depth)}",
            $"SELECT count(*), count(DISTINCT sequence), sum(sequence)::VARCHAR, sum(epoch_ns(receive_time))::VARCHAR, sum(epoch_ns(venue_time))::VARCHAR, sum(trade_id)::VARCHAR, sum(epoch_ns(trade_time))::VARCHAR, count(*) FILTER (buyer_is_maker), sum((price{scaled}, sum((quantity{scaled} FROM {File(ArchiveLayout.Trades)}",
            $"SELECT count(*), count(DISTINCT sequence), sum(sequence)::VARCHAR, sum(epoch_ns(receive_time))::VARCHAR, coalesce(sum(epoch_ns(venue_time)), 0)::VARCHAR, sum(update_id)::VARCHAR, '0', 0, sum(((bid_price+ask_price){scaled}, sum(((bid_quantity+ask_quantity){scaled} FROM {File(ArchiveLayout.BestQuotes)}");
        Assert.Equal(string.Join(" ", sums.Depth.Values()), string.Join(" ", rows[0][0]));
        Assert.Equal(string.Join(" ", sums.Trades.Values()), string.Join(" ", rows[1][0]));
        Assert.Equal(string.Join(" ", sums.Quotes.Values()), string.Join(" ", rows[2][0]));

        var others = DuckDb.Run(
            $"SELECT string_agg(type, ',' ORDER BY sequence) FROM {File(ArchiveLayout.Others)}",
            $"SELECT payload->>'symbol', payload->>'tick' FROM {File(ArchiveLayout.Others)} WHERE type = 'instrumentDefined'",
            $"SELECT DISTINCT value::VARCHAR FROM parquet_kv_metadata({DuckDb.Quote(Path.Combine(archive, ArchiveLayout.Depth))}) WHERE key::VARCHAR = 'eventsourcedmm.stream'",
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
        DuckDb.Run(Directory.GetFiles(archive, "*.parquet").Select(f =>
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

    private string File(string name) => DuckDb.Quote(Path.Combine(archive, name));

    private sealed class CountingLog : IStartableLog
    {
        public long Count { get; private set; }

        public void Start(in RunStarted started)
        {
        }

        public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload) => ++Count;
    }

    private sealed class Total
    {
        private readonly HashSet<long> sequences = [];
        private Int128 rows;
        private Int128 sequence;
        private Int128 received;
        private Int128 venue;
        private Int128 first;
        private Int128 second;
        private Int128 flags;
        private Int128 price;
        private Int128 quantity;

        public void Add(in EventHeader header, long one, long two, bool flag, Int128 p, Int128 q)
        {
            rows++;
            sequences.Add(header.Sequence);
            sequence += header.Sequence;
            received += header.ReceiveTime;
            venue += header.VenueTime;
            first += one;
            second += two;
            flags += flag ? 1 : 0;
            price += p;
            quantity += q;
        }

        public string[] Values() => [.. ((Int128[])[rows, sequences.Count, sequence, received, venue, first, second, flags, price, quantity]).Select(v => v.ToString(CultureInfo.InvariantCulture))];
    }

    private struct Totals : IEventHandler
    {
        public Totals()
        {
        }

        public Total Depth { get; } = new();

        public Total Trades { get; } = new();

        public Total Quotes { get; } = new();

        public readonly void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            switch (payload)
            {
                case DepthDiff d:
                    foreach (var level in d.Bids.Span)
                    {
                        Depth.Add(header, d.FirstUpdateId, d.FinalUpdateId, true, level.Price, level.Quantity);
                    }

                    foreach (var level in d.Asks.Span)
                    {
                        Depth.Add(header, d.FirstUpdateId, d.FinalUpdateId, false, level.Price, level.Quantity);
                    }

                    break;
                case Trade t:
                    Trades.Add(header, t.TradeId, t.TradeTime, t.BuyerIsMaker, t.Price, t.Quantity);
                    break;
                case BestQuote q:
                    Quotes.Add(header, q.UpdateId, 0, false, (Int128)q.BidPrice + q.AskPrice, (Int128)q.BidQuantity + q.AskQuantity);
                    break;
            }
        }
    }
}
