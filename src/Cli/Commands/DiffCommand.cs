using System.CommandLine;
using EventSourcedMM.Cli.Audit;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm diff</c>: where two runs part, and what it cost.</summary>
public static class DiffCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("diff", "Compare two runs: the first event that differs, and what the difference cost.");
        var first = new Argument<string>("RUN_A") { Description = "Name of a run, or a part of it that only one run has." };
        var second = new Argument<string>("RUN_B") { Description = "The run to compare with it." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(first);
        command.Arguments.Add(second);
        command.Options.Add(json);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            using var stores = store.OpenToRead(parsed, terminal);
            var finder = new RunFinder(stores);
            var (a, b) = (finder.Find(parsed.GetValue(first)!), finder.Find(parsed.GetValue(second)!));
            var pair = RunPair.Of(
                RunExecution.Execute(stores, a, (done, total) => terminal.Progress("first", done, total)),
                RunExecution.Execute(stores, b, (done, total) => terminal.Progress("second", done, total)));
            terminal.EndProgress();
            terminal.Output.WriteLine(parsed.GetValue(json) ? DiffJson.Write(pair) : DiffText.Write(pair));
            return pair.Divergence is null ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }
}
