using System.CommandLine;
using NodaTime;

namespace EventSourcedMM.Cli.Shell;

/// <summary>The flags that name one moment: --at with --zone.</summary>
/// <param name="meaning">What the command does with it.</param>
public sealed class MomentOptions(string meaning)
{
    private readonly Option<string?> at = new("--at") { Description = $"{meaning} 2024-07-24T09:30 in the zone, or with Z or an offset.", HelpName = "TIME" };
    private readonly Option<string> zone = new("--zone") { Description = "Time zone of --at: a tz database name such as Asia/Taipei.", HelpName = "ZONE", DefaultValueFactory = _ => "UTC" };

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(at);
        command.Options.Add(zone);
    }

    /// <summary>The moment in nanoseconds since the epoch; null when none was named.</summary>
    /// <exception cref="UsageException">Says which flag cannot be read and what it should look like.</exception>
    public long? Read(ParseResult parsed)
    {
        var name = parsed.GetValue(zone)!;
        var timeZone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(name)
            ?? throw new UsageException($"--zone {name} is not a time zone; use a tz database name such as UTC, Asia/Taipei or America/New_York.");
        return parsed.GetValue(at) is { } text ? Moments.Stamp(Moments.Parse(text, timeZone, "--at"), "--at") : null;
    }
}
