using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Tests.Replay.Audit;

public sealed class ForkTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    [Fact]
    public void Fork_WithoutAChange_IsTheSameDayToTheLastByte()
    {
        var parent = audited.HalfHour("");
        var (fork, result) = Fork(parent, 1500, r => r);
        Assert.NotEqual(parent.Name, fork.Name);
        Assert.Equal((parent.Started.Run, 1500L), (fork.Started.Parent, fork.Started.ParentSequence));
        var notes = audited.Store.ReadManifest(fork.Name)!;
        Assert.Equal((parent.Started.Run, "1500"), (notes.Note("parent"), notes.Note("parentSequence")));
        Assert.Null(audited.Store.ReadManifest(parent.Name)!.Note("parent"));
        Assert.Null(RunDiff.Diverge(parent, fork));
        Assert.Empty(RunDiff.Settings(parent.Started, fork.Started));
        var again = RunExecution.Execute(audited.Stores, parent).Result;
        Assert.Equal(StateHash.Of(again.State), StateHash.Of(result.State));
        Assert.Equal(RunFigures.Of(again), RunFigures.Of(result));
    }

    [Theory]
    [InlineData("gamma", "0.5")]
    [InlineData("min_half_spread", "0.006")]
    [InlineData("max_inventory", "300")]
    [InlineData("horizon_mode", "session")]
    [InlineData("levels", "3")]
    public void Fork_WithAnotherParameter_IsTheParentUntilThereAndVerifies(string name, string value)
    {
        var parent = audited.HalfHour("");
        var (fork, _) = Fork(parent, 600, r => r with { Configuration = r.Configuration.With(name, value) });
        var divergence = RunDiff.Diverge(parent, fork)!;
        Assert.True(divergence.Sequence > 600, $"differs at {divergence.Sequence}");
        Assert.Equal([new SettingDifference(name, StrategyConfiguration.FromJson(parent.Started.Configuration)[name], value)], RunDiff.Settings(parent.Started, fork.Started));
        var verified = new RunVerifier(audited.Stores).Verify((fork.Store, fork.Name));
        Assert.True(verified.Identical);
    }

    [Fact]
    public void Fork_WithTheQueueModelAlone_DiffersFirstInAFill()
    {
        var parent = audited.HalfHour("");
        var (fork, _) = Fork(parent, 200, r => r with { Queue = QueueModel.Optimistic });
        var divergence = RunDiff.Diverge(parent, fork)!;
        Assert.Equal(EventSourcedMM.Domain.Events.EventType.OrderFilled, divergence.Second!.Header.Type);
        Assert.True(new RunVerifier(audited.Stores).Verify((fork.Store, fork.Name)).Identical);
    }

    [Fact]
    public void Fork_AtTheFirstEvent_IsABacktestUnderTheNewParameters()
    {
        var parent = audited.HalfHour("");
        var (fork, _) = Fork(parent, 1, r => r with { Configuration = r.Configuration.With("gamma", "0.01"), FeePartsPerMillion = 0 });
        var plain = audited.Run("gamma=0.01", AuditedDay.Utc("02:30"), AuditedDay.Utc("03:00"), feePpm: 0);
        Assert.Null(RunDiff.Diverge(plain, fork));
    }

    [Fact]
    public void Fork_OfAFork_GoesThroughBothConfigurations()
    {
        var parent = audited.HalfHour("");
        var (wide, _) = Fork(parent, 500, r => r with { Configuration = r.Configuration.With("min_half_spread", "0.006") });
        var (back, _) = Fork(wide, 1200, r => r with { Configuration = r.Configuration.With("min_half_spread", "0.003") });
        Assert.True(RunDiff.Diverge(wide, back)!.Sequence > 1200);
        Assert.True(RunDiff.Diverge(parent, back)!.Sequence is > 500 and < 1200);
        Assert.True(new RunVerifier(audited.Stores).Verify((back.Store, back.Name)).Identical);

        // A fork before the other fork never sees its configuration.
        var (early, _) = Fork(wide, 300, r => r with { Configuration = StrategyConfiguration.FromJson(parent.Started.Configuration) });
        Assert.Null(RunDiff.Diverge(parent, early));
    }

    [Fact]
    public void Fork_OrdersAtLevelsThatAreGone_AreCancelledAtOnce()
    {
        var parent = audited.HalfHour("levels=3 order_size=20");
        var (fork, _) = Fork(parent, 2000, r => r with { Configuration = r.Configuration.With("levels", "1") });
        var divergence = RunDiff.Diverge(parent, fork)!;
        Assert.Equal(EventSourcedMM.Domain.Events.EventType.OrderCancelRequested, divergence.Second!.Header.Type);
        Assert.True(new RunVerifier(audited.Stores).Verify((fork.Store, fork.Name)).Identical);
    }

    [Fact]
    public void Explain_OnAFork_UsesTheParametersInForceThen()
    {
        var parent = audited.HalfHour("");
        var (fork, _) = Fork(parent, 600, r => r with { Configuration = r.Configuration.With("gamma", "0.02"), Queue = QueueModel.Optimistic });
        var explainer = new Explainer(audited.Stores, fork);
        Assert.Equal("0.0036", Gamma(explainer.At(AuditedDay.Utc("02:33"))));
        Assert.Equal("0.02", Gamma(explainer.At(AuditedDay.Utc("02:50"))));
        var fills = explainer.Fill(60);
        Assert.Empty(fills.Mismatches);
        Assert.Equal("optimistic", fills.Sections.Single(s => s.Name == "queue").Terms.Single(t => t.Name == "model").Value);

        static string Gamma(Explanation e)
        {
            Assert.Empty(e.Mismatches);
            return e.Sections.Single(s => s.Name == "inputs").Terms.Single(t => t.Name == "riskAversion").Value;
        }
    }

    [Theory]
    [InlineData("volatility_window", "100")]
    [InlineData("mark_seconds", "30")]
    public void Fork_ThatChangesWhatWasSampledBefore_IsRefused(string name, string value)
    {
        var parent = audited.HalfHour("");
        var refused = Assert.Throws<ConfigurationException>(() => Fork(parent, 500, r => r with { Configuration = r.Configuration.With(name, value) }));
        Assert.Contains($"{name} cannot change at a fork", refused.Message, StringComparison.Ordinal);
    }

    private (StoredRun Run, BacktestResult Result) Fork(StoredRun parent, long sequence, Func<BacktestRequest, BacktestRequest> change)
    {
        var request = change(RunExecution.Request(audited.Stores, parent.Started) with { Fork = ForkPoint.Of(audited.Stores, parent.Started, sequence) });
        request.Fork!.Check(request.Configuration);
        using var recorder = new RunRecorder(audited.Store);
        var result = new Backtester(request, RunInputs.Find(audited.Stores, parent.Started), recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return (new StoredRun(audited.Store, recorder.Stream, result.Started), result);
    }
}
