using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Live;

/// <summary>What a live run takes from the room that replays runs: both make a first event in one place, so that they agree.</summary>
public static class LiveRunHeader
{
    /// <summary>The first event of a live run.</summary>
    public static RunStarted Of(LiveStart start)
    {
        // The stream still grows: its name is known, its events and their hash are not.
        var named = new RunStarted { Run = start.Run, Kind = start.Options.Mode.Name(), Inputs = $"{start.Input} 0 {default(Digest)}" };
        var request = new BacktestRequest
        {
            Symbol = start.Symbol,
            From = start.Time,
            Configuration = start.Options.Strategies[start.Symbol],
            Queue = start.Options.Queue,
            FeePartsPerMillion = start.Options.FeePartsPerMillion,
            CarriedDayPnl = start.CarriedDayPnl,
            CarriedDrawdown = start.CarriedDrawdown,
            Live = new LiveScript(named),
        };
        return RunHeader.Create(request, start.Instrument, [], start.Time, start.Options.SessionEnd ?? long.MaxValue);
    }

    /// <summary>The figures of a finished symbol for lists of runs.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Notes(FinishedSymbol finished) => RunNotes.Of(Result(finished, []));

    /// <summary>A finished symbol as the result that a backtest gives.</summary>
    public static BacktestResult Result(FinishedSymbol finished, IEnumerable<LiveHalt> halts) => new(finished.Started, finished.State, finished.Metrics)
    {
        Halts = [.. halts.Select(h => new Halt(h.Time, h.Reason, h.Observed, h.Limit, h.Position, h.Resumed))],
    };
}
