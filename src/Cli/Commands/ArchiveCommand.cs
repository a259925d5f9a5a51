using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Archive;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm archive</c>: finished days and runs as Parquet files.</summary>
public static class ArchiveCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("archive", "Write finished days, or a run, as Parquet files.");
        var symbol = new Option<string?>("--symbol") { Description = "Symbol whose finished days are archived: all of them, or those of the window.", HelpName = "S" };
        var run = new Option<string?>("--run") { Description = "A stored run instead of days.", HelpName = "RUN" };
        var recording = new Option<string?>("--recording") { Description = "Only this recording.", HelpName = "NAME" };
        var output = new Option<string?>("--out") { Description = "Directory to archive into, instead of the store's own archive.", HelpName = "DIR" };
        var level = new Option<string>("--level") { Description = "ZSTD level, 1 to 22: higher is smaller and slower to write.", HelpName = "N", DefaultValueFactory = _ => "18" };
        var remove = new Option<bool>("--remove-journal") { Description = "Remove the journal of what is archived in the store; it is read from the archive from then on." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        foreach (var option in (Option[])[symbol, run, recording, output, level, remove, json])
        {
            command.Options.Add(option);
        }

        var window = new WindowOptions();
        window.AddTo(command);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var name = parsed.GetValue(symbol)?.ToUpperInvariant();
            var runName = parsed.GetValue(run);
            if ((name is null) == (runName is null))
            {
                throw new UsageException(name is null ? "Name what to archive: --symbol NEXOUSDT [--date 2024-07-24], or --run RUN." : "Name what to archive once: --symbol S or --run RUN, not both.");
            }

            var chosen = window.Given(parsed).Concat(parsed.GetValue(recording) is null ? [] : ["--recording"]).ToArray();
            if (runName is not null && chosen.Length > 0)
            {
                throw new UsageException($"{string.Join(", ", chosen)} chooses among days; a run is archived whole: leave it out with --run.");
            }

            if (parsed.GetValue(remove) && parsed.GetValue(output) is not null)
            {
                throw new UsageException("--remove-journal needs the archive in the store itself: leave --out away.");
            }

            if (parsed.GetValue(output) is { } elsewhere)
            {
                StoreOptions.RequireWritable(elsewhere, "--out");
            }
            else
            {
                // The archive of the bundled samples would be the only thing in a directory whose name was mistyped.
                store.RequireThere(parsed, "name one that is there, or --out DIR for the archive");
            }

            using var stores = store.OpenToRead(parsed, terminal);
            var growing = new List<StreamName>();
            var streams = runName is not null
                ? [Run(stores, runName)]
                : Days(stores, name!, window.Read(parsed), parsed.GetValue(recording), growing, terminal);
            using var interrupt = new Interrupt();
            var options = new ArchiveOptions
            {
                CompressionLevel = Level(parsed.GetValue(level)!),
                Progress = terminal.Progress,
                Inputs = input => stores.Find(input) is { } found ? found.Store.OpenSource(input) : null,
            };
            var root = parsed.GetValue(output) ?? ArchiveFolder.RootOf(stores.Primary.Root);
            var report = new ArchiveReport(growing);
            try
            {
                foreach (var (source, stream) in streams)
                {
                    var archived = new StreamArchiver(source, root, options).Archive(stream, interrupt.Token);
                    var removed = parsed.GetValue(remove) && source == stores.Primary && stores.Primary.HasJournal(stream);
                    if (removed)
                    {
                        stores.Primary.RemoveArchivedJournal(stream, archived);
                    }

                    report.Add(archived, removed);
                }
            }
            catch (OperationCanceledException)
            {
                terminal.Fail("stopped; the stream that was being written left nothing behind");
                return ExitCode.No;
            }

            terminal.EndProgress();
            terminal.Output.WriteLine(parsed.GetValue(json) ? report.ToJson() : report.ToText());
            return ExitCode.Done;
        });
        return command;
    }

    private static (IEventStore Store, StreamName Name) Run(StoreSet stores, string text) => new RunFinder(stores).Locate(text);

    private static List<(IEventStore Store, StreamName Name)> Days(StoreSet stores, string symbol, Window? window, string? recording, List<StreamName> growing, Terminal terminal)
    {
        var days = new MarketDays(stores, terminal.Warn);
        var reach = window ?? Window.All;
        var wanted = days.Of(symbol).Where(d => (recording is null || d.Recording == recording) && d.Info.LastTime >= reach.From && d.Info.FirstTime < reach.To).ToArray();
        if (wanted.Length == 0)
        {
            // Says what there is.
            days.Select(symbol, reach.From, reach.To, recording);
        }

        growing.AddRange(wanted.Where(d => !d.Info.Sealed).Select(d => d.Name));
        var finished = wanted.Where(d => d.Info.Sealed).Select(d => (d.Store, d.Name)).ToList();
        return finished.Count > 0
            ? finished
            : throw new ArchiveException($"{string.Join(", ", growing)} still grows: only finished days are archived. A day is finished when its recording goes on to the next one or ends.");
    }

    private static int Level(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level is >= 1 and <= 22
            ? level
            : throw new UsageException($"--level {text} must be a whole number from 1 to 22.");
}
