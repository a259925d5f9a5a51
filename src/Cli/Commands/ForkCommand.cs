using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Audit;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm fork</c>: a run's day from one moment on under other parameters.</summary>
public static class ForkCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("fork", "Run a day again from one moment on under other parameters, and show what changes.");
        var run = new Argument<string>("RUN") { Description = "Name of the run, or a part of it that only one run has." };
        var sequence = new Option<string?>("--seq") { Description = "Fork after the turn of this event of the run.", HelpName = "N" };
        var set = new Option<string[]>("--set") { Description = "A parameter's value from then on; may be given several times.", HelpName = "KEY=VALUE" };
        var queue = new Option<string?>("--queue") { Description = "Queue model from then on.", HelpName = "optimistic|pessimistic|fifo" };
        var fee = new Option<string?>("--fee-ppm") { Description = "Maker commission from then on, in millionths.", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var moment = new MomentOptions("Fork after the last event up to then.");
        command.Arguments.Add(run);
        moment.AddTo(command);
        foreach (var option in (Option[])[sequence, set, queue, fee, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            using var stores = store.OpenToRead(parsed, terminal);
            var parent = new RunFinder(stores).Find(parsed.GetValue(run)!);
            var point = Point(parent, moment.Read(parsed), parsed.GetValue(sequence));
            var request = Request(stores, parent, point, parsed.GetValue(set) ?? []);
            request = request with
            {
                Queue = parsed.GetValue(queue) is { } q ? RunOptions.Queue(q) : request.Queue,
                FeePartsPerMillion = parsed.GetValue(fee) is { } f ? RunOptions.Fee(f) : request.FeePartsPerMillion,
            };
            var pair = Run(stores, parent, request, terminal);
            terminal.Output.WriteLine(parsed.GetValue(json) ? DiffJson.Write(pair) : DiffText.Write(pair));
            Forwarding.Run(stores, [pair.Second.Run.Name], terminal);
            return ExitCode.Done;
        });
        return command;
    }

    private static RunPair Run(StoreSet stores, StoredRun parent, BacktestRequest request, Terminal terminal)
    {
        using var interrupt = new Interrupt();
        var executed = RunExecution.Execute(stores, parent, terminal.Progress("parent", interrupt.Token));
        using var recorder = new RunRecorder(stores.Primary);
        var result = new Backtester(request, RunInputs.Of(stores, parent), recorder, terminal.Progress("fork", interrupt.Token)).Run();
        terminal.EndProgress();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        if (recorder.Difference is { } difference)
        {
            throw new Projections.InvariantBrokenException(
                $"Run {result.Started.Run} is stored already and differs from this execution at event {difference.Sequence}: mm verify {result.Started.Run} shows it.");
        }

        var fork = new StoredRun(stores.Primary, recorder.Stream, result.Started);
        return RunPair.Of(executed, new ExecutedRun(fork, result, recorder.Events, null));
    }

    private static BacktestRequest Request(StoreSet stores, StoredRun parent, long point, string[] texts)
    {
        KeyValuePair<string, string>[] changes = [.. texts.Select(Change)];

        // The later of two would win silently.
        return changes.GroupBy(c => c.Key, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new UsageException($"--set names {twice.Key} twice; leave one.")
            : ForkRequest.Of(stores, parent, point, changes);
    }

    private static KeyValuePair<string, string> Change(string text)
    {
        var parts = text.Split('=', 2);
        return parts.Length == 2
            ? new(parts[0].Trim().Replace('-', '_'), parts[1])
            : throw new UsageException($"--set {text} must be KEY=VALUE, such as gamma=0.2.");
    }

    // The event to fork at, and that it lies within the run.
    private static long Point(StoredRun parent, long? time, string? sequence)
    {
        if ((time is null) == (sequence is null))
        {
            throw new UsageException(time is null ? "Say where to fork: --at TIME or --seq N." : "Say where to fork once: --at TIME or --seq N, not both.");
        }

        var wanted = sequence is null ? 0 : long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0
            ? n
            : throw new UsageException($"--seq {sequence} must be the number of an event, from 1.");
        var (last, found) = (0L, 0L);
        using var source = new UpcastSource(parent.Store.OpenSource(parent.Name));
        while (source.Read(out var header, out _))
        {
            last = header.Sequence;
            found = time is { } t && header.ReceiveTime <= t ? header.Sequence : found;
        }

        if (time is { } at)
        {
            return found > 0 && found < last
                ? found
                : throw new UsageException($"--at {Moments.Text(at)} is not within the run, which starts at {Moments.Text(parent.Started.WindowStart)}{(found > 0 ? " and has ended by then" : "")}.");
        }

        return wanted < last ? wanted : throw new UsageException($"--seq {wanted}: the run has events 1 to {last}; fork before its last.");
    }
}
