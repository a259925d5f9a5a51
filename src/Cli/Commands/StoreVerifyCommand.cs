using System.CommandLine;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm store verify</c>: framing, checksums, block chain and manifest of every stream; repairs only when asked.</summary>
public static class StoreVerifyCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("verify", "Check the files of stored streams: framing, checksums, block chain, manifest.");
        var repair = new Option<bool>("--repair") { Description = "Move torn tails aside and write missing commit marks anew. Gives up nothing that was acknowledged." };
        var cut = new Option<bool>("--cut-at-damage") { Description = "With --repair and one stream named in full: also cut it before its first damaged event. Acknowledged events are given up; their bytes are kept aside." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var target = new JournalTarget();
        target.AddTo(command);
        foreach (var option in (Option[])[repair, cut, json])
        {
            command.Options.Add(option);
        }

        command.SetGuardedAction((parsed, terminal) =>
        {
            var root = target.Directory(parsed);
            var (streams, archived) = target.All(parsed);
            var scope = Scope(parsed.GetValue(repair), parsed.GetValue(cut), streams.Count == 1 && target.Names(parsed, streams[0]));
            var checks = new List<StreamCheckup>();
            foreach (var stream in streams)
            {
                terminal.Progress("verify", checks.Count, streams.Count + archived.Count);
                if (Check(root, stream, scope) is { } check)
                {
                    checks.Add(check);
                }
                else
                {
                    terminal.EndProgress();
                    terminal.Note($"{stream} moved into the archive meanwhile, which was checked when it was written.");
                }
            }

            var archives = new List<ArchiveCheckup>();
            foreach (var stream in archived)
            {
                terminal.Progress("verify", streams.Count + archives.Count, streams.Count + archived.Count);
                archives.Add(CheckArchive(ArchiveFolder.RootOf(root), stream));
            }

            terminal.EndProgress();
            terminal.Output.WriteLine(parsed.GetValue(json) ? VerifyReport.Json(root, checks, archives) : VerifyReport.Text(root, checks, archives));
            return checks.TrueForAll(c => c.Report.IsClean) && archives.TrueForAll(a => a.Problem is null) ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static ArchiveCheckup CheckArchive(string root, StreamName stream)
    {
        var path = ArchiveFolder.Place(root, stream);
        try
        {
            return ArchiveFolder.Find(root, stream) is { Published: { } manifest } folder
                ? new ArchiveCheckup(stream, path, manifest.Events, manifest.ContentHash.ToString(), folder.Verify())
                : new ArchiveCheckup(stream, path, 0, null, "its manifest is gone");
        }
        catch (InvalidDataException e)
        {
            return new ArchiveCheckup(stream, path, 0, null, e.Message);
        }
    }

    private static RepairScope? Scope(bool repair, bool cut, bool oneStream) => (repair, cut, oneStream) switch
    {
        (false, false, _) => null,
        (true, false, _) => RepairScope.TornTail,
        (true, true, true) => RepairScope.CutAtDamage,
        (true, true, false) => throw new UsageException("--cut-at-damage gives up acknowledged events: name the one stream to cut in full."),
        _ => throw new UsageException("--cut-at-damage goes with --repair."),
    };

    // Null for a stream whose journal left its place while it was looked at.
    private static StreamCheckup? Check(string root, StreamName stream, RepairScope? scope)
    {
        try
        {
            var check = CheckFiles(root, stream, scope);
            return check.Report.IsClean || !IsArchived() ? check : null;
        }
        catch (Exception e) when (e is StreamNotFoundException or FileNotFoundException or DirectoryNotFoundException && IsArchived())
        {
            return null;
        }

        bool IsArchived() => Journals.Open(root).FindArchive(stream) is not null;
    }

    private static StreamCheckup CheckFiles(string root, StreamName stream, RepairScope? scope)
    {
        var report = JournalVerifier.Verify(root, stream);
        var writer = JournalVerifier.Writer(root, stream);
        if (scope is null || report.IsClean)
        {
            return new StreamCheckup(stream, report, writer, [], null);
        }

        try
        {
            var done = JournalRepair.Run(root, stream, scope.Value, "mm store verify --repair");
            return new StreamCheckup(stream, JournalVerifier.Verify(root, stream), null, done, null);
        }
        catch (Exception e) when (e is StreamDamagedException or StreamSealedException or StreamLockedException)
        {
            return new StreamCheckup(stream, report, writer, [], WhyNot(e, stream));
        }
    }

    private static string WhyNot(Exception problem, StreamName stream) => problem switch
    {
        StreamSealedException => "not repaired: a sealed stream is restored from a copy with the same content hash, never mended",
        StreamLockedException locked => $"not repaired: {locked.Holder} is writing it",
        _ => $"not repaired: acknowledged events are damaged. 'mm store verify {stream} --repair --cut-at-damage' gives them up and keeps their bytes aside",
    };
}
