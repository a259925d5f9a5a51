using System.Globalization;

namespace EventSourcedMM.Tests.Support;

/// <summary>
/// The signal that asks a child to stop: Ctrl-C's, or where this process was started with that one ignored (a shell's
/// background job), which children inherit, the request to terminate. The program treats both alike.
/// </summary>
internal static class InterruptSignal
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    /// <summary>Its number.</summary>
    public static int Number { get; } = IsIgnored(Interrupt) ? Terminate : Interrupt;

    private static bool IsIgnored(int signal)
    {
        const string status = "/proc/self/status";
        var line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        return line is not null && ((ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1)) & 1) != 0;
    }
}
