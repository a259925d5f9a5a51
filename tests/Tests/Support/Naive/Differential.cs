using System.Globalization;
using System.Numerics;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>Runs a case through the engine and through its naive twin and compares everything.</summary>
public static class Differential
{
    /// <summary>The backtest of a case.</summary>
    public static BacktestRequest Request(SyntheticCase given, IReadOnlyList<MarketLine> lines)
    {
        var (from, to) = given.Window(lines);
        return new BacktestRequest
        {
            Symbol = LineRecording.Instrument.Symbol,
            From = from,
            To = to,
            Configuration = given.Configuration(),
            Queue = given.Queue,
            FeePartsPerMillion = given.FeePpm,
        };
    }

    /// <summary>Fails with the first event that differs; counts the kinds of events that were equal.</summary>
    /// <param name="given">The case.</param>
    /// <param name="seen">Receives the counts.</param>
    /// <param name="change">What is done to the lines before; null for nothing.</param>
    public static void Check(SyntheticCase given, SortedDictionary<string, long> seen, Func<MarketLine, IEnumerable<MarketLine>>? change = null)
    {
        if (!SyntheticCase.Fits(given.Words))
        {
            return;
        }

        var lines = change is null ? given.Lines() : [.. given.Lines().SelectMany(change)];
        var instrument = LineRecording.Instrument;
        var request = Request(given, lines);
        var log = new RunText();
        BacktestResult? result = null;
        try
        {
            result = new Backtester(request, LineRecording.Record(lines), log).Run();
        }
        catch (EmptyWindowException)
        {
            // The twin must find the window empty, too.
        }

        var started = log.Started;
        var naive = new NaiveBacktest(new NaiveRun(
            new NaiveInstrument(instrument.Tick, instrument.Lot, instrument.MinQuantity, BigInteger.Parse(instrument.MinNotional.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
            new NaiveSettings(request.Configuration.ToJson()),
            given.Queue,
            given.FeePpm,
            started.LogTerm,
            started.StationarySlope,
            started.Horizon,
            request.From,
            request.To));
        Assert.Equal(naive.Run(lines), result is not null);
        if (result is null)
        {
            return;
        }

        Assert.Equal(naive.Start, started.WindowStart);
        SameLines(naive.Log, log.Lines);
        SameMetrics(naive, result, new NaiveSettings(request.Configuration.ToJson()));
        Tally(log.Lines, seen);
    }

    private static void Tally(List<string> lines, SortedDictionary<string, long> seen)
    {
        foreach (var words in lines.Select(l => l.Split(' ')))
        {
            var key = words[1] switch
            {
                "stopped" or "halted" => $"{words[1]} {words[2]}",
                "cancelRequested" or "rejected" => $"{words[1]} {words[4]}",
                "filled" => $"filled {words[14]}",
                _ => words[1],
            };
            seen[key] = seen.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Fails with the first event of a run that the twin does not have, or has otherwise.</summary>
    public static void SameLines(List<string> expected, List<string> actual)
    {
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            var (twin, engine) = (i < expected.Count ? expected[i] : "(nothing)", i < actual.Count ? actual[i] : "(nothing)");
            if (twin != engine)
            {
                var before = string.Join('\n', actual.Take(i).TakeLast(12).Select(l => "         " + l));
                Assert.Fail($"event {i} differs; before it:\n{before}\n  twin   {twin}\n  engine {engine}");
            }
        }
    }

    private static void SameMetrics(NaiveBacktest naive, BacktestResult result, NaiveSettings settings)
    {
        var ours = result.Metrics;
        var theirs = naive.Metrics;
        Same(naive.MaxDrawdown, result.State.Risk.MaxDrawdown, "max drawdown");
        Same(theirs.Turnover, ours.Turnover, "turnover");
        Same(theirs.OrdersPlaced, ours.OrdersPlaced, "orders placed");
        Same(theirs.QuantityPlaced, ours.QuantityPlaced, "quantity placed");
        Same(theirs.Timers, ours.Timers, "timers");
        Same(theirs.TimersQuoted, ours.TimersQuoted, "timers quoted");
        Same(naive.Ledger.RoundTrips.Count, ours.RoundTrips, "round trips");
        Same(naive.Ledger.RoundTrips.Count(r => r > 0), ours.RoundTripsWon, "round trips won");
        Same(theirs.LeastQ, ours.Inventory!.Minimum, "least q");
        Same(theirs.MostQ, ours.Inventory.Maximum, "most q");
        Same(theirs.Increments, ours.Pnl!.Count, "increments");
        Near(theirs.FillRatio, ours.FillRatio, 1e-12, "fill ratio");
        Near(theirs.QuotedSpread * 1e6, ours.QuotedSpreadPpm, 1e-9, "quoted spread");
        Near(theirs.CapturedSpread * 1e6, ours.CapturedSpreadPpm, 1e-6, "captured spread");
        Near(theirs.MeanIncrement, ours.Pnl.Mean, 1e-9, "mean increment");
        Near(theirs.Deviation, ours.Pnl.Deviation, 1e-9, "deviation of increments");
        Assert.True(theirs.Deviation > 1e-12 == ours.Pnl.Sharpe.HasValue, $"Sharpe is {ours.Pnl.Sharpe} with a deviation of {theirs.Deviation:R}");
        if (ours.Pnl.Sharpe is { } sharpe)
        {
            Near(theirs.MeanIncrement / theirs.Deviation * Math.Sqrt(365.0 * 86_400 / settings.Whole("mark_seconds")), sharpe, 1e-6, "Sharpe");
        }

        var (mean, deviation, beyond) = theirs.Inventory(settings.Units("inventory_threshold"));
        Near(mean / 1e8, ours.Inventory.Mean, 1e-9, "mean q");
        Near(deviation / 1e8, ours.Inventory.StandardDeviation, 1e-6, "deviation of q");
        Near(beyond, ours.Inventory.ShareBeyondThreshold, 1e-12, "share beyond");
        var histogram = ours.Inventory.Histogram();
        var bins = theirs.Histogram(settings.Units("max_inventory"));
        for (var i = 0; i < bins.Length; i++)
        {
            Near(bins[i], histogram[i], 1e-12, $"bin {i}");
        }

        foreach (var markout in ours.Markouts.Results())
        {
            var (twice, fills) = theirs.Markout(markout.Seconds);
            Same(fills, markout.Fills, $"fills marked out at {markout.Seconds} s");

            // Each fill's half is rounded down, and money is whole.
            var half = BigInteger.Parse(markout.Money.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) * 2;
            Assert.True(twice - half >= 0 && twice - half <= fills, $"mark-out at {markout.Seconds} s: twin {twice} / 2, engine {markout.Money}");
        }

    }

    private static void Same(BigInteger twin, Int128 engine, string what) =>
        Assert.True(twin.ToString(CultureInfo.InvariantCulture) == engine.ToString(CultureInfo.InvariantCulture), $"{what}: twin {twin}, engine {engine}");

    private static void Near(double twin, double engine, double share, string what) =>
        Assert.True(Math.Abs(twin - engine) <= (share * Math.Max(Math.Abs(twin), Math.Abs(engine))) + 1e-9, $"{what}: twin {twin:R}, engine {engine:R}");
}
