using System.Globalization;
using System.Runtime.InteropServices;

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

    /// <summary>Sends it to a process; 0 when it was sent.</summary>
    public static int Send(int process) => Kill(process, Number);

    private static bool IsIgnored(int signal)
    {
        const string status = "/proc/self/status";
        var line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        return line is not null && ((ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1)) & 1) != 0;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
