using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Cli;

/// <summary>A backtest that is interrupted, and commands that read a store which is not there.</summary>
public sealed class BacktestStoppedTests : IDisposable
{
    private const int SignalInterrupt = 2;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Ctrl-C in the middle of a run: it is said, the exit code tells it, and no file of the run is left.</summary>
    [Fact]
    public void Backtest_Interrupted_SaysSoAndLeavesNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var store = Path.Combine(folder, "store");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "mm.dll"), "backtest", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--zone", "Asia/Taipei", "--store", store },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var detached = Path.Combine(store, ".detached");
        while (!Directory.Exists(detached) || Directory.GetFiles(detached, "*.mmj", SearchOption.AllDirectories).Length == 0)
        {
            Assert.False(process.HasExited, "the backtest ended before it could be stopped");
            Thread.Sleep(1);
        }

        Assert.Equal(0, Signal(process.Id, SignalInterrupt));
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal((1, ""), (process.ExitCode, process.StandardOutput.ReadToEnd()));
        Assert.Contains("mm: stopped; nothing was stored", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(store, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Book_StoreThatIsNotThere_ReadsTheSamplesAndSaysSo()
    {
        var absent = Path.Combine(folder, "absent");
        var (code, output, error) = Book("--store", absent);
        Assert.Equal(0, code);
        Assert.Contains("\"lastUpdateId\":134331742", output, StringComparison.Ordinal);
        Assert.Contains($"--store {absent}: there is no such directory; only the bundled samples are read.", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(absent));

        Directory.CreateDirectory(absent);
        Assert.Equal("", Book("--store", absent).Error);
    }

    private static (int Code, string Output, string Error) Book(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = new RootCommand { BookCommand.Create() }.Parse(["book", "--symbol", "NEXOUSDT", "--json", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Signal(int process, int signal);
}
