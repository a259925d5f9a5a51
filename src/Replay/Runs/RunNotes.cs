using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Figures of a run for lists; they stand in its manifest and are no part of the proof.</summary>
public static class RunNotes
{
    /// <summary>The notes of a result.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(BacktestResult result)
    {
        var state = result.State;
        var instrument = state.Instrument!;
        var unrealised = state.HasMarket ? state.Ledger.Unrealised(state.MidTwice) : 0;
        yield return new("kind", result.Started.Kind);
        if (result.Started.Parent.Length > 0)
        {
            yield return new("parent", result.Started.Parent);
            yield return new("parentSequence", result.Started.ParentSequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        yield return new("pnl", instrument.FormatMoney(state.Ledger.Realised + unrealised - state.Ledger.Fees));
        yield return new("quoteAsset", instrument.QuoteAsset);
        yield return new("fills", result.Metrics.Fills.ToString(System.Globalization.CultureInfo.InvariantCulture));
        yield return new("maxDrawdown", instrument.FormatMoney(state.Risk.MaxDrawdown));
        if (result.EndedHalted)
        {
            yield return new("halted", Explain.Words.Code(state.Risk.Halted));
        }

        yield return new("stateHash", StateHash.Of(state).ToString());
    }
}
