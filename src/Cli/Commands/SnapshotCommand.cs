using System.CommandLine;
using EventSourcedMM.Cli.Backtest;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Snapshots;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm snapshot</c>: PnL and metrics of chosen days, pinned as files, so that nobody changes them unnoticed.</summary>
public static class SnapshotCommand
{
    private const string Verified = ".verified.txt";
    private const string Received = ".received.txt";
    private const string Events = ".events";
    private const int ShownChanges = 12;

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("snapshot", "Pin PnL and metrics of days as files, and check them.");
        command.Subcommands.Add(Add());
        command.Subcommands.Add(Check());
        command.Subcommands.Add(Accept());
        return command;
    }

    private static Option<string> Directory() => new("--dir") { Description = "Where the snapshots are.", HelpName = "DIR", DefaultValueFactory = _ => "snapshots" };

    private static Command Add()
    {
        var command = new Command("add", "Run a day and pin what comes out.");
        var name = new Argument<string>("NAME") { Description = "Name of the snapshot: letters, digits, dots, dashes." };
        var directory = Directory();
        var symbol = new Option<string?>("--symbol") { Description = "Symbol, such as NEXOUSDT.", HelpName = "S" };
        var recording = new Option<string?>("--recording") { Description = "Recording to use where a day has several.", HelpName = "NAME" };
        var config = new Option<string?>("--config") { Description = "Configuration file (JSON); without it the shipped one.", HelpName = "FILE" };
        var queue = new Option<string>("--queue") { Description = "Who trades first at our price.", HelpName = "optimistic|pessimistic|fifo", DefaultValueFactory = _ => "fifo" };
        var fee = new Option<string>("--fee-ppm") { Description = "Maker commission in millionths.", HelpName = "N", DefaultValueFactory = _ => "1000" };
        command.Arguments.Add(name);
        foreach (var option in (Option[])[directory, symbol, recording, config, queue, fee])
        {
            command.Options.Add(option);
        }

        var window = new WindowOptions();
        window.AddTo(command);
        var store = new StoreOptions();
        store.AddTo(command);
        var parameters = new ParameterOptions();
        parameters.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var path = PathOf(parsed.GetValue(directory)!, parsed.GetValue(name)!);
            if (File.Exists(path + Verified))
            {
                throw new UsageException($"{path}{Verified} is there already; mm snapshot check and accept renew it, or delete it first.");
            }

            ConfigurationFile.Check(parsed.GetValue(config));
            parameters.Apply(parsed, StrategyConfiguration.Default);
            _ = (RunOptions.Queue(parsed.GetValue(queue)!), RunOptions.Fee(parsed.GetValue(fee)!));
            StoreOptions.RequireWritable(parsed.GetValue(directory)!, "--dir");
            using var source = DaySource.Open(parsed.GetValue(symbol), null, window.Read(parsed), parsed.GetValue(recording), store, parsed, terminal);
            var request = new BacktestRequest
            {
                Symbol = source.Symbol,
                From = source.Window.From,
                To = source.Window.To,
                Configuration = parameters.Apply(parsed, ConfigurationFile.Load(parsed.GetValue(config), source.Symbol)),
                Queue = RunOptions.Queue(parsed.GetValue(queue)!),
                FeePartsPerMillion = RunOptions.Fee(parsed.GetValue(fee)!),
            };
            var taken = RunSnapshot.Take(request, source.Inputs, (done, total) => terminal.Progress("snapshot", done, total));
            terminal.EndProgress();
            System.IO.Directory.CreateDirectory(parsed.GetValue(directory)!);
            WholeFile.Write(path + Events + Verified, taken.Prints);
            WholeFile.Write(path + Verified, taken.Text);
            terminal.Output.WriteLine($"pinned {path}{Verified}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Check()
    {
        var command = new Command("check", "Run every snapshot again; exit 1 when anything differs.");
        var names = new Argument<string[]>("NAME") { Description = "Only these; all without.", Arity = ArgumentArity.ZeroOrMore };
        var directory = Directory();
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(names);
        command.Options.Add(directory);
        command.Options.Add(json);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            using var stores = store.Open(parsed);
            var results = new List<(string Name, SnapshotResult Result)>();
            foreach (var path in Find(parsed.GetValue(directory)!, parsed.GetValue(names) ?? [], Verified))
            {
                var result = RunSnapshot.Check(stores, File.ReadAllText(path + Verified), ReadPrints(path), path + Verified, path + Events + Verified, (done, total) => terminal.Progress(Path.GetFileName(path), done, total));
                terminal.EndProgress();
                results.Add((Path.GetFileName(path), result));
                Keep(path, result);
                if (!parsed.GetValue(json))
                {
                    Print(path, result, terminal);
                }
            }

            if (parsed.GetValue(json))
            {
                terminal.Output.WriteLine(Json(results));
            }

            return results.TrueForAll(r => r.Result.Same) ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static Command Accept()
    {
        var command = new Command("accept", "Take what the last check found as the new snapshots.");
        var names = new Argument<string[]>("NAME") { Description = "Only these; all without.", Arity = ArgumentArity.ZeroOrMore };
        var directory = Directory();
        command.Arguments.Add(names);
        command.Options.Add(directory);
        command.SetGuardedAction((parsed, terminal) =>
        {
            foreach (var path in Find(parsed.GetValue(directory)!, parsed.GetValue(names) ?? [], Received))
            {
                // The events first: were the text moved alone, the next check would hold new text to old events and say so.
                File.Move(path + Events + Received, path + Events + Verified, overwrite: true);
                File.Move(path + Received, path + Verified, overwrite: true);
                terminal.Output.WriteLine($"accepted {path}{Verified}");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Keep(string path, SnapshotResult result)
    {
        if (result.Same)
        {
            File.Delete(path + Received);
            File.Delete(path + Events + Received);
            return;
        }

        WholeFile.Write(path + Events + Received, result.Prints);
        WholeFile.Write(path + Received, result.Text);
    }

    private static void Print(string path, SnapshotResult result, Terminal terminal)
    {
        var output = terminal.Output;
        output.WriteLine($"{(result.Same ? "same   " : "CHANGED")}  {Path.GetFileName(path)}");
        if (result.Same)
        {
            return;
        }

        foreach (var (kept, now) in result.Changes.Take(ShownChanges))
        {
            output.WriteLine($"  - {kept}");
            output.WriteLine($"  + {now}");
        }

        if (result.Changes.Count > ShownChanges)
        {
            output.WriteLine($"  and {result.Changes.Count - ShownChanges} more lines");
        }

        output.WriteLine(result.Different is { } e
            ? $"  first differing event: {(result.DifferentFrom < e.Header.Sequence ? $"between {result.DifferentFrom} and {e.Header.Sequence}, which is now " : "")}{new EventLines().Line(e.Header, e.Payload)}"
            : result.Changes.Count == 0 ? "  no event differs: the run has fewer than before" : "  no event differs: only what is computed from them does");
        output.WriteLine($"  if that is right: mm snapshot accept {Path.GetFileName(path)} --dir {Path.GetDirectoryName(path)}, and say in the commit why");
    }

    private static string Json(List<(string Name, SnapshotResult Result)> results) => JsonText.Object(json =>
    {
        json.WriteBoolean("same", results.TrueForAll(r => r.Result.Same));
        json.WriteStartArray("snapshots");
        foreach (var (name, result) in results)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteBoolean("same", result.Same);
            json.WriteStartArray("changes");
            foreach (var (kept, now) in result.Changes)
            {
                json.WriteStartObject();
                json.WriteString("kept", kept);
                json.WriteString("now", now);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("firstDifferentFrom", result.DifferentFrom);
            json.WritePropertyName("firstDifferent");
            if (result.Different is { } e)
            {
                json.WriteRawValue(new EventLines().Line(e.Header, e.Payload));
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string ReadPrints(string path) => File.Exists(path + Events + Verified)
        ? File.ReadAllText(path + Events + Verified)
        : throw new UsageException($"{path}{Events}{Verified} is missing: it belongs to {path}{Verified}. Take it from git, or delete the snapshot and add it anew.");

    private static List<string> Find(string directory, string[] names, string ending)
    {
        if (names.Length > 0)
        {
            return [.. names.Select(n => File.Exists(PathOf(directory, n) + ending)
                ? PathOf(directory, n)
                : throw new UsageException($"There is no {PathOf(directory, n)}{ending}{(ending == Received ? ": mm snapshot check writes it when something differs" : "; mm snapshot add makes it")}."))];
        }

        var found = System.IO.Directory.Exists(directory)
            ? System.IO.Directory.GetFiles(directory, "*" + ending).Where(f => !f.EndsWith(Events + ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(f => f[..^ending.Length]).ToList()
            : [];
        return found.Count > 0
            ? found
            : throw new UsageException(ending == Received
                ? $"There is nothing to accept in {directory}: mm snapshot check leaves *{Received} where something differs."
                : $"There is no snapshot in {directory}; mm snapshot add NAME --symbol S --date D makes one.");
    }

    private static string PathOf(string directory, string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && name[0] != '.' && !name.EndsWith(Events, StringComparison.Ordinal)
            ? Path.Combine(directory, name)
            : throw new UsageException($"'{name}' cannot name a snapshot: letters, digits, dots and dashes, not at the beginning a dot.");
}
