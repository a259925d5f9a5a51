using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

// CPU time of a stored day, stage upon stage: each row does what the row before does and one thing more.
//   dotnet run -c Release --project bench/Stages -- STORE [rounds] [ARCHIVE] [PART]
// ARCHIVE is the same day as mm archive wrote it: its stages follow. PART runs the stages whose names contain it.
var store = new JournalStore(args[0], TimeProvider.System);
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
var names = new List<StreamName>();
await foreach (var name in store.ListAsync("market/"))
{
    names.Add(name);
}

names.Sort((a, b) => string.CompareOrdinal(a.Value, b.Value));
var archive = args.Length > 2 ? args[2] : null;
var stages = new List<(string Name, Func<long> Run)>
{
    ("read bytes", () => Bytes(args[0])),
    ("read records, checksums", Records),
    ("decode headers", Headers),
    ("decode payloads", () => Decode(Fold.Nothing)),
    ("book, sorted arrays", () => Decode(Fold.Sorted)),
    ("book", () => Decode(Fold.Slots)),
    ("blocks", () => Blocks(Journal, Fold.Nothing)),
    ("book over blocks", () => Blocks(Journal, Fold.Slots)),
    ("backtest, nothing stored", () => Backtest(Journal, 1)),
};
if (archive is not null)
{
    stages.Add(("Parquet: read bytes", () => Bytes(archive)));
    stages.Add(("Parquet: blocks", () => Blocks(Parquet, Fold.Nothing)));
    stages.Add(("Parquet: book over blocks", () => Blocks(Parquet, Fold.Slots)));
    stages.Add(("Parquet: backtest", () => Backtest(Parquet, 1)));
    stages.Add(("Parquet: backtest, 2 threads", () => Backtest(Parquet, 2)));
}

var part = args.Length > 3 ? args[3] : "";
for (var round = 0; round < rounds; round++)
{
    foreach (var (name, run) in stages.Where(s => s.Name.Contains(part, StringComparison.Ordinal)))
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var clock = Stopwatch.StartNew();
        var count = run();
        var wall = clock.Elapsed.TotalSeconds;
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-29} {seconds,7:0.000} CPU s  {wall,7:0.000} s  {count / seconds / 1e6,8:0.0} M/s  {(GC.GetTotalAllocatedBytes() - allocated) / 1e6,8:0.0} MB allocated"));
    }
}

return 0;

static long Bytes(string root)
{
    var buffer = new byte[256 * 1024];
    long total = 0;
    foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
    {
        using var handle = File.OpenHandle(file);
        long at = 0;
        for (int read; (read = RandomAccess.Read(handle, buffer, at)) > 0; at += read)
        {
            total += read;
        }
    }

    return total;
}

long Records()
{
    long total = 0;
    foreach (var name in names)
    {
        using var source = store.OpenJournal(name);
        while (source.ReadRecord(out var record))
        {
            total += record.Length;
        }
    }

    return total;
}

long Headers()
{
    long total = 0;
    foreach (var name in names)
    {
        using var source = store.OpenSource(name);
        while (source.Read(out _, out _))
        {
            total++;
        }
    }

    return total;
}

IReadOnlyList<InputStream> Journal() => [.. names.Select(name => store.FindAsync(name).AsTask().Result!)
    .Select(info => new InputStream(info.Stream, info.Version, info.ContentHash!.Value, () => new UpcastSource(store.OpenSource(info.Stream))))];

IReadOnlyList<InputStream> Parquet()
{
    var folder = ArchiveFolder.Open(archive!);
    return [InputStream.Of(folder.Manifest(), () => new UpcastSource(folder.OpenSource()))];
}

long Backtest(Func<IReadOnlyList<InputStream>> inputs, int threads)
{
    // The seed's way of quoting with parameters that fit the price, and no limit that would end the day early.
    var configuration = new[] { ("gamma", "0.339"), ("k", "0.1521"), ("a", "0.3207"), ("max_inventory", "0.05"), ("inventory_threshold", "0.025"), ("order_size", "0.005"), ("stop_loss", "1000000"), ("max_drawdown", "1000000") }
        .Aggregate(StrategyConfiguration.Default, (c, p) => c.With(p.Item1, p.Item2));
    var request = new BacktestRequest { Symbol = names[0].Parts[1], Configuration = configuration, From = long.MinValue, To = long.MaxValue, Queue = QueueModel.Fifo, FeePartsPerMillion = 1000 };
    var result = new Backtester(request, inputs(), new CountingLog()) { Threads = threads }.Run();
    Console.WriteLine($"  {result.State.Decisions} decisions, {result.Metrics.Fills} fills, state {StateHash.Of(result.State).ToString()[..12]}");
    return result.State.LevelUpdates;
}

long Blocks(Func<IReadOnlyList<InputStream>> inputs, Fold book)
{
    var sink = new Sink { Into = book };
    var arena = new LevelArena();
    var block = new EventBlock();
    foreach (var input in inputs())
    {
        using var source = input.OpenBlocks();
        while (source.Read(block))
        {
            block.Play(ref sink, arena);
        }
    }

    return sink.Levels;
}

long Decode(Fold book)
{
    var sink = new Sink { Into = book };
    var arena = new LevelArena();
    foreach (var name in names)
    {
        using var source = store.OpenSource(name);
        while (source.Read(out var header, out var payload))
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref sink);
        }
    }

    return sink.Levels;
}

internal enum Fold
{
    Nothing,
    Sorted,
    Slots,
}

internal sealed class Sink : IEventHandler
{
    private readonly BookTracker tracker = new();
    private readonly SortedLevels bids = new(Side.Bid);
    private readonly SortedLevels asks = new(Side.Ask);

    public Fold Into { get; init; }

    public long Levels { get; private set; }

    public Int128 Prices { get; private set; }

    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(DepthDiff))
        {
            var diff = (DepthDiff)(object)payload;
            Levels += diff.Bids.Count + diff.Asks.Count;
            if (Into == Fold.Slots)
            {
                tracker.Apply(diff);
            }
            else if (Into == Fold.Sorted)
            {
                Apply(diff.Bids.Span, diff.Asks.Span);
            }
        }
        else if (typeof(T) == typeof(Trade))
        {
            // What nobody reads would not have to be decoded.
            Prices += ((Trade)(object)payload).Price;
        }
        else if (typeof(T) == typeof(BookSnapshot) && Into != Fold.Nothing)
        {
            var snapshot = (BookSnapshot)(object)payload;
            tracker.Apply(snapshot);
            Apply(snapshot.Bids.Span, snapshot.Asks.Span);
        }
        else if (typeof(T) == typeof(BookCheckpoint) && Into != Fold.Nothing)
        {
            tracker.Apply((BookCheckpoint)(object)payload);
        }
    }

    private void Apply(ReadOnlySpan<Level> newBids, ReadOnlySpan<Level> newAsks)
    {
        foreach (var level in newBids)
        {
            bids.Set(level.Price, level.Quantity);
        }

        foreach (var level in newAsks)
        {
            asks.Set(level.Price, level.Quantity);
        }
    }
}
