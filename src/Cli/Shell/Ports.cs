using System.Globalization;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Ports that a user names.</summary>
internal static class Ports
{
    /// <summary>Reads one.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="text">What it says.</param>
    /// <param name="least">The least that is allowed: 0 where a free one is picked for it.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static int Read(string option, string text, int least = 0) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port >= least && port <= 65_535
            ? port
            : throw new UsageException($"{option} {text} is not a port from {least} to 65535.");

    /// <summary>True for what a server throws whose port somebody else has.</summary>
    public static bool IsTaken(Exception e) => e is IOException && e.Message.Contains("Failed to bind", StringComparison.Ordinal);
}
