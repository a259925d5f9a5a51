using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Explain;

/// <summary>Why nothing was quoted: the guard, what it saw and what it allows (docs/model.md §8, step 2).</summary>
internal static class StopExplainer
{
    /// <summary>The stop in one sentence.</summary>
    public static string Headline(in QuotingStopped stopped, RunTrail trail) => stopped.Reason == StopReason.Portfolio && trail.Verdict is var (_, verdict)
        ? $"nothing is quoted: verdict {verdict.Verdict} of the portfolio, {PortfolioWords.Say(verdict.Reason)}"
        : $"nothing is quoted: {Sentence(stopped.Reason)}";

    /// <summary>Every section.</summary>
    public static IEnumerable<ExplainedSection> Sections(RunPhase phase, QuoteSetup setup, RunTrail trail, MarketWalk walk, QuotingStopped stopped)
    {
        var terms = new TermList("guard", "Guard");
        var (observed, limit, how) = Again(phase, setup, trail, walk, stopped);
        terms.Compare("book", "state of the book", Words.Code(walk.Tracker.State), Words.Code(stopped.Book), "", "the recorded book after that event");
        terms.Show("reason", "guard", Words.Code(stopped.Reason), "", Sentence(stopped.Reason));
        terms.Compare("observed", "seen", Words.Whole(observed), Words.Whole(stopped.Observed), Unit(stopped.Reason), how);
        terms.Compare("limit", "allowed", Words.Whole(limit), Words.Whole(stopped.Limit), Unit(stopped.Reason), Rule(stopped.Reason));
        terms.Compare("holds", "the guard stops quoting", Stops(stopped.Reason, walk, observed, limit) ? "yes" : "no", "yes", "");
        yield return terms.Section;
        if (trail.Halt is var (header, halted) && stopped.Reason == StopReason.Halted)
        {
            yield return Halt(setup, header, halted, null);
        }

        if (trail.Verdict is var (verdictHeader, verdict) && stopped.Reason == StopReason.Portfolio)
        {
            yield return PortfolioWords.Section(setup.Instrument, verdictHeader, verdict);
        }
    }

    /// <summary>A halt: which limit was broken and by how much.</summary>
    /// <param name="setup">Instrument and limits.</param>
    /// <param name="header">Envelope of the halt.</param>
    /// <param name="halted">The halt.</param>
    /// <param name="dayLoss">Loss since the run's start at the halt, computed again; null where the day's start lies behind other days.</param>
    /// <param name="fall">Fall from the peak at the halt, computed again; null where it cannot be.</param>
    public static ExplainedSection Halt(QuoteSetup setup, in EventHeader header, in Halted halted, Int128? dayLoss, Int128? fall = null)
    {
        var terms = new TermList("halt", $"Halt at event {header.Sequence}");
        var instrument = setup.Instrument;
        var limit = halted.Reason == HaltReason.Drawdown ? setup.Parameters.MaxDrawdown : setup.Parameters.StopLoss;
        var copy = halted;
        var verdict = halted.Reason == HaltReason.Drawdown
            ? RiskGate.Losses(setup.Parameters, 0, halted.Observed)
            : RiskGate.Losses(setup.Parameters, -halted.Observed, 0);
        terms.Compare("limit", halted.Reason == HaltReason.Drawdown ? "max_drawdown" : "stop_loss", instrument.FormatMoney(limit), instrument.FormatMoney(halted.Limit), instrument.QuoteAsset);
        if (dayLoss is { } loss && halted.Reason == HaltReason.StopLoss)
        {
            terms.Compare("observed", "loss of the day", instrument.FormatMoney(loss), instrument.FormatMoney(halted.Observed), instrument.QuoteAsset, "cash and position of the fills so far at the recorded mid");
        }
        else if (fall is { } fallen && halted.Reason == HaltReason.Drawdown)
        {
            terms.Compare("observed", "fall from the peak", instrument.FormatMoney(fallen), instrument.FormatMoney(halted.Observed), instrument.QuoteAsset, "highest equity since the start, at every mid with what was held then, less the equity now");
        }
        else
        {
            Observed();
        }

        terms.Compare("reason", "the limit is broken", Words.Code(verdict.Reason), Words.Code(halted.Reason), "");
        return terms.Section;

        void Observed() => terms.Show("observed", copy.Reason == HaltReason.Drawdown ? "fall from the peak" : "loss of the day", instrument.FormatMoney(copy.Observed), instrument.QuoteAsset, "as logged; mm verify executes the run again up to it");
    }

    private static (long Observed, long Limit, string How) Again(RunPhase phase, QuoteSetup setup, RunTrail trail, MarketWalk walk, in QuotingStopped stopped)
    {
        var parameters = setup.Parameters;
        var now = trail.Header.ReceiveTime;
        switch (stopped.Reason)
        {
            case StopReason.WarmingUp:
                return (walk.Volatility.Changes, parameters.VolatilityWarmup, $"changes of the mid over {parameters.VolatilityLag} steps in the recording since the run's start");
            case StopReason.StaleData:
                return (now - walk.LastMarketTime, parameters.StaleAfter, $"engine time less the stamp of the last market message, {Words.Time(walk.LastMarketTime)}");
            case StopReason.SessionOver:
                return (phase.Started.WindowEnd - now, parameters.SessionStop, "to the end of the window");
            case StopReason.WideSpread:
                var verdict = RiskGate.Width(parameters, walk.BestBid, walk.BestAsk);
                return (verdict.Observed, parameters.MaxSpreadPpm, $"floor(2000000·({setup.Instrument.FormatPrice(walk.BestAsk)} − {setup.Instrument.FormatPrice(walk.BestBid)}) / their sum)");
            case StopReason.Portfolio:
                return ((long)(trail.Verdict?.Verdict.Reason ?? PortfolioReason.None), trail.Verdict?.Verdict.Verdict ?? 0, "number of the reason in the last verdict, and the verdict's own");
            case StopReason.ClockError:
                return (trail.Account.ClockError, parameters.MaxClockError, "|offset| less half of the round trip, in the last measurement");
            case StopReason.Halted:
                return ((long)(trail.Halt?.Halted.Reason ?? HaltReason.None), 0, "number of the reason for the halt");
            default:
                return (stopped.Observed, stopped.Limit, "");
        }
    }

    private static bool Stops(StopReason reason, MarketWalk walk, long observed, long limit) => reason switch
    {
        StopReason.BookNotSynced => !(walk.Tracker.State is BookState.Synced or BookState.Partial && walk.HasMarket),
        StopReason.WarmingUp => observed < limit,
        StopReason.StaleData or StopReason.WideSpread => limit > 0 && observed > limit,
        StopReason.SessionOver => observed <= limit,
        StopReason.Halted => observed != 0,
        StopReason.OrderRate or StopReason.ClockError => observed > limit,
        _ => true,
    };

    /// <summary>Why nothing is quoted, as a sentence.</summary>
    public static string Sentence(StopReason reason) => reason switch
    {
        StopReason.BookNotSynced => "the book cannot be trusted",
        StopReason.WarmingUp => "σ is not known well enough yet",
        StopReason.StaleData => "the market has been silent for too long",
        StopReason.WideSpread => "the market's spread is too wide",
        StopReason.Halted => "a loss limit was broken",
        StopReason.SessionOver => "the session is over or nearly so",
        StopReason.ModelFailed => "the model's prices are no prices",
        StopReason.KillSwitch => "the kill switch was pulled",
        StopReason.Disconnected => "the connection to the venue is down",
        StopReason.Reconciling => "orders and balances are being reconciled with the venue",
        StopReason.Portfolio => "the portfolio's risk engine forbids it",
        StopReason.OrderRate => "the next quotes need more orders than max_orders_10s leaves",
        StopReason.ClockError => "our clock is too far from the venue's",
        _ => "no reason",
    };

    private static string Rule(StopReason reason) => reason switch
    {
        StopReason.WarmingUp => "volatility_warmup: fewer stop",
        StopReason.StaleData => "stale_ms: more stops",
        StopReason.WideSpread => "max_spread_ppm: more stops",
        StopReason.SessionOver => "session_stop_seconds: as much or less stops",
        StopReason.OrderRate => "max_orders_10s: more stops",
        StopReason.ClockError => "max_clock_error_ms: more stops",
        _ => "",
    };

    private static string Unit(StopReason reason) => reason switch
    {
        StopReason.WarmingUp => "changes",
        StopReason.OrderRate => "orders within ten seconds",
        StopReason.StaleData or StopReason.SessionOver or StopReason.ClockError => Words.Text($"ns ({Nanoseconds.PerSecond:0} a second)"),
        StopReason.WideSpread => "ppm of the mid",
        _ => "",
    };
}
