using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Web;

namespace EventSourcedMM.Tests.Web;

/// <summary>NEXOUSDT's day, a fork of it and a run that halted, served on loopback; shared by the tests of pages.</summary>
public sealed class ServedDay : IAsyncLifetime
{
    private readonly AuditedDay audited = new();
    private Viewer? viewer;

    public StoreSet Stores => audited.Stores;

    public StoredRun Day => audited.Day;

    public StoredRun Fork { get; private set; } = null!;

    public StoredRun Halted { get; private set; } = null!;

    public string Address => viewer!.Address.GetLeftPart(UriPartial.Authority);

    public string PathOf(StoredRun run) => $"/run/{run.Name.Parts[1]}/{run.Name.Parts[2]}";

    public async Task InitializeAsync()
    {
        Halted = audited.HalfHour("max_drawdown=3");
        Fork = MakeFork(Day, 3_000, [new("gamma", "5")]);
        viewer = await Viewer.StartAsync(new ViewerOptions { Stores = Stores, Timers = TimeProvider.System });
    }

    public async Task DisposeAsync()
    {
        await viewer!.DisposeAsync();
        audited.Dispose();
    }

    public StoredRun MakeFork(StoredRun parent, long point, IReadOnlyList<KeyValuePair<string, string>> changes)
    {
        var request = ForkRequest.Of(Stores, parent, point, changes);
        using var recorder = new RunRecorder(Stores.Primary);
        var result = new Backtester(request, RunInputs.Find(Stores, parent.Started), recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return new RunFinder(Stores).Find(result.Started.Run);
    }
}
