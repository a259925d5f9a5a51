using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>
/// A recording through engine and zero-latency venue. The events are read and decoded in blocks, by this thread or by
/// another one beside it; what comes out is the same to the last bit.
/// </summary>
public sealed class Backtester
{
    private readonly IReadOnlyList<InputStream> inputs;
    private readonly ReadProgress told;
    private readonly RunDriver driver;
    private readonly LevelArena arena = new();

    /// <summary>A backtest that has not run.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="inputs">Stored days in order.</param>
    /// <param name="log">Where the run's events go.</param>
    /// <param name="progress">Told events read and in all, now and then; null for nobody.</param>
    /// <param name="watcher">Looks on beside the metrics; null for nobody.</param>
    public Backtester(BacktestRequest request, IReadOnlyList<InputStream> inputs, IStartableLog log, Action<long, long>? progress = null, IRunObserver? watcher = null)
    {
        this.inputs = inputs;
        told = new ReadProgress(inputs, progress);
        driver = new RunDriver(request, inputs, RunDriver.PrintsOf(request, inputs), new EngineState(), log, watcher);
    }

    /// <summary>A backtest that goes between two turns as far as somebody wants.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="inputs">Stored days in order.</param>
    /// <param name="log">Where the run's events go.</param>
    /// <param name="turns">Looks on between turns and says when it is enough.</param>
    /// <param name="from">Where to go on, with the run's first event; null to start.</param>
    internal Backtester(BacktestRequest request, IReadOnlyList<InputStream> inputs, IStartableLog log, ITurns turns, (EngineSnapshot Kept, RunStarted Started)? from)
    {
        this.inputs = inputs;
        told = new ReadProgress(inputs, null);
        driver = new RunDriver(request, inputs, RunDriver.PrintsOf(request, inputs), from?.Kept.State ?? new EngineState(), log, null, turns);
        if (from is var (kept, first))
        {
            driver.Continue(kept, first);
        }
    }

    /// <summary>Threads that work on it: 1, or 2 where another one reads and decodes ahead.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Looks on between turns; null for nobody.</summary>
    internal Action<RunDriver>? Between
    {
        init => driver.Between = value;
    }

    /// <summary>The run.</summary>
    internal RunDriver Driver => driver;

    /// <summary>Runs it.</summary>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself; nothing of the run may be used.</exception>
    /// <exception cref="EmptyWindowException">The window has no event.</exception>
    public BacktestResult Run()
    {
        Walk();
        return driver.End();
    }

    /// <summary>Reads until the window is over, or somebody has seen enough; the run is not ended by it.</summary>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself; nothing of the run may be used.</exception>
    internal void Walk()
    {
        try
        {
            Read();
        }
        catch (Exception e) when (driver.StopsLikeTheRun(e))
        {
            driver.Break();
        }
    }

    private void Read()
    {
        var feed = new BlockFeed(inputs, driver.Position.Last);
        if (Threads > 1)
        {
            using var pipe = new BlockPipe(feed, 1);
            for (var next = pipe.Next(0); next is not null && Play(next); next = pipe.Next(0))
            {
            }

        }
        else
        {
            using (feed)
            {
                var block = new EventBlock();
                while (feed.Read(block) && Play(block))
                {
                }
            }
        }

        driver.ReadToTheEnd();
    }

    private bool Play(EventBlock block)
    {
        var feeder = new Feeder(this, block.Stream);
        driver.Stream = block.Stream;
        block.Play(ref feeder, arena);
        told.Add(block.Count);
        return !driver.Over;
    }

    private readonly struct Feeder(Backtester owner, int stream) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (!owner.driver.Over && owner.driver.Before(header, payload))
            {
                Engine.Fold(owner.driver.State.Market, header, payload);
                owner.driver.After(stream, header, payload);
            }
        }
    }
}

/// <summary>A run log that learns the run's name when the run starts.</summary>
public interface IStartableLog : IRunLog
{
    /// <summary>The run starts.</summary>
    void Start(in RunStarted started);

    /// <summary>True when the run that this is compared with has no further event and had not ended.</summary>
    bool IsExhausted => false;
}

/// <summary>A window without any event.</summary>
public sealed class EmptyWindowException() : Exception("The recording has no event in the window.");

/// <summary>What a backtest gave.</summary>
/// <param name="Started">The run's first event.</param>
/// <param name="State">The engine's last state.</param>
/// <param name="Metrics">The metrics.</param>
public sealed record BacktestResult(RunStarted Started, EngineState State, RunMetrics Metrics)
{
    /// <summary>Which events of the recording were the prints.</summary>
    public PrintSource Prints { get; init; }

    /// <summary>The limits that stopped quoting, in order.</summary>
    public IReadOnlyList<Halt> Halts { get; init; } = [];

    /// <summary>True when the run ended halted: the engine had stopped itself.</summary>
    public bool EndedHalted => State.Risk.Halted != Domain.Risk.HaltReason.None;
}
