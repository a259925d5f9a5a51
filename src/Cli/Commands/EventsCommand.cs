using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm events</c>: the events of a run or of any stream, one JSON object a line.</summary>
public static class EventsCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("events", "Print the events of a run or a stream, one JSON object a line.");
        var stream = new Argument<string>("RUN|STREAM") { Description = "A run's name or a part of it, or a stream such as market/NEXOUSDT/2024-07-23/…" };
        var types = new Option<string?>("--type") { Description = "Only these types, separated by commas, such as orderFilled,quoteDecided.", HelpName = "TYPES" };
        var from = new Option<string?>("--seq") { Description = "First sequence to print.", HelpName = "N" };
        var count = new Option<string?>("--count") { Description = "Print at most this many.", HelpName = "N" };
        command.Arguments.Add(stream);
        foreach (var option in (Option[])[types, from, count])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            using var stores = store.OpenToRead(parsed, terminal);
            var (journal, name) = Find(stores, parsed.GetValue(stream)!);
            var first = Number(parsed.GetValue(from), "--seq", 1);

            // What still grows may be asked for the next event, and then has none yet.
            if (journal.FindAsync(name).AsTask().GetAwaiter().GetResult() is { Sealed: true } info && first > info.Version)
            {
                throw new UsageException($"--seq {first}: {name} has events 1 to {info.Version}.");
            }

            Print(journal, name, Types(parsed.GetValue(types)), first, Number(parsed.GetValue(count), "--count", long.MaxValue), terminal);
            return ExitCode.Done;
        });
        return command;
    }

    private static (IEventStore Store, StreamName Name) Find(StoreSet stores, string text)
    {
        if (!text.StartsWith("market/", StringComparison.Ordinal) && !text.StartsWith("portfolio/", StringComparison.Ordinal))
        {
            var run = new RunFinder(stores).Find(text);
            return (run.Store, run.Name);
        }

        var name = StreamName.Parse(text);
        return stores.Find(name) is { } found ? (found.Store, name) : throw new UsageException($"There is no stream {name}; mm days lists what is stored.");
    }

    private static void Print(IEventStore store, StreamName name, HashSet<EventType>? wanted, long from, long count, Terminal terminal)
    {
        var lines = new EventLines();
        using var source = store.OpenSource(name, from);
        while (count > 0 && source.Read(out var header, out var payload))
        {
            if (wanted is null || wanted.Contains(header.Type))
            {
                terminal.Output.WriteLine(lines.Line(header, payload));
                count--;
            }
        }
    }

    private static HashSet<EventType>? Types(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var types = new HashSet<EventType>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var number = CodeNames<EventType>.Number(part);
            types.Add(number > 0 ? (EventType)number : throw new UsageException($"--type {part} is not a type of event; {(Nearest.Of(part, Enum.GetValues<EventType>().Select(Codes.Name)) is { } near ? $"did you mean {near}?" : "events-schema/index.json lists them.")}"));
        }

        return types;
    }

    private static long Number(string? text, string flag, long otherwise)
    {
        if (text is null)
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new UsageException($"{flag} {text} must be a whole number from 1.");
    }
}
