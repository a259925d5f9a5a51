using System.CommandLine;
using EventSourcedMM.Cli.Backtest;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm backtest</c>: a recorded window through engine and zero-latency venue, stored as a run.</summary>
public static class BacktestCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("backtest", "Backtest a recorded day with zero latency and store the run.");
        var symbol = new Option<string?>("--symbol") { Description = "Symbol, such as NEXOUSDT.", HelpName = "S" };
        var data = new Option<string?>("--data") { Description = "One recorded day as a file, instead of a stored day: a recorder's file, a folder that mm archive made, or a depth20 capture (Parquet, JSON lines).", HelpName = "FILE" };
        var trades = new Option<string?>("--trades") { Description = "Trades beside a depth20 capture named with --data.", HelpName = "FILE" };
        var recording = new Option<string?>("--recording") { Description = "Recording to use where a day has several.", HelpName = "NAME" };
        var config = new Option<string?>("--config") { Description = "Configuration file (JSON); without it the shipped one.", HelpName = "FILE" };
        var queue = new Option<string>("--queue") { Description = "Who trades first at our price.", HelpName = "optimistic|pessimistic|fifo", DefaultValueFactory = _ => "fifo" };
        var fee = new Option<string>("--fee-ppm") { Description = "Maker commission in millionths.", HelpName = "N", DefaultValueFactory = _ => "1000" };
        var of = new Option<string?>("--of") { Description = "Backtest what a live run recorded: its market data from its start on, with its settings, but for those given here.", HelpName = "RUN" };
        var output = new Option<string?>("--out") { Description = "Directory to store the run in, instead of the store.", HelpName = "DIR" };
        var chart = new Option<string?>("--chart") { Description = "Write the day as a picture (SVG): price with our fills, PnL, inventory.", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        foreach (var option in (Option[])[symbol, data, trades, recording, of, config, queue, fee, output, chart, json])
        {
            command.Options.Add(option);
        }

        var window = new WindowOptions();
        window.AddTo(command);
        var store = new StoreOptions();
        store.AddTo(command);
        var threads = new ThreadOption();
        threads.AddTo(command);
        var parameters = new ParameterOptions();
        parameters.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var clock = WallClock.Start();
            WholeFile.Check("--chart", parsed.GetValue(chart), ("--config", parsed.GetValue(config)), ("--data", parsed.GetValue(data)), ("--trades", parsed.GetValue(trades)));
            ConfigurationFile.Check(parsed.GetValue(config));
            parameters.Apply(parsed, StrategyConfiguration.Default);
            _ = (RunOptions.Queue(parsed.GetValue(queue)!), RunOptions.Fee(parsed.GetValue(fee)!), threads.Read(parsed));
            var elsewhere = parsed.GetValue(output);
            StoreOptions.RequireWritable(elsewhere ?? store.Directory(parsed), elsewhere is null ? "--store" : "--out");
            using var interrupt = new Interrupt();
            if (parsed.GetValue(of) is not null && (window.Read(parsed) is not null || parsed.GetValue(symbol) is not null || parsed.GetValue(data) is not null || parsed.GetValue(recording) is not null))
            {
                throw new UsageException("--of names the market data: leave --symbol, --date, --from, --to, --recording and --data out.");
            }

            using var source = parsed.GetValue(of) is { } live ? OpenOf(live, store.Open(parsed)) : DaySource.Open(parsed.GetValue(symbol), parsed.GetValue(data), window.Read(parsed), parsed.GetValue(recording), store, parsed, terminal, parsed.GetValue(trades), interrupt.Token);
            var like = source.Of;
            var configuration = like is { } run1 && parsed.GetValue(config) is null ? StrategyConfiguration.FromJson(run1.Configuration) : ConfigurationFile.Load(parsed.GetValue(config), source.Symbol);
            if (source.Told is { ChangesConfiguration: true } && (parsed.GetValue(config) is not null || parameters.Given(parsed).Any()))
            {
                throw new UsageException($"--of {parsed.GetValue(of)}: the configuration of this run changed while it went on, and a backtest of it changes likewise: leave --config and the parameters out.");
            }

            var request = new BacktestRequest
            {
                Symbol = source.Symbol,
                Told = source.Told,
                From = source.Window.From,
                To = source.Window.To,
                Configuration = parameters.Apply(parsed, configuration),
                Queue = like is { } run2 && parsed.GetResult(queue) is not { Implicit: false } ? run2.Queue : RunOptions.Queue(parsed.GetValue(queue)!),
                CarriedDayPnl = like?.CarriedDayPnl ?? 0,
                CarriedDrawdown = like?.CarriedDrawdown ?? 0,
                FeePartsPerMillion = like is { } run3 && parsed.GetResult(fee) is not { Implicit: false } ? run3.FeePartsPerMillion : RunOptions.Fee(parsed.GetValue(fee)!),
            };
            var target = elsewhere is { } directory ? Journals.Open(directory) : source.Stores.Primary;
            var (run, halted) = Run(request, source.Inputs, target, terminal, clock, parsed.GetValue(chart), parsed.GetValue(json), threads.Read(parsed), interrupt.Token);
            interrupt.Dispose();
            if (elsewhere is null)
            {
                Forwarding.Run(source.Stores, [run], terminal);
            }

            return halted ? ExitCode.Stopped : ExitCode.Done;
        });
        return command;
    }

    private static DaySource OpenOf(string live, StoreSet stores)
    {
        var run = new RunFinder(stores).Find(live);
        return LiveScript.IsLive(run.Started.Kind)
            ? DaySource.OfRun(run, RunInputs.Of(stores, run), stores)
            : throw new UsageException($"--of {live}: {run.Name.Parts[1]} is a {run.Started.Kind} run, not a live one.");
    }

    private static (StreamName Run, bool Halted) Run(BacktestRequest request, IReadOnlyList<InputStream> inputs, Stores.Journal.JournalStore target, Terminal terminal, WallClock clock, string? chart, bool json, int threads, CancellationToken stop)
    {
        using var recorder = new RunRecorder(target);
        var fills = chart is null ? null : new FillPoints();
        var result = new Backtester(request, inputs, recorder, terminal.Progress("backtest", stop), fills) { Threads = threads }.Run();
        terminal.EndProgress();
        stop.ThrowIfCancellationRequested();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        if (recorder.Difference is { } difference)
        {
            throw new Projections.InvariantBrokenException(
                $"Run {result.Started.Run} is stored already and differs from this execution at event {difference.Sequence}: the stored run or this program is damaged. mm verify {result.Started.Run} shows it.");
        }

        if (chart is not null)
        {
            WholeFile.Write(chart, DayChart.Svg(result, fills!.Fills));
        }

        var warnings = ParameterWarnings.Of(result);
        var seconds = clock.Seconds;
        terminal.Output.WriteLine(json
            ? BacktestJson.Write(result, recorder.Events, seconds, warnings)
            : BacktestSummary.Write(result, seconds, warnings) + (recorder.Existed ? " (stored before, identical)" : ""));
        return (recorder.Stream, result.EndedHalted);
    }
}
