using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Volatility;

namespace EventSourcedMM.Projections;

/// <summary>The run's beginning, its timer and its marks.</summary>
public static partial class Engine
{
    private static void OnRunStarted(EngineState state, in EventHeader header, in RunStarted started)
    {
        if (state.Setup is not null)
        {
            throw new InvariantBrokenException($"Event {header.Sequence} starts a run that has started already.");
        }

        var instrument = state.Instrument
            ?? throw new InvariantBrokenException($"The run starts before the instrument {started.Symbol} is defined.");
        if (instrument.Symbol != started.Symbol)
        {
            throw new InvariantBrokenException($"The run is for {started.Symbol}, the recording defines {instrument.Symbol}.");
        }

        var parameters = new StrategyParameters(StrategyConfiguration.FromJson(started.Configuration), instrument);
        state.Setup = new QuoteSetup(instrument, parameters, started.LogTerm, started.StationarySlope);
        state.RollingHorizon = started.Horizon;
        state.WindowEnd = started.WindowEnd;
        state.Volatility = Estimator(parameters, instrument);
        state.BidTargets = new Domain.Book.Level[parameters.Levels];
        state.AskTargets = new Domain.Book.Level[parameters.Levels];
        state.Risk.Day = Nanoseconds.DayOf(started.WindowStart);
        state.Risk.Carry(started.CarriedDayPnl, started.CarriedDrawdown);
        state.LastMarketTime = started.WindowStart;
        state.Own = parameters.OwnOrdersInBook ? new OwnDisplay() : null;

        // Folding what a stored day begins with may have moved the time past a window that starts before its first message.
        state.Now = started.WindowStart;
        state.Running = true;
    }

    /// <summary>
    /// Another configuration from now on: a fork's, between two turns. What was sampled, held and halted stays; orders at
    /// levels that are quoted no longer are cancelled.
    /// </summary>
    /// <param name="state">The state; a run that is going on.</param>
    /// <param name="setup">What quotes are computed from, with the same timer grid and volatility window.</param>
    /// <param name="settings">First event of the run whose settings they are: T−t of the rolling mode is taken from it.</param>
    /// <param name="source">The last event: the cause of the cancels.</param>
    /// <param name="outbox">Receives the cancels.</param>
    public static void Reconfigure(EngineState state, QuoteSetup setup, in RunStarted settings, Cause source, Outbox outbox)
    {
        state.Setup = setup;
        state.Own = setup.Parameters.OwnOrdersInBook ? state.Own ?? new OwnDisplay() : null;
        state.RollingHorizon = settings.Horizon;
        state.BidTargets = new Domain.Book.Level[setup.Parameters.Levels];
        state.AskTargets = new Domain.Book.Level[setup.Parameters.Levels];
        for (var i = 0; i < state.Orders.Count; i++)
        {
            ref readonly var order = ref state.Orders.Span[i];
            if (order.Level >= setup.Parameters.Levels && order.Status == OrderStatus.Resting)
            {
                Cancel(state, source, i, CancelReason.SidePulled, outbox);
            }
        }
    }

    // A verdict of another symbol, or one that is older than the last, would be a limit that nobody gave.
    private static void OnVerdict(EngineState state, in EventHeader header, in PortfolioVerdict verdict)
    {
        if (verdict.Symbol != state.Instrument?.Symbol || verdict.Verdict <= state.Portfolio.Verdict)
        {
            throw new InvariantBrokenException($"Event {header.Sequence} is verdict {verdict.Verdict} for {verdict.Symbol}; this is {state.Instrument?.Symbol} after verdict {state.Portfolio.Verdict}.");
        }

        state.Portfolio = verdict.ToLimits();
    }

    private static void OnConfiguration(EngineState state, Cause source, in EventHeader header, in ConfigurationChanged changed, Outbox outbox)
    {
        if (state.Setup is not { } setup)
        {
            throw new InvariantBrokenException($"Event {header.Sequence} changes the configuration of a run that has not started.");
        }

        var parameters = new StrategyParameters(StrategyConfiguration.FromJson(changed.Configuration), setup.Instrument);
        if (!parameters.SamplesLike(setup.Parameters))
        {
            throw new InvariantBrokenException($"Event {header.Sequence} changes what σ and marks are sampled by: that cannot change while a run goes on.");
        }

        Reconfigure(state, setup with { Parameters = parameters, LogTerm = changed.LogTerm, StationarySlope = changed.StationarySlope }, new RunStarted { Horizon = changed.Horizon }, source, outbox);
    }

    /// <summary>The estimator of σ that a run with these parameters begins with.</summary>
    internal static VolatilityEstimator Estimator(StrategyParameters parameters, Domain.Instruments.Instrument instrument) => new(
        parameters.VolatilityWindow,
        parameters.VolatilityLag,
        parameters.VolatilityWarmup,
        parameters.StepSeconds,
        instrument.PriceScale.Factor,
        parameters.VolatilityFloor);

    // Another recording begins with no book: what was sampled since the last one's end is the mid of a book that nobody kept.
    private static void OnRecordingStarted(EngineState state)
    {
        if (state.Running && !state.BookUsable)
        {
            var step = state.Parameters.Step;
            state.Volatility!.Forget(Division.FloorToMultiple(state.Now, step) / step - Division.FloorToMultiple(state.LastMarketTime, step) / step);
        }
    }

    // True when quotes are to be looked at: an account that was up and still is changes nothing.
    private static bool OnConnection(EngineState state, in ConnectionChanged changed)
    {
        var before = state.DownConnections;
        var bit = changed.Connection == ConnectionChanged.Account ? 2L : 1L;
        state.DownConnections = changed.Up ? state.DownConnections & ~bit : state.DownConnections | bit;
        return bit == 1 || state.DownConnections != before;
    }

    private static void OnTimer(EngineState state, Cause source, in TimerFired timer, Outbox outbox)
    {
        if (!state.Running)
        {
            throw new InvariantBrokenException($"A timer fired before the run started (due {timer.Due}).");
        }

        // A book whose connection is down is not kept: its mid standing still says nothing of the market.
        var midTwice = state.BookUsable ? state.MidTwice : (long?)null;
        state.Volatility!.Sample((state.DownConnections & 1) == 0 ? midTwice : null);
        StartDayIfDue(state, source, timer.Due, outbox);
        if (midTwice is { } mid)
        {
            state.Ledger.Verify(mid);
        }

        Evaluate(state, source, QuoteTrigger.Timer, outbox);
        if (timer.Due % state.Parameters.MarkStep == 0)
        {
            Mark(state, source, outbox);
        }
    }

    // A new UTC day: its PnL starts at zero, and a stop-loss of the day before is over.
    private static void StartDayIfDue(EngineState state, Cause source, long due, Outbox outbox)
    {
        var day = Nanoseconds.DayOf(due);
        if (day <= state.Risk.Day)
        {
            return;
        }

        if (state.BookUsable)
        {
            state.Risk.Observe(state.Ledger.Equity(state.MidTwice));
        }

        state.Risk.Begin(day);
        if (state.Risk.Halted == HaltReason.StopLoss)
        {
            state.Risk.Halted = HaltReason.None;
            outbox.Add(source, state.Now, new Resumed { Reason = HaltReason.StopLoss });
        }
    }

    private static void Mark(EngineState state, Cause source, Outbox outbox)
    {
        var usable = state.BookUsable;
        outbox.Add(source, state.Now, new Marked
        {
            BestBid = usable ? state.BestBid : 0,
            BestAsk = usable ? state.BestAsk : 0,
            Position = state.Ledger.Position,
            Cash = state.Ledger.Cash,
            Realised = state.Ledger.Realised,
            Unrealised = usable ? state.Ledger.Unrealised(state.MidTwice) : 0,
            Fees = state.Ledger.Fees,
            Drawdown = state.Risk.Drawdown,
        });
    }
}
