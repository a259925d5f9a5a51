using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Book;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Days;
using NodaTime;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm book</c>: the book of a recording at any moment.</summary>
public static class BookCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("book", "Print the book of a recorded day at any moment.");
        var symbol = new Option<string>("--symbol") { Description = "Symbol, such as NEXOUSDT.", HelpName = "S", Required = true };
        var at = new Option<string?>("--at") { Description = "Time: 2024-07-24T09:30 in the zone, or with Z or an offset. Without it, the end of the last day.", HelpName = "TIME" };
        var zone = new Option<string>("--zone") { Description = "Time zone of --at: a tz database name such as Asia/Taipei.", HelpName = "ZONE", DefaultValueFactory = _ => "UTC" };
        var sequence = new Option<string?>("--seq") { Description = "Event of a stored day: the book after it. Of the last day, or of --date.", HelpName = "N" };
        var date = new Option<string?>("--date") { Description = "Stored UTC day, such as 2024-07-24.", HelpName = "DAY" };
        var recording = new Option<string?>("--recording") { Description = "Recording to use where a day has several.", HelpName = "NAME" };
        var depth = new Option<string>("--depth") { Description = "Levels a side; 0 for all.", HelpName = "N", DefaultValueFactory = _ => "20" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        foreach (var option in (Option[])[symbol, at, zone, sequence, date, recording, depth, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var levels = Depth(parsed.GetValue(depth)!);
            using var stores = store.OpenToRead(parsed, terminal);
            var days = new MarketDays(stores, terminal.Warn);
            var found = Find(
                days,
                parsed.GetValue(symbol)!.ToUpperInvariant(),
                parsed.GetValue(at),
                parsed.GetValue(zone)!,
                Sequence(parsed.GetValue(sequence)),
                parsed.GetValue(date),
                parsed.GetValue(recording));
            var color = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
            terminal.Output.WriteLine(parsed.GetValue(json) ? BookJson.Write(found, levels) : BookLadder.Write(found, levels, color));
            return ExitCode.Done;
        });
        return command;
    }

    private static BookAt Find(MarketDays days, string symbol, string? at, string zone, long? sequence, string? date, string? recording)
    {
        if (at is not null && (sequence is not null || date is not null))
        {
            throw new UsageException("Give either --at, or --seq with --date, not both.");
        }

        var timeZone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone)
            ?? throw new UsageException($"--zone {zone} is not a time zone; use a tz database name such as UTC, Asia/Taipei or America/New_York.");
        if (at is not null)
        {
            return BookAt.Time(days, symbol, Moments.Stamp(Moments.Parse(at, timeZone, "--at"), $"--at {at}"), recording);
        }

        var all = days.Of(symbol);
        var day = all
            .Where(d => (date is null || d.Day == date) && (recording is null || d.Recording == recording))
            .OrderByDescending(d => d.Day, StringComparer.Ordinal)
            .ThenBy(d => d.UntrustedSeconds ?? double.MaxValue)
            .ThenByDescending(d => d.Info.LastTime)
            .FirstOrDefault();
        if (day is null)
        {
            // Says what there is instead.
            days.Select(symbol, long.MaxValue - 1, long.MaxValue, recording);
            throw new UsageException($"There is no day {date} of {symbol}.");
        }

        if (sequence is not { } wanted)
        {
            return BookAt.End(day);
        }

        return wanted >= 1 && wanted <= day.Info.Version
            ? BookAt.Sequence(day, wanted)
            : throw new UsageException($"--seq {wanted}: {day.Name} has events 1 to {day.Info.Version}; --date names another day.");
    }

    private static int Depth(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth)
            ? depth == 0 ? int.MaxValue : depth
            : throw new UsageException($"--depth {text} must be a whole number of levels, 0 for all.");

    private static long? Sequence(string? text) => text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence
        : throw new UsageException($"--seq {text} must be the number of an event, from 1.");
}
