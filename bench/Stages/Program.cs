using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Bench;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

// CPU time of a stored day, stage upon stage: each row does what the row before does and one thing more.
//   dotnet run -c Release --project bench/Stages -- STORE [rounds] [ARCHIVE] [PART]
//   dotnet run -c Release --project bench/Stages -- STORE recovery [rounds] [SPACING]
// ARCHIVE is the same day as mm archive wrote it: its stages follow. PART runs the stages whose names contain it.
// recovery times what a restart after a kill does with the day (Recovery.cs); SPACING are inputs from one kept state to the next.
EngineState? hashed = null;
var store = new JournalStore(args[0], TimeProvider.System);
var names = new List<StreamName>();
await foreach (var name in store.ListAsync("market/"))
{
    names.Add(name);
}

names.Sort((a, b) => string.CompareOrdinal(a.Value, b.Value));
if (args.Length > 1 && args[1] == "recovery")
{
    var times = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3;
    var spacing = args.Length > 3 ? long.Parse(args[3], CultureInfo.InvariantCulture) : Engine.HashInterval;
    return Recovery.Run(store, names[^1], Request(), Journal(), times, spacing) ? 0 : 1;
}

var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
var archive = args.Length > 2 ? args[2] : null;
var stages = new List<(string Name, Func<long> Run)>
{
    ("read bytes", () => Bytes(args[0], copied: false)),
    ("read and copy bytes", () => Bytes(args[0], copied: true)),
    ("read records, checksums", Records),
    ("decode headers", Headers),
    ("decode payloads", () => Decode(Fold.Nothing)),
    ("book, sorted arrays", () => Decode(Fold.Sorted)),
    ("book", () => Decode(Fold.Slots)),
    ("blocks", () => Blocks(Journal, Fold.Nothing)),
    ("book over blocks", () => Blocks(Journal, Fold.Slots)),

    // The engine taken apart by what it is kept from: prices in a session that is over all day, moving quotes that are far away, and
    // fills of quotes that are.
    ("engine: volatility, timers", () => Backtest(Journal, 1, ("horizon_mode", "session"), ("session_stop_seconds", "86400"))),
    ("engine: prices, no decision", () => Backtest(Journal, 1, ("min_half_spread", "1000"), ("requote_ticks", "1000000"))),
    ("engine: decisions, no fill", () => Backtest(Journal, 1, ("min_half_spread", "1000"))),
    ("backtest, nothing stored", () => Backtest(Journal, 1)),
    ("backtest, stored, sealed", Stored),
    ("state hashes of the day", Hashes),
};
if (archive is not null)
{
    stages.Add(("Parquet: read bytes", () => Bytes(archive, copied: false)));
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

static long Bytes(string root, bool copied)
{
    var buffer = new byte[256 * 1024];
    var copy = new byte[buffer.Length];
    long total = 0;
    foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
    {
        using var handle = File.OpenHandle(file);
        long at = 0;
        for (int read; (read = RandomAccess.Read(handle, buffer, at)) > 0; at += read)
        {
            total += read;
            if (copied)
            {
                buffer.AsSpan(0, read).CopyTo(copy);
            }
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

// As mm backtest runs it with bench/README's flags: no limit that would end the day early.
BacktestRequest Request(params (string Name, string Value)[] more)
{
    return new BacktestRequest
    {
        Symbol = names[0].Parts[1],
        Configuration = LiquidQuoting.With([("stop_loss", "1000000"), ("max_drawdown", "1000000"), .. more]),
        From = long.MinValue,
        To = more.Any(m => m.Value == "session") ? DayEnd() : long.MaxValue,
        Queue = QueueModel.Fifo,
        FeePartsPerMillion = 1000,
    };
}

long DayEnd() => (DateTime.Parse(names[0].Parts[2], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal).AddDays(1) - DateTime.UnixEpoch).Ticks * 100;

long Backtest(Func<IReadOnlyList<InputStream>> inputs, int threads, params (string Name, string Value)[] more)
{
    var log = new CountingLog();
    var result = new Backtester(Request(more), inputs(), log) { Threads = threads }.Run();

    // The state is compared where the whole of it ran.
    Console.WriteLine($"  {result.State.Decisions} decisions, {result.Metrics.Fills} fills, {log.Events} events{(more.Length == 0 ? $", state {StateHash.Of(result.State).ToString()[..12]}" : "")}");
    return result.State.LevelUpdates;
}

long Stored()
{
    var folder = Directory.CreateTempSubdirectory("stages-").FullName;
    try
    {
        using var recorder = new RunRecorder(new JournalStore(folder, TimeProvider.System));
        var result = new Backtester(Request(), Journal(), recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        Console.WriteLine($"  {result.State.Decisions} decisions, {result.Metrics.Fills} fills, {recorder.Events} events, state {StateHash.Of(result.State).ToString()[..12]}");
        hashed = result.State;
        return result.State.LevelUpdates;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

// As many as the day has, of the state at its end: one every so many inputs, the venue's smaller ones not among them.
long Hashes()
{
    var state = hashed ?? new Backtester(Request(), Journal(), new CountingLog()).Run().State;
    var count = (state.Inputs / Engine.HashInterval) + 1;
    for (var i = 0; i < count; i++)
    {
        StateHash.Of(state);
    }

    return count;
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
