using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>A capture whose disk fails: it ends with exit code 4 and says what failed; the line is not blamed.</summary>
public sealed class CaptureDiskTests : IDisposable
{
    private const long Midnight = 1_721_779_200_000_000_000;
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Store_IsAFile_ExitsWithFourBeforeTheVenueIsAsked()
    {
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "");
        var (code, output, error) = await CommandRun.Async(CaptureCommand.Create(), "capture", "--symbols", "NEXOUSDT", "--endpoint", "http://127.0.0.1:1", "--store", file);
        Assert.Equal((4, ""), (code, output));
        Assert.Contains($"--store {file} is a file; name a directory. Nothing was recorded.", error, StringComparison.Ordinal);
    }

    /// <summary>A file stands where a directory has to be: nothing can be written there, by root neither.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Start_TheDayCannotBeWritten_ExitsWithFourAndNamesIt()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        await File.WriteAllTextAsync(Path.Combine(folder, "market"), "");
        var (code, output, error) = await CommandRun.Async(CaptureCommand.Create(), "capture", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--for", "30m", "--store", folder);
        Assert.Equal((4, ""), (code, output));
        Assert.Contains("Writing stream market/NEXOUSDT/2024-07-23/", error, StringComparison.Ordinal);
        Assert.DoesNotContain("the connection broke", error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Midnight_TheNextDayCannotBeWritten_ExitsWithFourAndTheDayBeforeIsSealed()
    {
        // The clock stands until the capture listens, and then shows what it was sent: no machine is too slow to begin before midnight.
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Paused = true, Symbols = [o.Symbols[0] with { From = Midnight - 60_000_000_000 }] });
        Directory.CreateDirectory(Path.Combine(folder, "market", "NEXOUSDT"));
        await File.WriteAllTextAsync(Path.Combine(folder, "market", "NEXOUSDT", "2024-07-24"), "");
        var capturing = CommandRun.Async(CaptureCommand.Create(), "capture", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--for", "30m", "--store", folder);
        while (!capturing.IsCompleted && (await bench.ControlAsync("/sim/connections")).GetProperty("connections").GetArrayLength() == 0)
        {
            await Task.Delay(20);
        }

        await bench.ControlAsync("/sim/resume", post: true);
        var (code, output, error) = await capturing;
        Assert.Equal((4, ""), (code, output));
        Assert.Contains("Writing stream market/NEXOUSDT/2024-07-24/", error, StringComparison.Ordinal);
        Assert.DoesNotContain("the connection broke", error, StringComparison.Ordinal);
        var day = Assert.Single(MarketCatalog.Of(new JournalStore(folder, TimeProvider.System), "NEXOUSDT"));
        Assert.Equal(("2024-07-23", true), (day.Name.Parts[2], day.Manifest is not null));
    }

    /// <summary>What is told every event fails as a full disk does: the capture ends by that, and no loss of the connection is recorded or counted.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Receiver_Fails_EndsTheCaptureWithItsOwnFailure()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "200");
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        var told = new List<string>();
        var failing = new List<Exception>();
        var options = new CaptureOptions
        {
            Symbols = ["NEXOUSDT"],
            Endpoint = bench.Endpoint,
            Tap = _ => new FailingTap(),
            Failing = failing.Add,
        };
        using (var session = await CaptureSession.StartAsync(options, bench.Store, clock, _ => { }, default))
        {
            session.OnIncident = incident =>
            {
                lock (told)
                {
                    told.Add(incident.Text);
                }
            };
            var failure = await Assert.ThrowsAsync<IOException>(() => session.RunAsync(() => "", default).WaitAsync(TimeSpan.FromSeconds(60)));
            Assert.Equal("no space left on the tap", failure.Message);
            Assert.Same(failure, Assert.Single(failing));
        }

        Assert.DoesNotContain(told, t => t.Contains("broke", StringComparison.Ordinal));
        var stream = Assert.Single(bench.Store.ListAsync("market/NEXOUSDT/").ToBlockingEnumerable().ToArray());
        var log = new EventLog();
        CaptureBench.Walk(bench.Store, stream.Value, log);
        Assert.All(log.Of<ConnectionChanged>(), c => Assert.True(c.Up));
    }

    private sealed class FailingTap : IMarketTap
    {
        private int diffs;

        public long Floor => 0;

        public void OnRead(long timestamp)
        {
        }

        public void On<T>(RecordedDay day, in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (typeof(T) == typeof(DepthDiff) && ++diffs == 20)
            {
                throw new IOException("no space left on the tap");
            }
        }

        public void OnClock(long now)
        {
        }

        public void WriteOut()
        {
        }

        public void Flush()
        {
        }

        public void End(string reason)
        {
        }
    }
}
