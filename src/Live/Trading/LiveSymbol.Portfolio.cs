using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections.Portfolio;

namespace EventSourcedMM.Live.Trading;

/// <summary>What a symbol tells its run's portfolio, and is told by it.</summary>
public sealed partial class LiveSymbol
{
    private PortfolioDesk? portfolio;

    // A verdict that came before the run's first event.
    private PortfolioVerdict? waiting;
    private (long Timer, long Fills, long Verdict, HaltReason Halted) reported;

    /// <summary>The instrument in force.</summary>
    internal Instrument Instrument => context.Instrument;

    /// <summary>Belongs to a portfolio from now on. Called with the gate held.</summary>
    internal void Join(PortfolioDesk desk, in PortfolioVerdict verdict, long now)
    {
        portfolio = desk;
        OnVerdict(verdict, now);
    }

    /// <summary>The portfolio's verdict. Called with the gate held.</summary>
    internal void OnVerdict(in PortfolioVerdict verdict, long now)
    {
        if (over || IsBroken || verdict.Verdict <= state.Portfolio.Verdict)
        {
            return;
        }

        if (!HasStarted)
        {
            waiting = verdict;
            return;
        }

        Tell(now, verdict);
    }

    /// <summary>Hands what is stepped to the operating system. Called with the gate held.</summary>
    internal void WriteThrough()
    {
        if (!over)
        {
            log.WriteOut();
        }
    }

    // The run begins: what may be risked is known before its first market event is stepped.
    private void TellWaiting(long time)
    {
        if (waiting is { } verdict && !isRecovering)
        {
            waiting = null;
            Control(time, verdict);
        }
    }

    // Between two turns: on the timer's grid, after fills, after verdicts and halts.
    private void Report()
    {
        if (portfolio is null || over || !HasStarted)
        {
            return;
        }

        var now = (nextDue, state.Ledger.Fills, state.Portfolio.Verdict, state.Risk.Halted);
        if (now != reported && SymbolFacts.TryTake(state, log.Events, last, out var fact))
        {
            reported = now;
            portfolio.Report(this, fact);
        }
    }
}
