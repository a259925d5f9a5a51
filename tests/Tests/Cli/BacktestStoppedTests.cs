using System.CommandLine;
using System.Diagnostics;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli;

/// <summary>A backtest that is interrupted, and commands that read a store which is not there.</summary>
public sealed class BacktestStoppedTests : IDisposable
{
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

        // The run takes a third of a second: where it was over before the signal arrived, it is tried again.
        for (var attempt = 1; !Interrupted(Path.Combine(folder, $"store{attempt}")); attempt++)
        {
            Assert.True(attempt < 20, "no run of twenty could be stopped before it was over");
        }
    }

    // False when the run was complete before it could be stopped; what is asserted of a stopped one is asserted here.
    private static bool Interrupted(string store)
    {
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
            if (process.HasExited)
            {
                Assert.Equal(0, process.ExitCode);
                return false;
            }

            Thread.Sleep(1);
        }

        _ = InterruptSignal.Send(process.Id);
        Assert.True(process.WaitForExit(60_000));
        var output = process.StandardOutput.ReadToEnd();
        if (process.ExitCode == 0)
        {
            Assert.Contains("run   backtest-nexousdt", output, StringComparison.Ordinal);
            return false;
        }

        Assert.Equal((1, ""), (process.ExitCode, output));
        Assert.Contains("mm: stopped; nothing was stored", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(store, "*", SearchOption.AllDirectories));
        return true;
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
}
