using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Figures of a run for lists, and the build that made it; they stand in its manifest and are no part of the proof.</summary>
public static class RunNotes
{
    /// <summary>Note that names the build of the program that made the run.</summary>
    public const string Build = "build";

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
        yield return new(Build, CodeIdentity.Current.Build);
    }

    /// <summary>
    /// In words, that another build of the program made the run, as its manifest says; null when this one did, or the manifest says
    /// nothing of it. Whether both do the same is for the execution to say.
    /// </summary>
    /// <param name="manifest">The run's manifest; null of a run that is not sealed.</param>
    public static string? OtherBuild(StreamManifest? manifest) => manifest?.Note(Build) is { } made && made != CodeIdentity.Current.Build
        ? $"made by another build ({made}; this is {CodeIdentity.Current.Build}), says its manifest"
        : null;
}
