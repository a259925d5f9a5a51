using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Replay.Backtest;

/// <summary>
/// The real parser, recorder, engine, venue and backtester against <see cref="NaiveBacktest"/>, which was written from
/// docs/model.md: random recordings and configurations must give the same run, event for event and digit for digit.
/// </summary>
public sealed class DifferentialTests
{
    // What 1,500 cases must have met: a comparison of runs in which nothing happens proves nothing.
    private static readonly string[] Expected =
    [
        "accepted", "cancelRejected", "cancelRequested Halted", "cancelRequested QuotingStopped", "cancelRequested Replaced",
        "cancelRequested SidePulled", "cancelled", "decided", "filled BookCrossed", "filled PrintAtPrice", "filled PrintThrough",
        "halted Drawdown", "halted StopLoss", "marked", "stopped BookNotSynced", "stopped Halted", "stopped ModelFailed",
        "stopped OrderRate", "stopped SessionOver", "stopped StaleData", "stopped WarmingUp", "stopped WideSpread",
    ];

    [Fact]
    public void Backtest_RandomRecordings_EqualsTheNaiveTwinEventForEvent()
    {
        var seen = new SortedDictionary<string, long>(StringComparer.Ordinal);
        Cases.Check(SyntheticCase.Arbitrary(20, 260), 1_500, c => Differential.Check(c, seen));
        Assert.Empty(Expected.Except(seen.Keys));
    }

    [Fact]
    public void Backtest_LongRandomRecordings_EqualsTheNaiveTwinEventForEvent() =>
        Cases.Check(SyntheticCase.Arbitrary(1_500, 3_000), 20, c => Differential.Check(c, []));

    /// <summary>A recording of aggregate trades alone fills from them.</summary>
    [Fact]
    public void Backtest_AggregateTradesAlone_ArePrintsForBothTwins()
    {
        var seen = new SortedDictionary<string, long>(StringComparer.Ordinal);
        Cases.Check(SyntheticCase.Arbitrary(20, 260), 200, c => Differential.Check(c, seen, Aggregated));
        Assert.True(seen["filled PrintAtPrice"] > 0 && seen["filled PrintThrough"] > 0);
    }

    /// <summary>A recording of both tells each print twice: only the trades fill.</summary>
    [Fact]
    public void Backtest_AggregateTradesBesideTrades_FillNobodyTwice()
    {
        var seen = new SortedDictionary<string, long>(StringComparer.Ordinal);
        Cases.Check(SyntheticCase.Arbitrary(20, 260), 200, c => Differential.Check(c, seen, line => line is TradeLine ? [.. Aggregated(line), line] : [line]));
        Assert.True(seen["filled PrintAtPrice"] > 0 && seen["filled PrintThrough"] > 0);
    }

    private static IEnumerable<MarketLine> Aggregated(MarketLine line) =>
        [line is TradeLine trade ? new AggregateLine(trade.Stamp, trade.Price, trade.Quantity, trade.BuyerIsMaker) : line];

    // A configuration that the instrument refuses must be refused with a reason, not run.
    [Fact]
    public void Configuration_ThatContradictsItself_IsNotRun()
    {
        string[] words = ["max_inventory=0.43", "inventory_threshold=0.44"];
        Assert.False(SyntheticCase.Fits(words));
        var refused = Assert.Throws<ConfigurationException>(() => new StrategyParameters(SampleRuns.Configure(string.Join(' ', words)), LineRecording.Instrument));
        Assert.Contains("inventory_threshold", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A window inside a later day needs that day alone: its checkpoint stands for all that came before.</summary>
    [Fact]
    public void Backtest_FromAStoredDayAlone_EqualsTheOneFromTheRecordingsStart()
    {
        var both = 0;
        Cases.Check(SyntheticCase.Arbitrary(40, 200), 200, given =>
        {
            var late = given with { Shape = given.Shape with { OverMidnight = true, FromShare = 0 } };
            var lines = late.Lines();
            var days = LineRecording.Record(lines);
            if (days.Count < 2 || !SyntheticCase.Fits(late.Words))
            {
                return;
            }

            var request = Differential.Request(late, lines) with { From = SyntheticCase.Midnight };
            var whole = new RunText();
            var alone = new RunText();
            if (request.To <= request.From)
            {
                return;
            }

            var first = Run(request, days, whole);
            var second = Run(request, [days[^1]], alone);
            Assert.Equal(whole.Lines, alone.Lines);
            Assert.Equal(first, second);
            both++;
        });
        Assert.True(both > Cases.Count(200) / 4, $"only {both} recordings passed midnight");
    }

    /// <summary>The same run has the same bytes: every event, its causes, its state hashes.</summary>
    [Fact]
    public void Backtest_RunTwice_GivesTheSameBytes() =>
        Cases.Check(SyntheticCase.Arbitrary(20, 200), 60, given =>
        {
            if (!SyntheticCase.Fits(given.Words))
            {
                return;
            }

            var lines = given.Lines();
            var days = LineRecording.Record(lines);
            var one = new RunText();
            var two = new RunText();
            Assert.Equal(Run(Differential.Request(given, lines), days, one), Run(Differential.Request(given, lines), days, two));
            Assert.Equal(one.Events.Select(Bytes), two.Events.Select(Bytes));
        });

    private static string Bytes((EventType Type, Cause Cause, byte[] Payload) e) => $"{e.Type} {e.Cause} {Convert.ToHexStringLower(e.Payload)}";

    private static string Run(BacktestRequest request, IReadOnlyList<InputStream> inputs, RunText log)
    {
        try
        {
            return StateHash.Of(new Backtester(request, inputs, log).Run().State).ToString();
        }
        catch (EmptyWindowException)
        {
            return "empty";
        }
    }
}
