using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Replay.Backtest;

/// <summary>
/// The real recorder, engine, venue and backtester against <see cref="NaiveBacktest"/>, which was written from
/// docs/model.md: random recordings and configurations must give the same run, event for event and digit for digit.
/// </summary>
public sealed class DifferentialTests
{
    [Fact]
    public void Backtest_RandomRecordings_EqualsTheNaiveTwinEventForEvent() =>
        Cases.Check(SyntheticCase.Arbitrary(20, 260), 1_500, Differential.Check);

    [Fact]
    public void Backtest_LongRandomRecordings_EqualsTheNaiveTwinEventForEvent() =>
        Cases.Check(SyntheticCase.Arbitrary(1_500, 3_000), 25, Differential.Check);
}
