using System.CommandLine;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Locations;
using NodaTime.Text;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm store copy</c>: streams from one store into another, with the same content hashes.</summary>
public static class StoreCopyCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("copy", "Copy streams from one store into another; what is there already is not written again.");
        var from = new Option<string>("--from") { Description = "Store to read.", HelpName = StoreOptions.Forms, Required = true };
        var to = new Option<string>("--to") { Description = "Store to write.", HelpName = StoreOptions.Forms, Required = true };
        var stream = new Option<string?>("--stream") { Description = "Only this stream, or those whose names begin with it.", HelpName = "NAME" };
        var symbol = new Option<string?>("--symbol") { Description = "Only streams of this symbol.", HelpName = "S" };
        var date = new Option<string?>("--date") { Description = "Only market streams of this UTC day.", HelpName = "DAY" };
        var run = new Option<string?>("--run") { Description = "Only this run: its name, or a part of it.", HelpName = "RUN" };
        var verify = new Option<bool>("--verify") { Description = "Read every copy back and compare its content hash." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        foreach (var option in (Option[])[from, to, stream, symbol, date, run, verify, json])
        {
            command.Options.Add(option);
        }

        command.SetGuardedAction((parsed, terminal) =>
        {
            if (parsed.GetValue(date) is { } day && !LocalDatePattern.Iso.Parse(day).Success)
            {
                throw new UsageException($"--date {day} is not a day; write it as 2024-07-24.");
            }

            var filter = new Filter(parsed.GetValue(stream), parsed.GetValue(symbol)?.ToUpperInvariant(), parsed.GetValue(date), parsed.GetValue(run));
            var (source, target) = (StoreOptions.Locate(parsed.GetValue(from)!), StoreOptions.Locate(parsed.GetValue(to)!));
            using var interrupt = new Interrupt();
            return RunAsync(source, target, filter, parsed.GetValue(verify), parsed.GetValue(json), terminal, interrupt.Token).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(StoreLocation from, StoreLocation to, Filter filter, bool verify, bool json, Terminal terminal, CancellationToken ct)
    {
        if (from.Kind == to.Kind && (from.Kind == StoreKind.Journal ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(from.Address)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(to.Address)) : from.Address == to.Address))
        {
            throw new UsageException($"--from and --to name the same store, {from}.");
        }

        if (from.Kind == StoreKind.Journal && !Directory.Exists(from.Address))
        {
            throw new UsageException($"--from {from}: there is no such directory.");
        }

        if (to.Kind == StoreKind.Journal && File.Exists(to.Address))
        {
            throw new UsageException($"--to {to} is a file; name a directory.");
        }

        await using var source = StoreFactories.Open(from);
        await using var target = StoreFactories.Open(to);
        var streams = new List<StreamName>();
        await foreach (var name in source.ListAsync(filter.Prefix, ct))
        {
            if (filter.Takes(name))
            {
                streams.Add(name);
            }
        }

        if (streams.Count == 0)
        {
            throw new UsageException($"{from} has no stream{filter}.");
        }

        var copier = new StreamCopier(source, target);
        var copies = new List<StreamCopy>();
        var damage = new List<string>();
        var failures = new List<(StreamName Stream, string Problem)>();
        try
        {
            foreach (var name in streams)
            {
                StreamCopy copy;
                try
                {
                    copy = await copier.CopyAsync(name, (done, total) => terminal.Progress($"copy {copies.Count + failures.Count + 1} of {streams.Count}", done, total), ct);
                }
                catch (Exception e) when (IsOfOneStream(e))
                {
                    // The others are copied all the same.
                    terminal.EndProgress();
                    terminal.Fail(e.Message);
                    failures.Add((name, e.Message));
                    continue;
                }

                copies.Add(copy);
                damage.AddRange(verify ? Verify(target, copy) : []);
                terminal.EndProgress();
                if (!json)
                {
                    terminal.Output.WriteLine(Line(copy));
                }
            }
        }
        catch (OperationCanceledException)
        {
            terminal.Fail($"stopped after {copies.Count} of {streams.Count} streams; the same command goes on from there");
            return ExitCode.No;
        }

        foreach (var line in damage)
        {
            terminal.Fail(line);
        }

        terminal.Output.WriteLine(json ? Json(from, to, copies, failures, verify, damage) : Summary(from, to, copies, failures, verify, damage));
        return failures.Count > 0 ? ExitCode.BadInput : damage.Count == 0 ? ExitCode.Done : ExitCode.No;
    }

    // Other events in the target, damage in the source, somebody at work on it: nothing that another stream need have.
    private static bool IsOfOneStream(Exception e) => e is StreamConflictException or StreamExistsException or StreamSealedException or StreamLockedException
        or StreamDamagedException or StreamNotFoundException or TornTailException;

    // What the source was read as, against what the target gives back.
    private static IEnumerable<string> Verify(IEventStore target, StreamCopy copy)
    {
        foreach (var line in StreamCheck.Damage(target, copy.Stream))
        {
            yield return $"{copy.Stream}: {line}";
        }

        if (StreamCheck.Hash(target, copy.Stream, copy.Events) is var hash && hash != copy.ContentHash)
        {
            yield return $"{copy.Stream}: the copy has content hash {hash}, the original {copy.ContentHash}";
        }
    }

    private static string Line(StreamCopy copy) =>
        FormattableString.Invariant($"{copy.Stream}  {copy.Events:N0} events, {(copy.Copied == copy.Events ? "all written" : copy.Copied == 0 ? "all there before" : $"{copy.Copied:N0} written")}, {(copy.Sealed ? "sealed" : "growing")}, {copy.ContentHash.ToString()[..12]}");

    private static string Summary(StoreLocation from, StoreLocation to, List<StreamCopy> copies, List<(StreamName Stream, string Problem)> failures, bool verify, List<string> damage) =>
        FormattableString.Invariant($"{copies.Count} streams, {copies.Sum(c => c.Events):N0} events ({copies.Sum(c => c.Copied):N0} written) from {from} to {to}{(!verify || copies.Count == 0 ? "" : damage.Count == 0 ? ", content hashes equal" : ", NOT EQUAL")}{(failures.Count == 0 ? "" : $"; {failures.Count} NOT copied: {string.Join(", ", failures.Select(f => f.Stream))}")}");

    private static string Json(StoreLocation from, StoreLocation to, List<StreamCopy> copies, List<(StreamName Stream, string Problem)> failures, bool verify, List<string> damage)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("from", from.Redacted);
            json.WriteString("to", to.Redacted);
            json.WriteStartArray("streams");
            foreach (var copy in copies)
            {
                json.WriteStartObject();
                json.WriteString("stream", copy.Stream.Value);
                json.WriteNumber("events", copy.Events);
                json.WriteNumber("copied", copy.Copied);
                json.WriteBoolean("sealed", copy.Sealed);
                json.WriteString("contentHash", copy.ContentHash.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("failures");
            foreach (var (name, problem) in failures)
            {
                json.WriteStartObject();
                json.WriteString("stream", name.Value);
                json.WriteString("problem", problem);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("verified", verify);
            json.WriteStartArray("damage");
            foreach (var line in damage)
            {
                json.WriteStringValue(line);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    private sealed record Filter(string? Stream, string? Symbol, string? Date, string? Run)
    {
        public string Prefix => Stream ?? (Date is not null ? "market/" : Run is not null ? "run/" : "");

        public bool Takes(StreamName name) =>
            (Symbol is null || (name.Parts[0] == "market" ? name.Parts[1] : name.Parts.Length > 2 ? name.Parts[2] : null) == Symbol)
            && (Date is null || (name.Parts[0] == "market" && name.Parts[2] == Date))
            && (Run is null || (name.Parts[0] == "run" && name.Parts[1].Contains(Run, StringComparison.Ordinal)));

        public override string ToString()
        {
            var parts = new List<string>();
            Add("beginning with", Stream);
            Add("of symbol", Symbol);
            Add("of UTC day", Date);
            Add("of run", Run);
            return string.Concat(parts);

            void Add(string what, string? value)
            {
                if (value is not null)
                {
                    parts.Add($" {what} {value}");
                }
            }
        }
    }
}
