using System.CommandLine;
using EventSourcedMM.Cli.Archive;
using EventSourcedMM.Cli.Import;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Live.Import.Captures;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm import</c>: a recorder's files become stored days.</summary>
public static class ImportCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("import", "Import a recorder's files (lines of a local stamp and the venue's JSON message, plain or gzip), or bring archived days back.");
        var files = new Argument<string[]>("FILE") { Description = "Files of one session, in any order; or folders that mm archive made.", Arity = ArgumentArity.OneOrMore };
        var symbol = new Option<string?>("--symbol") { Description = "Symbol to import, such as NEXOUSDT; archived days name theirs.", HelpName = "S" };
        var instrument = new Option<string?>("--instrument") { Description = "Instrument (JSON of ours, or exchangeInfo), instead of a recorded exchangeInfo or the shipped list.", HelpName = "FILE" };
        var allowCut = new Option<bool>("--allow-cut") { Description = "Import the whole lines of a gzip file that is cut." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(files);
        foreach (var option in (Option[])[symbol, instrument, allowCut, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var given = parsed.GetValue(files)!;
            var isArchive = ArchiveImport.IsFor(given);
            var isCapture = !isArchive && given.Any(CaptureFiles.IsCapture);
            Refuse(isArchive && parsed.GetValue(symbol) is not null, "--symbol", "an archived day names its own");
            Refuse(isArchive && parsed.GetValue(instrument) is not null, "--instrument", "an archived day has its own");
            Refuse((isArchive || isCapture) && parsed.GetValue(allowCut), "--allow-cut", "only a recorder's file can be imported without its end");
            if (!isArchive && given.FirstOrDefault(Directory.Exists) is { } folder)
            {
                throw new UsageException($"{folder} is a directory without tables of an archived day ({ArchiveLayout.Depth}, {ArchiveLayout.Others} …): name a recorder's files, or folders that mm archive made, such as data/archive/market/NEXOUSDT/2024-07-24/RECORDING.");
            }

            if (parsed.GetValue(instrument) is { } its && !File.Exists(its))
            {
                throw new UsageException($"--instrument {its}: there is no such file.");
            }

            StoreOptions.RequireWritable(store.Directory(parsed), "--store");
            using var stores = store.Open(parsed, []);
            var target = stores.Primary;
            var options = new ImportOptions { InstrumentFile = parsed.GetValue(instrument), AllowCut = parsed.GetValue(allowCut) };
            using var interrupt = new Interrupt();
            ImportReport report;
            try
            {
                if (isArchive)
                {
                    return ArchiveImport.Run(given, stores, terminal, interrupt.Token, parsed.GetValue(json));
                }

                if (isCapture)
                {
                    var named = parsed.GetValue(symbol) is { } text ? Symbol(text) : null;
                    using var lines = new CaptureLines(given, named, target.Root, rows => terminal.Progress("reading", rows, 0), interrupt.Token);
                    report = new Importer(target, options).Run([lines.Path], lines.Symbol, terminal.Progress, interrupt.Token);
                    return Report(report, stores, terminal, parsed.GetValue(json));
                }

                var name = Symbol(parsed.GetValue(symbol) ?? throw new UsageException("Name the symbol to import: --symbol NEXOUSDT."));
                report = new Importer(target, options).Run(given, name, terminal.Progress, interrupt.Token);
            }
            catch (OperationCanceledException)
            {
                terminal.Fail("stopped; nothing was stored");
                return ExitCode.No;
            }

            return Report(report, stores, terminal, parsed.GetValue(json));
        });
        return command;
    }

    private static int Report(ImportReport report, StoreSet stores, Terminal terminal, bool json)
    {
        var target = stores.Primary;
        terminal.EndProgress();
        terminal.Output.WriteLine(json ? ImportJson.Write(report, target.Root) : ImportSummary.Write(report, target.Root));
        return Forwarding.Run(stores, [.. report.Streams.Select(StreamName.Parse)], terminal) ? ExitCode.Done : ExitCode.OutOfReach;
    }

    private static void Refuse(bool isGiven, string flag, string why)
    {
        if (isGiven)
        {
            throw new UsageException($"{flag} means nothing here: {why}. Leave it out.");
        }
    }

    private static string Symbol(string text)
    {
        var symbol = text.ToUpperInvariant();
        return symbol.Length is > 0 and <= 32 && symbol.All(char.IsAsciiLetterOrDigit)
            ? symbol
            : throw new UsageException($"--symbol {text} is not a symbol; it has letters and digits only, such as NEXOUSDT.");
    }
}
