#if OFFICIAL_STORES && MM_TEST_MARTEN
using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Inventory and PnL as Marten projections of a run's stream.</summary>
public sealed class MartenReadModelTests : IAsyncLifetime
{
    private const long Hour = 3_600_000_000_000;
    private static readonly StreamName Run = StreamName.Run("r1", "NEXOUSDT");

    private readonly MartenTestDatabase database = new();
    private readonly Ledger ledger = new();
    private readonly EventBatch batch = new();
    private long time = 1_721_748_000_000_000_000; // 2024-07-23T15:20:00Z

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => database.DropAsync();

    [Fact]
    public async Task Project_OfARun_IsWhatTheLedgerSays()
    {
        await using var store = database.Open();
        Start();
        Fill(Side.Bid, 120_000_000, 5_000_000_000, FeeAsset.Base);
        Mark(119_900_000, 120_100_000);
        time += 10 * Hour;
        Fill(Side.Ask, 121_000_000, 7_000_000_000, FeeAsset.Quote);
        Mark(121_100_000, 121_300_000);
        await store.AppendAsync(Run, 0, batch, Durability.EveryAppend);
        await store.AppendAsync(StreamName.Market("NEXOUSDT", "2024-07-23", "rec"), 0, MarketEvents(), Durability.EveryAppend);
        await store.ProjectAsync();
        Assert.Equal(Text(ledger.Position), await Field("run_inventory", "ledger,position"));
        Assert.Equal(Text(ledger.Cash), await Field("run_inventory", "ledger,cash"));
        Assert.Equal("NEXOUSDT", await Field("run_inventory", "symbol"));
        Assert.Equal(Text(5_000_000_000 - 5_000_000), await Field("run_inventory", "highest"));
        Assert.Equal(Text(ledger.Realised + ledger.Unrealised(242_400_000) - ledger.Fees), await Field("run_pnl", "total"));
        Assert.Equal("2024-07-24", await Field("run_pnl", "days,1,day"));
        Assert.Equal(await Field("run_pnl", "total"), Text(long.Parse((await Field("run_pnl", "days,0,pnl"))!, CultureInfo.InvariantCulture) + long.Parse((await Field("run_pnl", "days,1,pnl"))!, CultureInfo.InvariantCulture)));

        // And on, from what was kept.
        batch.Clear();
        Fill(Side.Bid, 119_000_000, 1_000_000_000, FeeAsset.Other, sequence: 6);
        Mark(118_900_000, 119_100_000);
        await store.AppendAsync(Run, 5, batch, Durability.EveryAppend);
        await store.ProjectAsync();
        Assert.Equal(Text(ledger.Position), await Field("run_inventory", "ledger,position"));
        Assert.Equal("3", await Field("run_pnl", "ledger,fills"));
        Assert.Equal(Text(ledger.Realised + ledger.Unrealised(238_000_000) - ledger.Fees), await Field("run_pnl", "total"));
        Assert.Equal("1", await database.ScalarAsync("select count(*) from SCHEMA.mt_doc_run_pnl"));
    }

    [Fact]
    public async Task Project_OfAMarkThatItsFillsContradict_StopsThereAndSkipsNothing()
    {
        await using var store = database.Open();
        Start();
        Fill(Side.Bid, 120_000_000, 5_000_000_000, FeeAsset.Quote);
        Mark(119_900_000, 120_100_000, cashError: 1);
        Fill(Side.Ask, 121_000_000, 5_000_000_000, FeeAsset.Quote);
        Mark(119_900_000, 120_100_000);
        await store.AppendAsync(Run, 0, batch, Durability.EveryAppend);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => store.ProjectAsync());
            Assert.Contains("event 3: the mark states", error.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal("0", await database.ScalarAsync("select count(*) from SCHEMA.mt_doc_run_pnl where (data ->> 'sequence')::bigint > 2"));
    }

    private Task<string?> Field(string document, string path) =>
        database.ScalarAsync($"select data #>> '{{{path}}}' from SCHEMA.mt_doc_{document} where id = 'run/r1/NEXOUSDT'");

    private static string Text(Int128 value) => value.ToString(CultureInfo.InvariantCulture);

    private static EventBatch MarketEvents() => StoreEvents.Batch(1, 30);

    private void Start() => Add(new RunStarted { Run = "r1", Symbol = "NEXOUSDT", Inputs = "market/NEXOUSDT/2024-07-23/rec 30 00" });

    private void Fill(Side side, long price, long quantity, FeeAsset asset, long sequence = 0)
    {
        var fill = new OrderFilled { OrderId = 1, TradeId = 1, Side = side, Price = price, Quantity = quantity, CommissionAsset = asset, CommissionValue = (Int128)price * quantity / 1000 };
        ledger.Apply(fill);
        Add(fill, sequence);
    }

    private void Mark(long bid, long ask, long cashError = 0) => Add(new Marked
    {
        BestBid = bid,
        BestAsk = ask,
        Position = ledger.Position,
        Cash = ledger.Cash + cashError,
        Realised = ledger.Realised,
        Unrealised = ledger.Unrealised(bid + ask),
        Fees = ledger.Fees,
    });

    private void Add<T>(T payload, long sequence = 0)
        where T : struct, IPayload<T>
    {
        time += Hour / 60;
        sequence = sequence > 0 ? sequence : batch.LastSequence + 1;
        batch.Add(new EventHeader(sequence, T.Type, T.Version, 0, time, sequence == 1 ? Cause.None : new Cause(1, sequence)), payload);
    }
}
#endif
