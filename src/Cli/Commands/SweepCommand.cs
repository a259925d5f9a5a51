using System.CommandLine;
using EventSourcedMM.Cli.Backtest;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm sweep</c>: one window under many configurations, read and folded once.</summary>
public static class SweepCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("sweep", "Backtest one window under many configurations at once; nothing is stored.");
        var symbol = new Option<string?>("--symbol") { Description = "Symbol, such as NEXOUSDT.", HelpName = "S" };
        var sets = new Option<string[]>("--set") { Description = "A parameter and its values: gamma=0.05,0.1,0.2. Given several times, every combination is a set.", HelpName = "NAME=VALUE,…" };
        var data = new Option<string?>("--data") { Description = "One recorded day as a file, instead of a stored day: a recorder's file, a folder that mm archive made, or a depth20 capture (Parquet, JSON lines).", HelpName = "FILE" };
        var trades = new Option<string?>("--trades") { Description = "Trades beside a depth20 capture named with --data.", HelpName = "FILE" };
        var recording = new Option<string?>("--recording") { Description = "Recording to use where a day has several.", HelpName = "NAME" };
        var config = new Option<string?>("--config") { Description = "Configuration file (JSON); without it the shipped one.", HelpName = "FILE" };
        var queue = new Option<string>("--queue") { Description = "Who trades first at our price.", HelpName = "optimistic|pessimistic|fifo", DefaultValueFactory = _ => "fifo" };
        var fee = new Option<string>("--fee-ppm") { Description = "Maker commission in millionths.", HelpName = "N", DefaultValueFactory = _ => "1000" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        foreach (var option in (Option[])[symbol, sets, data, trades, recording, config, queue, fee, json])
        {
            command.Options.Add(option);
        }

        var threads = new ThreadOption();
        threads.AddTo(command);
        var window = new WindowOptions();
        window.AddTo(command);
        var store = new StoreOptions();
        store.AddTo(command);
        var parameters = new ParameterOptions();
        parameters.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var clock = WallClock.Start();
            var grid = ParameterGrid.Parse(parsed.GetValue(sets) ?? []);
            grid.RefuseGivenTwice(parameters.Given(parsed));
            ConfigurationFile.Check(parsed.GetValue(config));
            parameters.Apply(parsed, StrategyConfiguration.Default);
            _ = (RunOptions.Queue(parsed.GetValue(queue)!), RunOptions.Fee(parsed.GetValue(fee)!), threads.Read(parsed));
            using var interrupt = new Interrupt();
            using var source = DaySource.Open(parsed.GetValue(symbol), parsed.GetValue(data), window.Read(parsed), parsed.GetValue(recording), store, parsed, terminal, parsed.GetValue(trades), interrupt.Token);
            var all = grid.Apply(parameters.Apply(parsed, ConfigurationFile.Load(parsed.GetValue(config), source.Symbol)));
            var request = new BacktestRequest
            {
                Symbol = source.Symbol,
                From = source.Window.From,
                To = source.Window.To,
                Configuration = all[0],
                Queue = RunOptions.Queue(parsed.GetValue(queue)!),
                FeePartsPerMillion = RunOptions.Fee(parsed.GetValue(fee)!),
            };
            var sweeper = new Sweeper([.. all.Select(c => request with { Configuration = c })], source.Inputs, terminal.Progress("sweep", interrupt.Token)) { Threads = threads.Read(parsed) };
            var results = Run(sweeper, grid);
            terminal.EndProgress();
            interrupt.Token.ThrowIfCancellationRequested();
            terminal.Output.WriteLine(parsed.GetValue(json) ? SweepJson.Write(grid, results, clock.Seconds) : SweepTable.Write(grid, results, clock.Seconds));
            return ExitCode.Done;
        });
        return command;
    }

    private static IReadOnlyList<BacktestResult> Run(Sweeper sweeper, ParameterGrid grid)
    {
        try
        {
            return sweeper.Run();
        }
        catch (SweepException e) when (e.InnerException is ConfigurationException)
        {
            throw new ConfigurationException($"{grid.Label(e.Set)}: {e.Message}");
        }
        catch (SweepException e)
        {
            throw new InvariantBrokenException($"{grid.Label(e.Set)}: {e.Message}");
        }
    }
}
