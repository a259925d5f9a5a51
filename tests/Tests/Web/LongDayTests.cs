using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Bench.Days;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Web;
using Microsoft.Playwright;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace EventSourcedMM.Tests.Web;

/// <summary>
/// A liquid symbol's day in Chromium: three hours by default, a whole day of 3.5 million events in the soak. That the browser
/// never holds the day is held by what it may receive; times are measured and written down, and bounded in the soak only.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class LongDayTests(BrowserFixture browser, ITestOutputHelper output)
{
    private const long Hour = 3_600_000_000_000;

    [Fact]
    [Trait("Category", "Slow")]
    public Task LongDay_OpenedScrubbedAndPlayed_SendsTheBrowserLittleOfIt() => RunAsync(3, bounded: false);

    [Fact]
    [Trait("Category", "Soak")]
    public Task WholeDay_OpenedScrubbedAndPlayed_StaysFluid() => RunAsync(24, bounded: true);

    private async Task RunAsync(int hours, bool bounded)
    {
        using var folder = new TempFolder();
        using var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var run = Make(stores, hours);
        await using var viewer = await Viewer.StartAsync(new ViewerOptions { Stores = stores, Timers = TimeProvider.System });
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        var received = 0L;
        page.Response += (_, response) => Interlocked.Add(ref received, long.Parse(response.Headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture));
        var clock = Stopwatch.StartNew();
        await page.GotoAsync($"{viewer.Address.GetLeftPart(UriPartial.Authority)}/run/{run.Name.Parts[1]}/BTCUSDT");
        await Expect(page.Locator(".ladder tr.bid").First).ToBeVisibleAsync();
        var opened = clock.ElapsedMilliseconds;
        await Expect(page.Locator(".indexed")).ToHaveTextAsync("");
        var indexed = clock.ElapsedMilliseconds;

        var slider = page.GetByRole(AriaRole.Slider);
        await slider.FocusAsync();
        clock.Restart();
        const int steps = 30;
        for (var i = 0; i < steps; i++)
        {
            await page.Keyboard.PressAsync(i % 3 == 2 ? "PageUp" : "ArrowRight");
        }

        await page.Keyboard.PressAsync("End");
        await Expect(slider).ToHaveAttributeAsync("aria-valuenow", "1000");
        var scrubbed = clock.ElapsedMilliseconds / (double)steps;
        var last = BookAt.End(new MarketDays(stores).Of("BTCUSDT").Single());
        var bid = last.Book.Instrument.PriceDecimals == 8 ? last.Book.Tracker.Book.Bids.BestPrice / 1e8m : throw new InvalidOperationException("The sample's scale changed.");
        await Expect(page.Locator(".ladder tr.bid .price").First).ToHaveTextAsync(Grouped(bid));

        await page.Keyboard.PressAsync("Home");
        await page.GetByLabel("Speed").SelectOptionAsync("300");
        await page.Locator("h1").ClickAsync();
        await page.Keyboard.PressAsync(" ");
        await page.WaitForFunctionAsync("() => window.viewer.frames().length > 120");
        await page.Keyboard.PressAsync(" ");
        var frames = (await page.EvaluateAsync<double[]>("() => [...window.viewer.frames()]")).Skip(1).Order().ToArray();
        var heap = await page.EvaluateAsync<double>("() => performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{hours} h, {last.Book.Sequence:N0} market events: opened {opened} ms, indexed {indexed} ms, a step of scrubbing {scrubbed:0} ms, {frames.Length} frames of median {frames[frames.Length / 2]:0.0} ms and 95 % {frames[frames.Length * 95 / 100]:0.0} ms, {received / 1e6:0.00} MB received, heap {heap:0} MB"));

        // Charts of a window, situations and pages of the log: what was looked at, however long the day is.
        Assert.InRange(received, 100_000, 30_000_000);
        Assert.Equal("", watched.Wrong);
        if (bounded)
        {
            Assert.True(frames[frames.Length / 2] < 40, "half of the frames take longer than 40 ms");
            Assert.True(opened < 5_000, $"the page needed {opened} ms to show the book");
        }
    }

    // Prices with thin spaces between thousands, as the pages write them.
    private static string Grouped(decimal price)
    {
        var text = (price / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture).Split('.');
        var whole = long.Parse(text[0], CultureInfo.InvariantCulture).ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u2009');
        return text.Length > 1 ? $"{whole}.{text[1]}" : whole;
    }

    private static StoredRun Make(StoreSet stores, int hours)
    {
        var source = SampleRuns.Stores.Primary;
        var names = source.ListAsync("market/BTCUSDT/").ToBlockingEnumerable().OrderBy(n => n.Value, StringComparer.Ordinal);
        new DayGenerator(stores.Primary, Tile.Read(names.Select(n => source.OpenSource(n))), bookTickers: false).Run(1_723_075_200_000_000_000, hours * Hour);
        var request = new BacktestRequest { Symbol = "BTCUSDT", Configuration = StrategyConfiguration.Default.With("gamma", "0.001").With("min_half_spread", "2") };
        using var recorder = new RunRecorder(stores.Primary);
        var result = new Backtester(request, [.. new MarketDays(stores).Of("BTCUSDT").Select(d => d.ToInput())], recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return new RunFinder(stores).Find(result.Started.Run);
    }
}
