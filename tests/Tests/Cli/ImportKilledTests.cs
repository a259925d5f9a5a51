using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli;

/// <summary>An import that is really killed, or interrupted, while it writes: nothing half-written is left where readers look.</summary>
public sealed class ImportKilledTests : IDisposable
{
    private const int Lines = 600_000;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_StoppedWhileItWrites_StoresNothingAndTheNextOneWorks(bool interrupt)
    {
        var store = Path.Combine(folder, "store");
        using var process = StartWriting(store);
        if (interrupt && !OperatingSystem.IsWindows())
        {
            Assert.Equal(0, InterruptSignal.Send(process.Id));
        }
        else
        {
            process.Kill();
        }

        Assert.True(process.WaitForExit(60_000));
        if (interrupt && !OperatingSystem.IsWindows())
        {
            Assert.Equal(1, process.ExitCode);
            Assert.Contains("stopped; nothing was stored", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(store, "*", SearchOption.AllDirectories));
        }

        var journal = new JournalStore(store, TimeProvider.System);
        Assert.Empty(journal.ListAsync().ToBlockingEnumerable());
        new Importer(journal, new ImportOptions()).Run(Samples.Nexo, "NEXOUSDT");
        Assert.Equal(2, journal.ListAsync().ToBlockingEnumerable().Count());
        Assert.Empty(Directory.GetDirectories(Path.Combine(store, ".detached")));
    }

    // Returns once the import has written something that is not yet in its place.
    private Process StartWriting(string store)
    {
        var file = Path.Combine(folder, "long.dat");
        using (var text = new StreamWriter(file))
        {
            var stamp = 1_721_749_182_850_494L;
            for (var i = 0; i < Lines; i++, stamp += 1_000)
            {
                text.Write(string.Create(CultureInfo.InvariantCulture, $"{stamp} {{\"e\":\"trade\",\"E\":{stamp / 1_000},\"s\":\"NEXOUSDT\",\"t\":{i},\"p\":\"1.21600000\",\"q\":\"10.82000000\",\"T\":{stamp / 1_000},\"m\":false,\"M\":true}}\n"));
            }
        }

        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "mm.dll"), "import", file, "--symbol", "NEXOUSDT", "--store", store },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var detached = Path.Combine(store, ".detached");
        while (!Directory.Exists(detached) || Directory.GetFiles(detached, "*.mmj", SearchOption.AllDirectories).Length == 0)
        {
            Assert.False(process.HasExited, $"the import ended before it could be stopped: {(process.HasExited ? process.StandardError.ReadToEnd() : "")}");
            Thread.Sleep(1);
        }

        return process;
    }
}
