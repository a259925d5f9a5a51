using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary><c>mm capture</c> as a process whose lines nobody reads: what it is there for goes on, and it ends when it is told to.</summary>
[Trait("Category", "Slow")]
public sealed class CaptureUnreadTests
{
    // A pipe that is full from the first line on, and stays open.
    private const string Script = """
        mkfifo "$0" && exec 3<>"$0"
        dd if=/dev/zero of="$0" oflag=nonblock bs=4096 count=1024 2>/dev/null
        exec "$@" >&3 2>"$0.error"
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Capture_ItsPipeIsFull_RecordsAndEndsWithSigterm()
    {
        using var folder = new TempFolder();
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        var (fifo, place) = (Path.Combine(folder, "fifo"), Path.Combine(folder, "store"));
        string[] command = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "mm.dll"), "capture", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", place, "--json"];
        using var process = Process.Start("sh", ["-c", Script, fifo, .. command]);
        try
        {
            // The first lines are said when the line is up, long before so much is recorded.
            await using var store = new JournalStore(place, TimeProvider.System);
            var began = Stopwatch.StartNew();
            while (Recorded(store) < 500)
            {
                Assert.True(began.Elapsed < Patience && !process.HasExited, "it does not record");
                await Task.Delay(20);
            }

            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }

            await process.WaitForExitAsync().WaitAsync(Patience);
            Assert.Equal((0, ""), (process.ExitCode, await File.ReadAllTextAsync(fifo + ".error")));
            Assert.NotNull(store.ReadManifest(Assert.Single(store.List("market/"))));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static long Recorded(JournalStore store) =>
        store.List("market/") is [var day] ? store.FindAsync(day).AsTask().GetAwaiter().GetResult()?.Version ?? 0 : 0;
}
