using System.CommandLine;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm report</c>: a run as one HTML file.</summary>
public static class ReportCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("report", "Write a run as one HTML page that needs nothing from outside.");
        var run = new Argument<string>("RUN") { Description = "Name of the run, or a part of it that only one run has." };
        var output = new Option<string?>("--out") { Description = "Where to write; RUN.html in this directory otherwise.", HelpName = "FILE" };
        var open = new Option<bool>("--open") { Description = "Open it in the browser." };
        command.Arguments.Add(run);
        command.Options.Add(output);
        command.Options.Add(open);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            WholeFile.Check("--out", parsed.GetValue(output));
            if (parsed.GetValue(open) && parsed.GetValue(output) is { } named && WholeFile.IsStandardOutput(named))
            {
                throw new UsageException($"--open needs a file: leave --out {named} out, or name one.");
            }

            using var stores = store.OpenToRead(parsed, terminal);
            var stored = new RunFinder(stores).Find(parsed.GetValue(run)!);
            var sampler = ReportSampler.For(stores, stored);
            var executed = RunExecution.Execute(stores, stored, (done, total) => terminal.Progress("report", done, total), sampler);
            terminal.EndProgress();
            var path = parsed.GetValue(output) ?? $"{stored.Name.Parts[1]}.html";
            WholeFile.Write(path, ReportHtml.Write(executed, sampler, ParameterWarnings.Of(executed.Result)));
            if (!WholeFile.IsStandardOutput(path))
            {
                terminal.Output.WriteLine(path);
            }

            if (executed.Difference is { } difference)
            {
                terminal.Warn(FormattableString.Invariant($"executed again, the run differs from what is stored at event {difference.Sequence}: the page has the figures of the execution. mm verify {stored.Name.Parts[1]} shows both."));
            }

            if (parsed.GetValue(open))
            {
                UserBrowser.Open(Path.GetFullPath(path), $"open {path} yourself", terminal);
            }

            return executed.Difference is null ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }
}
