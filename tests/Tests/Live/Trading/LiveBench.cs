using EventSourcedMM.Stores;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>Live runs against a simulated venue, and what audit and backtest say of them.</summary>
internal static class LiveBench
{
    /// <summary>The shipped configuration of a symbol.</summary>
    public static StrategyConfiguration Shipped(string symbol) => ConfigurationFile.Load(null, symbol);

    /// <summary>What <c>mm live</c> runs for these symbols.</summary>
    public static LiveOptions Options(CaptureBench bench, string symbols) => new()
    {
        Capture = new CaptureOptions { Symbols = symbols.Split(','), Endpoint = bench.Endpoint },
        Strategies = symbols.Split(',').ToDictionary(s => s, Shipped),
        Header = LiveRunHeader.Of,
        EngineVersion = RunHeader.EngineVersion,
        Notes = LiveRunHeader.Notes,
    };

    /// <summary>Trades until something is true, then ends in the orderly way.</summary>
    public static async Task<LiveResult> TradeAsync(CaptureBench bench, string symbols, Func<LiveSession, bool> enough, Action<LiveSession>? atEnd = null, Func<LiveOptions, LiveOptions>? change = null, TimeSpan? most = null)
    {
        var options = change?.Invoke(Options(bench, symbols)) ?? Options(bench, symbols);
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default, options.Lockstep);
        using var session = await LiveSession.StartAsync(options, bench.Store, clock, _ => { }, default);
        using var stop = new CancellationTokenSource(most ?? TimeSpan.FromMinutes(3));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        while (!running.IsCompleted && !enough(session))
        {
            await Task.Delay(20);
        }

        atEnd?.Invoke(session);
        await stop.CancelAsync();
        var report = await running;
        return new LiveResult(session.Run, report, [.. session.Symbols.Select(s => (s.Symbol, s.Failure, Hash: s.State.Setup is null ? default : StateHash.Of(s.State), s.Metrics.Fills))]);
    }

    /// <summary>Backtests what a live run of one symbol recorded, from its start on, and stores the run beside it.</summary>
    public static (StoredRun Run, BacktestResult Result) Backtest(StoreSet stores, StoredRun live)
    {
        var started = live.Started;
        var days = new MarketDays(stores).Select(started.Symbol, started.WindowStart, long.MaxValue, null);
        var request = new BacktestRequest
        {
            Symbol = started.Symbol,
            From = started.WindowStart,
            Configuration = StrategyConfiguration.FromJson(started.Configuration),
            Queue = started.Queue,
            FeePartsPerMillion = started.FeePartsPerMillion,
            CarriedDayPnl = started.CarriedDayPnl,
            CarriedDrawdown = started.CarriedDrawdown,
            Told = ToldInput.OfLive(live),
        };
        using var recorder = new RunRecorder(stores.Primary);
        var result = new Backtester(request, [.. days.Days.Select(d => d.ToInput())], recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return (new RunFinder(stores).Find(recorder.Stream.Parts[1]), result);
    }

    /// <summary>A copy of a run in another store with one payload changed.</summary>
    public static StoredRun Forge<T>(JournalStore into, StoredRun run, long sequence, Func<T, T> change)
        where T : struct, IPayload<T>
    {
        var batch = new EventSourcedMM.Stores.EventBatch();
        using (var writer = into.OpenWriter(run.Name, EventSourcedMM.Stores.Durability.OnClose))
        {
            using var source = run.Store.OpenSource(run.Name);
            while (source.Read(out var header, out var payload))
            {
                if (header.Sequence == sequence)
                {
                    batch.Add(header, change(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<T>(payload, new LevelArena())));
                }
                else
                {
                    batch.Add(header, payload);
                }

                writer.Append(batch);
                batch.Clear();
            }
        }

        return run with { Store = into };
    }
}

/// <summary>A live run that has ended.</summary>
internal sealed record LiveResult(string Run, CaptureReport Report, IReadOnlyList<(string Symbol, Exception? Failure, Digest Hash, long Fills)> Symbols);
