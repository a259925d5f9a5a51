using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>What to run.</summary>
public sealed record BacktestRequest
{
    /// <summary>Symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>First receive stamp of the window in nanoseconds since the epoch.</summary>
    public long From { get; init; } = long.MinValue;

    /// <summary>First receive stamp after the window in nanoseconds since the epoch.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>Strategy.</summary>
    public required StrategyConfiguration Configuration { get; init; }

    /// <summary>Who trades first at our price.</summary>
    public QueueModel Queue { get; init; } = QueueModel.Fifo;

    /// <summary>The run that this one leaves, and where; null for a run of its own.</summary>
    public ForkPoint? Fork { get; init; }

    /// <summary>The live run that is executed again; null for a backtest.</summary>
    public LiveScript? Live { get; init; }

    /// <summary>PnL of the day that earlier runs of a live run's day had made, in money; 0 but where a live run is executed again.</summary>
    public Int128 CarriedDayPnl { get; init; }

    /// <summary>Fall from the peak that the last of them stood at, positive, in money; 0 but where a live run is executed again.</summary>
    public Int128 CarriedDrawdown { get; init; }
    /// <summary>What a backtest of a live run's recording is told beside it; null for nothing.</summary>
    public ToldInput? Told { get; init; }

    /// <summary>Maker commission in millionths; 1000 is Binance's 0.1 %.</summary>
    public long FeePartsPerMillion { get; init; } = 1_000;
}
