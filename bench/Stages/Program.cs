using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

// CPU time of a stored day, stage upon stage: each row does what the row before does and one thing more.
//   dotnet run -c Release --project bench/Stages -- STORE [rounds]
var store = new JournalStore(args[0], TimeProvider.System);
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
var names = new List<StreamName>();
await foreach (var name in store.ListAsync("market/"))
{
    names.Add(name);
}

names.Sort((a, b) => string.CompareOrdinal(a.Value, b.Value));
var stages = new (string Name, Func<long> Run)[]
{
    ("read bytes", () => Bytes(args[0])),
    ("read records, checksums", Records),
    ("decode headers", Headers),
    ("decode payloads", () => Decode(Fold.Nothing)),
    ("book, sorted arrays", () => Decode(Fold.Sorted)),
    ("book", () => Decode(Fold.Slots)),
    ("backtest, nothing stored", Backtest),
};
for (var round = 0; round < rounds; round++)
{
    foreach (var (name, run) in stages)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var count = run();
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-26} {seconds,7:0.000} CPU s  {count / seconds / 1e6,8:0.0} M/s  {(GC.GetTotalAllocatedBytes() - allocated) / 1e6,8:0.0} MB allocated"));
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

long Backtest()
{
    // The seed's way of quoting with parameters that fit the price, and no limit that would end the day early.
    var configuration = new[] { ("gamma", "0.339"), ("k", "0.1521"), ("a", "0.3207"), ("max_inventory", "0.05"), ("inventory_threshold", "0.025"), ("order_size", "0.005"), ("stop_loss", "1000000"), ("max_drawdown", "1000000") }
        .Aggregate(StrategyConfiguration.Default, (c, p) => c.With(p.Item1, p.Item2));
    var inputs = names.Select(name => store.FindAsync(name).AsTask().Result!)
        .Select(info => new InputStream(info.Stream, info.Version, info.ContentHash!.Value, () => store.OpenSource(info.Stream))).ToArray();
    var request = new BacktestRequest { Symbol = names[0].Parts[1], Configuration = configuration, From = long.MinValue, To = long.MaxValue, Queue = QueueModel.Fifo, FeePartsPerMillion = 1000 };
    var result = new Backtester(request, inputs, new NoLog()).Run();
    Console.WriteLine($"  {result.State.Decisions} decisions, {result.Metrics.Fills} fills");
    return result.State.LevelUpdates;
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

internal sealed class NoLog : IStartableLog
{
    private long events;

    public void Start(in RunStarted started)
    {
    }

    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload) => ++events;
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
