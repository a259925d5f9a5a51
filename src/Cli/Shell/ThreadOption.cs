using System.CommandLine;
using System.Globalization;

namespace EventSourcedMM.Cli.Shell;

/// <summary>The flag that says how many threads a replay may use; what comes out does not depend on it.</summary>
public sealed class ThreadOption
{
    private const int Most = 256;

    private readonly Option<string?> threads = new("--threads") { Description = "Threads to use; the result is the same with any number. Without it as many as the machine has.", HelpName = "N" };

    /// <summary>Adds the flag to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(threads);

    /// <summary>The number.</summary>
    /// <exception cref="UsageException">It is none from 1 to 256.</exception>
    public int Read(ParseResult parsed) => parsed.GetValue(threads) is not { } text ? Environment.ProcessorCount
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Most ? number
        : throw new UsageException($"--threads {text} must be a whole number from 1 to {Most}.");
}
