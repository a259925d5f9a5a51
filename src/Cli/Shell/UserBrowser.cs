using System.ComponentModel;
using System.Diagnostics;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Opens pages for the user: with the program that the variable BROWSER names, otherwise with the system's own.</summary>
internal static class UserBrowser
{
    /// <summary>Opens a page; when no program can be started, a note says so and what to do.</summary>
    /// <param name="page">An address, or the path of a file.</param>
    /// <param name="advice">What the user can do instead.</param>
    /// <param name="terminal">Where the note goes.</param>
    public static void Open(string page, string advice, Terminal terminal)
    {
        // As other programs take it: names with a colon between them, the first of them.
        var named = Environment.GetEnvironmentVariable("BROWSER")?.Split(Path.PathSeparator)[0];
        try
        {
            using var browser = Process.Start(string.IsNullOrWhiteSpace(named) ? new ProcessStartInfo(page) { UseShellExecute = true } : new ProcessStartInfo(named, [page]));
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            terminal.Note($"no browser could be started ({e.Message}); {advice}.");
        }
    }
}
