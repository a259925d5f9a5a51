using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>What the venue refuses or does badly, one thing at a time.</summary>
[Trait("Category", "Slow")]
public sealed class VenueRefusesTests
{
    [Fact]
    public async Task Capture_LimitUsedUpBySomebodyElse_WaitsAndThenHasItsBook()
    {
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", "30", change: o => o with { WeightLimit = 1_000 });
        using var met = new CancellationTokenSource();
        Task? burning = null;
        var report = await bench.CaptureAsync(
            "BTCUSDT",
            s =>
            {
                if (burning is null && s.Symbols[0].Book == BookState.Synced)
                {
                    burning = bench.BurnAsync("BTCUSDT", met.Token);
                }

                if (s.Refusals > 0)
                {
                    met.Cancel();
                }

                return met.IsCancellationRequested && s.Symbols[0].Book == BookState.Synced;
            },
            TimeSpan.FromMinutes(1));
        await met.CancelAsync();
        await burning!;
        Assert.True(report.Refusals > 0, "the limit was not met");
        Assert.Equal(BookState.Synced, report.Symbols[0].Book);
        Assert.True(report.Holes[0].Until > report.Holes[0].From);
    }

    [Fact]
    public async Task Capture_HalfOpen_IsNoticedAndReplaced()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "200");
        var done = false;
        var report = await bench.CaptureAsync(
            "NEXOUSDT",
            s =>
            {
                if (!done && s.Symbols[0].Book == BookState.Synced)
                {
                    done = true;
                    _ = bench.ControlAsync("/sim/faults?kind=half-open", post: true);
                }

                return done && s.Holes > 0 && s.Symbols[0].Book == BookState.Synced;
            },
            TimeSpan.FromSeconds(60));
        Assert.Equal((1, 2), (report.Losses, report.Connections));
        Assert.Contains("half open", report.Holes[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Capture_SymbolThatTheVenueDoesNotHave_SaysSo()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "10");
        var failure = await Assert.ThrowsAsync<CaptureException>(() => bench.CaptureAsync("NEXOUSDT,NOSUCHUSDT", _ => true, TimeSpan.FromSeconds(20)));
        Assert.Contains("NOSUCHUSDT", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Capture_TwoThatBeginAtTheSameMoment_OneIsRefused()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        var options = new CaptureOptions { Symbols = ["NEXOUSDT"], Endpoint = bench.Endpoint };
        Task<CaptureSession> StartAsync() => CaptureSession.StartAsync(options, bench.Store, clock, _ => { }, default);
        using (await StartAsync())
        {
            // Not one event is stored yet.
            Assert.Empty(bench.Store.List());
            var second = await Assert.ThrowsAsync<CaptureException>(StartAsync);
            Assert.Contains("Another program is recording NEXOUSDT", second.Message, StringComparison.Ordinal);
        }

        using var next = await StartAsync();
    }

    [Fact]
    public async Task Capture_SecondOneIntoTheSameStore_IsRefused()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        Exception? second = null;
        var tried = false;
        await bench.CaptureAsync(
            "NEXOUSDT",
            s =>
            {
                if (!tried && s.Symbols[0].Durable > 0)
                {
                    tried = true;
                    second = Record.ExceptionAsync(() => bench.CaptureAsync("NEXOUSDT", _ => true, TimeSpan.FromSeconds(20))).GetAwaiter().GetResult();
                }

                return tried;
            },
            TimeSpan.FromSeconds(60));
        Assert.Contains("Another program is recording NEXOUSDT", Assert.IsType<CaptureException>(second).Message, StringComparison.Ordinal);
    }
}
