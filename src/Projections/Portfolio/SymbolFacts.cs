using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Portfolio;

/// <summary>What a symbol's engine tells the portfolio, as a function of its state between two turns alone: who executes its run again can say it anew.</summary>
public static class SymbolFacts
{
    /// <summary>The facts; false while no mid is known to value them at.</summary>
    /// <param name="state">The engine's state between two turns.</param>
    /// <param name="sequence">Last event of its run.</param>
    /// <param name="market">The last market event stepped.</param>
    /// <param name="fact">What is told.</param>
    public static bool TryTake(EngineState state, long sequence, Cause market, out SymbolReported fact)
    {
        fact = new SymbolReported();
        if (!state.Running || !state.HasMarket)
        {
            return false;
        }

        var twice = (Int128)state.Inventory * state.MidTwice;
        var inventory = Division.Divide(twice, 2, twice < 0 ? Rounding.Down : Rounding.Up);
        var (bids, asks) = (state.Orders.Value(Side.Bid), state.Orders.Value(Side.Ask));
        fact.Symbol = state.Instrument!.Symbol;
        fact.Sequence = sequence;
        fact.MarketStream = market.Stream;
        fact.MarketSequence = market.Sequence;
        fact.Day = state.Risk.Day;
        
        // Of this run alone: the portfolio itself knows what earlier runs of the day made.
        fact.DayPnl = state.Risk.DayPnl - state.Risk.CarriedDayPnl;
        fact.Inventory = inventory;
        fact.Exposure = Int128.Max(inventory + bids, asks - inventory);
        fact.Spent = -state.Ledger.Cash;
        fact.Bids = bids;
        fact.Halted = state.Risk.Halted;
        fact.Verdict = state.Portfolio.Verdict;
        fact.QuoteFree = state.Account.Reported.QuoteFree;
        fact.QuoteLocked = state.Account.Reported.QuoteLocked;
        fact.BalanceTime = state.Account.Reported.UpdateTime;
        return true;
    }
}
