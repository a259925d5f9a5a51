using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Audit;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Moments;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm state</c>: engine and simulated venue of a run at any moment.</summary>
public static class StateCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("state", "Print what engine and venue knew at any moment of a run.");
        var run = new Argument<string>("RUN") { Description = "Name of the run, or a part of it that only one run has." };
        var sequence = new Option<string?>("--seq") { Description = "After the turn that wrote the event with this sequence.", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(run);
        var moment = new MomentOptions("Before the first turn later than this.");
        command.Options.Add(sequence);
        moment.AddTo(command);
        command.Options.Add(json);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var (text, time) = (parsed.GetValue(sequence), moment.Read(parsed));
            if ((text is null) == (time is null))
            {
                throw new UsageException("Say when: --seq N or --at TIME, one of them.");
            }

            using var stores = store.OpenToRead(parsed, terminal);
            var found = new RunFinder(stores).Find(parsed.GetValue(run)!);
            var there = text is null
                ? RunMoment.At(stores, found, Within(found, stores.Find(found.Name)!.Value.Info.LastTime, time!.Value))
                : RunMoment.After(stores, found, Sequence(text, stores.Find(found.Name)!.Value.Info.Version, found));
            foreach (var note in there.Notes)
            {
                terminal.Note(note);
            }

            terminal.Output.WriteLine(parsed.GetValue(json) ? MomentJson.Write(there) : MomentText.Write(there));
            return there.Difference is null ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static long Within(StoredRun run, long last, long time) =>
        time < run.Started.WindowStart ? throw new UsageException($"--at lies before the run, which starts at {Moments.Text(run.Started.WindowStart)}.")
        : time > last ? throw new UsageException($"--at lies behind the run's last event, which is of {Moments.Text(last)}.")
        : time;

    private static long Sequence(string text, long last, StoredRun run) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= last
            ? number
            : throw new UsageException($"--seq {text} must be the number of an event: {run.Name} has 1 to {last}.");
}
