using System.Diagnostics;
using System.Reflection;
using EventSourcedMM.Bench.Days;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>Memory of a replay: the block readers allocate nothing in the steady state, and what a run holds does not grow with its input.</summary>
[Collection(Alone.Name)]
public sealed class BlockMemoryTests : IDisposable
{
    // Two thirds of an hour: four tiles.
    private const long Length = 2_400_000_000_000;
    private const long Start = 1_723_075_200_000_000_000;

    // Bytes an event that a Debug build may allocate, where nothing takes temporary objects out (up to 120 were seen). Optimized: none.
    private static readonly long Unoptimized = typeof(UpcastSource).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true } ? 256 : 0;

    private readonly TempFolder folder = new();
    private readonly JournalStore store;
    private readonly StreamName day;

    public BlockMemoryTests()
    {
        store = new JournalStore(folder, TimeProvider.System);
        var names = ArchiveSamples.SampleStore.List("market/BTCUSDT/");
        new DayGenerator(store, Tile.Read(names.Select(n => (IEventSource)ArchiveSamples.SampleStore.OpenSource(n))), 0).Run(Start, Length);
        day = Assert.Single(store.List("market/"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Blocks_OfTheJournal_AllocateNothingOnceTheirRoomIsThere()
    {
        var (blocks, allocating) = AllocatingBlocks(() => new UpcastSource(store.OpenSource(day)).AsBlocks());
        Assert.True(blocks > 40 && allocating == 0, $"{allocating} of {blocks} blocks in the second half");
    }

    /// <summary>A row group opens its columns, which costs some kilobytes; the blocks between cost nothing.</summary>
    [Fact]
    public void Blocks_OfTheArchive_AllocateOnlyWhereARowGroupBegins()
    {
        var archived = new StreamArchiver(store, Path.Combine(folder, "archive"), new ArchiveOptions { CompressionLevel = 1, RowGroupRows = 100_000 }).Archive(day);
        var groups = archived.Files.Sum(f => f.Rows / 100_000);
        var (blocks, allocating) = AllocatingBlocks(() => ArchiveFolder.Open(archived.Path).OpenSource() is IBlockSource source ? source : throw new InvalidOperationException());
        Assert.True(blocks > 40 && groups > 8 && allocating <= groups, $"{allocating} of {blocks} blocks in the second half, {groups} row groups in all");
    }

    [Fact]
    public void Backtest_TwiceTheEvents_HoldsTheSameMemory()
    {
        var info = store.ReadManifest(day)!;
        var held = new List<long>();
        var next = info.Events / 4;
        void Look(long done, long total)
        {
            if (done >= next)
            {
                held.Add(GC.GetTotalMemory(forceFullCollection: true));
                next += info.Events / 4;
            }
        }

        var request = new BacktestRequest { Symbol = "BTCUSDT", From = long.MinValue, To = long.MaxValue, Configuration = SampleRuns.Configure("gamma=0.339 k=0.1521 a=0.3207 max_inventory=0.05 inventory_threshold=0.025 order_size=0.005 stop_loss=1000000 max_drawdown=1000000"), FeePartsPerMillion = 1000 };
        var result = new Backtester(request, [InputStream.Of(info, () => new UpcastSource(store.OpenSource(day)))], new CountingLog(), Look).Run();
        Assert.True(result.State.Inputs > 100_000 && result.State.Decisions > 1_000, $"{result.State.Inputs} events, {result.State.Decisions} decisions");

        // A mark a minute is kept for the summary, as what changed: some twelve bytes. Other tests of this process may hold something
        // meanwhile, so the least growth between two looks is asked.
        var growth = held.Zip(held.Skip(1), (before, after) => after - before).Min();
        Assert.True(held.Count >= 3 && growth < 200_000, string.Join(", ", held));
    }

    // Blocks of the second half, and those of them that allocated in every one of a few rounds: what the runtime allocates
    // while it compiles comes once and elsewhere the next time.
    private static (int Blocks, int Allocating) AllocatingBlocks(Func<IBlockSource> open)
    {
        HashSet<int>? always = null;
        var count = 0;
        var block = new EventBlock();
        for (var round = 0; round < 4 && always is not { Count: 0 }; round++)
        {
            var allocating = new HashSet<int>();
            count = 0;
            using (var source = open())
            {
                while (true)
                {
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    var more = source.Read(block);
                    if (!more)
                    {
                        break;
                    }

                    if (GC.GetAllocatedBytesForCurrentThread() - before > Unoptimized * block.Count)
                    {
                        allocating.Add(count);
                    }

                    count++;
                }
            }

            // The last block meets the end of the stream, which is looked at once.
            allocating.RemoveWhere(b => b < count / 2 || b == count - 1);
            always = always is null ? allocating : [.. always.Intersect(allocating)];
        }

        return (count - (count / 2), always!.Count);
    }
}
