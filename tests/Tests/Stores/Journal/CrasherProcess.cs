using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventSourcedMM.Tests.Stores;

/// <summary>The tool that tests kill (tests/Tools/JournalCrasher), and the lines it has said.</summary>
internal sealed class CrasherProcess : IDisposable
{
    private readonly Process process;
    private readonly BlockingCollection<string> lines = [];
    private readonly Task reading;

    private CrasherProcess(Process process)
    {
        this.process = process;
        reading = Task.Run(() =>
        {
            // Only whole lines count: of a line that was cut by the kill nobody knows what it said.
            var text = process.StandardOutput;
            var line = new System.Text.StringBuilder();
            for (var c = text.Read(); c >= 0; c = text.Read())
            {
                if (c == '\n')
                {
                    lines.Add(line.ToString());
                    line.Clear();
                }
                else
                {
                    line.Append((char)c);
                }
            }

            lines.CompleteAdding();
        });
    }

    public int ExitCode => process.ExitCode;

    public static CrasherProcess Start(params string[] args) => Start("dotnet", [Tool, .. args]);

    /// <summary>Runs it with a limit of so many KiB on the size of any file it writes.</summary>
    public static CrasherProcess StartWithFileLimit(int kibibytes, params string[] args) =>
        Start("bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; exec dotnet \"$@\"", "crasher", Tool, .. args]);

    /// <summary>The next line; null when it has ended.</summary>
    public string? Line() => lines.TryTake(out var line, TimeSpan.FromSeconds(60)) ? line : lines.IsCompleted ? null : throw new TimeoutException("The crasher says nothing.");

    /// <summary>All lines until it ends by itself.</summary>
    public List<string> ToEnd()
    {
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "the crasher does not end");
        reading.Wait();
        return [.. lines];
    }

    /// <summary>SIGKILL, and every line that it said before.</summary>
    public List<string> Kill()
    {
        process.Kill();
        process.WaitForExit();
        reading.Wait();
        return [.. lines];
    }

    public void Say(string line) => process.StandardInput.WriteLine(line);

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
        lines.Dispose();
    }

    private static string Tool => Path.Combine(AppContext.BaseDirectory, "JournalCrasher.dll");

    private static CrasherProcess Start(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };

        // The runtime maps its code through a file, which a limit on file sizes would hit.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return new CrasherProcess(Process.Start(start)!);
    }
}
