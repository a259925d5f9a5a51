using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Projections.Portfolio;

/// <summary>A recording by hand through engine and zero-latency venue, quoting on both sides.</summary>
internal sealed class HandFeed
{
    private const long Start = 1_721_800_000_000_000_000;
    private const string Words = "gamma=0.1 k=100 order_size=0.1 max_inventory=1 inventory_threshold=0.9 volatility_window=4 volatility_warmup=1 volatility_lag=1 mark_seconds=1";
    private readonly RunText log = new();
    private readonly ZeroLatencySession session;
    private long sequence = 2;
    private long now = Start;
    private long update = 10;

    public HandFeed(string words)
    {
        session = new ZeroLatencySession(new EngineState(), log, new RunMetrics());
        var defined = new InstrumentDefined
        {
            Symbol = "TESTUSDT", BaseAsset = "TEST", QuoteAsset = "USDT", PriceDecimals = 8, QuantityDecimals = 8,
            Tick = 1_000_000, Lot = 1_000_000, MinQuantity = 1_000_000, CommissionDecimals = 8,
        };
        session.Fold(new Cause(1, 1), Header(1, EventType.RecordingStarted), new RecordingStarted { Recording = "hand" });
        session.Fold(new Cause(1, 2), Header(2, EventType.InstrumentDefined), defined);
        session.Start(Settings(words), new Cause(1, 2));
        Market(new BookSnapshot { LastUpdateId = update, Bids = Levels((100_00, 5)), Asks = Levels((100_04, 3)) });
        Market(new BookStateChanged { From = BookState.Buffering, To = BookState.Synced, Reason = BookReason.SnapshotApplied, FinalUpdateId = update });
        for (var i = 0; i < 3; i++)
        {
            Market(new DepthDiff { FirstUpdateId = update + 1, FinalUpdateId = ++update, Bids = Levels((100_00, 5 + i)), Asks = Levels() });
            Timer();
        }
    }

    public EngineState State => session.State;

    /// <summary>A seller hits our best bid through its price.</summary>
    public void FillBid(long quantity) =>
        Market(new Trade { TradeId = sequence, Price = session.Venue!.Bids[0].Price - 1_000_000, Quantity = quantity, BuyerIsMaker = true });

    public void Control<T>(in T payload)
        where T : struct, IPayload<T> => session.Control(now, new Cause(1, sequence), payload);

    public void Reconfigure(string words)
    {
        var next = Settings(words);
        Control(new ConfigurationChanged { Configuration = next.Configuration, LogTerm = next.LogTerm, StationarySlope = next.StationarySlope, Horizon = next.Horizon, HorizonSource = next.HorizonSource, Source = "test" });
    }

    public void Timer()
    {
        now = ((now / 1_000_000_000) + 1) * 1_000_000_000;
        session.Timer(now, new Cause(1, sequence));
    }

    private RunStarted Settings(string words) => RunHeader.Create(
        new BacktestRequest { Symbol = "TESTUSDT", Configuration = SampleRuns.Configure($"{Words} {words}") }, session.State.Instrument!, [], Start, long.MaxValue);

    private void Market<T>(in T payload)
        where T : struct, IPayload<T>
    {
        now += 100_000_000;
        sequence++;
        session.Market(new Cause(1, sequence), Header(sequence, T.Type), payload);
    }

    private static LevelList Levels(params (long Cents, long Quantity)[] levels) =>
        new([.. levels.Select(l => new Level(l.Cents * 1_000_000, l.Quantity * 100_000_000))]);

    private EventHeader Header(long number, EventType type) => new(number, type, 1, 0, now, Cause.None);
}
