using System.CommandLine;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>A half-open window of receive stamps in nanoseconds since the epoch.</summary>
/// <param name="From">First stamp inside.</param>
/// <param name="To">First stamp after it.</param>
/// <param name="Label">The window as the user would say it.</param>
public sealed record Window(long From, long To, string Label)
{
    /// <summary>Everything there is.</summary>
    public static readonly Window All = new(long.MinValue, long.MaxValue, "everything recorded");
}

/// <summary>The flags that name a window: --date with --zone, or --from and --to.</summary>
public sealed class WindowOptions
{
    private readonly Option<string?> date = new("--date") { Description = "A day, such as 2024-07-24, from midnight to midnight in the zone.", HelpName = "DAY" };
    private readonly Option<string> zone = new("--zone") { Description = "Time zone of --date, --from and --to: a tz database name such as Asia/Taipei.", HelpName = "ZONE", DefaultValueFactory = _ => "UTC" };
    private readonly Option<string?> from = new("--from") { Description = "Start: 2024-07-24T09:30 in the zone, or with Z or an offset.", HelpName = "TIME" };
    private readonly Option<string?> to = new("--to") { Description = "End, not included; written as --from.", HelpName = "TIME" };

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(date);
        command.Options.Add(zone);
        command.Options.Add(from);
        command.Options.Add(to);
    }

    /// <summary>The flags that were given, for commands to which they mean nothing.</summary>
    public IEnumerable<string> Given(ParseResult parsed) => new Option[] { date, zone, from, to }.Where(o => parsed.GetResult(o) is { Implicit: false }).Select(o => o.Name);

    /// <summary>The window that was named; null when none was.</summary>
    /// <exception cref="UsageException">Says which flag cannot be read and what it should look like.</exception>
    public Window? Read(ParseResult parsed)
    {
        var zoneName = parsed.GetValue(zone)!;
        var timeZone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(zoneName)
            ?? throw new UsageException($"--zone {zoneName} is not a time zone; use a tz database name such as UTC, Asia/Taipei or America/New_York.");
        var dateText = parsed.GetValue(date);
        var fromText = parsed.GetValue(from);
        var toText = parsed.GetValue(to);
        if (dateText is not null)
        {
            if (fromText is not null || toText is not null)
            {
                throw new UsageException("Give either --date or --from and --to, not both.");
            }

            var day = LocalDatePattern.Iso.Parse(dateText);
            if (!day.Success)
            {
                throw new UsageException($"--date {dateText} is not a day; write it as 2024-07-24.");
            }

            // The day itself first: the day after the last one that can be written cannot be computed.
            var start = Moments.Stamp(timeZone.AtStartOfDay(day.Value).ToInstant(), $"--date {dateText}");
            var end = Moments.Stamp(timeZone.AtStartOfDay(day.Value.PlusDays(1)).ToInstant(), $"--date {dateText}");
            return new Window(start, end, zoneName == "UTC" ? $"{dateText} UTC" : $"{dateText} in {zoneName}");
        }

        if (fromText is null && toText is null)
        {
            return null;
        }

        var first = fromText is null ? long.MinValue : Moments.Stamp(Moments.Parse(fromText, timeZone, "--from"), $"--from {fromText}");
        var last = toText is null ? long.MaxValue : Moments.Stamp(Moments.Parse(toText, timeZone, "--to"), $"--to {toText}");
        if (first >= last)
        {
            throw new UsageException($"--from {fromText} is not before --to {toText}.");
        }

        return new Window(first, last, $"{fromText ?? "the beginning"} to {toText ?? "the end"}{(zoneName == "UTC" ? "" : $" in {zoneName}")}");
    }
}
