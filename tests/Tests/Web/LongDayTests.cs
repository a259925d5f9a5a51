using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
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
/// A liquid symbol's day in Chromium: an hour in this process by default; in the soak a whole day of 5.1 million events
/// under <c>mm serve</c>, as it was never opened before and with its index kept, by a server that has just been started and by one that
/// has shown another run. That the browser never holds the day is held by what it may receive; times are measured and written
/// down (bench/results/viewer.md), and bounded in the soak only.
/// </summary>
[Collection(BrowserCollection.Name)]
public sealed class LongDayTests(BrowserFixture browser, ITestOutputHelper output)
{
    private const long Hour = 3_600_000_000_000;

    // What a page needs before somebody can work with it: charts that are drawn and the book at the cursor, in a frame that was shown.
    private const string Usable = """
        window.watchUsable = () => {
          window.usable = undefined;
          const look = () => {
            if (document.querySelector('.plots canvas') && document.querySelector('.ladder tr.bid')) requestAnimationFrame(() => window.usable = performance.now());
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        };
        window.watchUsable();
        """;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task LongDay_OpenedScrubbedAndPlayed_SendsTheBrowserLittleOfIt()
    {
        using var folder = new TempFolder();
        using var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var run = Make(stores, 1, quotesEvery: 0);
        await using var viewer = await Viewer.StartAsync(new ViewerOptions { Stores = stores, Timers = TimeProvider.System });
        await using var seen = await OpenAsync(viewer.Address, run);
        await seen.ScrubAsync();
        await seen.AssertBookAtTheEndAsync(stores);
        await seen.PlayAsync("300");

        // Charts of a window, situations and pages of the log: what was looked at, however long the day is.
        Assert.InRange(seen.Received, 100_000, 30_000_000);
        Assert.Equal("", seen.Wrong);
    }

    [Fact]
    [Trait("Category", "Soak")]
    public async Task WholeDay_OpenedScrubbedAndPlayed_StaysFluid()
    {
        using var folder = new TempFolder();
        using (var sample = typeof(Viewer).Assembly.GetManifestResourceStream("WarmUp/sample.zip")!)
        {
            // The other run.
            ZipFile.ExtractToDirectory(sample, folder);
        }

        using var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var run = Make(stores, 24, quotesEvery: 6);
        Assert.InRange(new MarketDays(stores).Of("BTCUSDT").Single().Info.Version, 5_000_000, 5_300_000);
        var slow = new List<string>();
        foreach (var (kept, other) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            if (!kept)
            {
                Directory.GetDirectories(folder, "snapshots", SearchOption.AllDirectories).ToList().ForEach(d => Directory.Delete(d, recursive: true));
            }

            using var server = Server.Start(folder);
            await using var seen = await ClickAsync(server, run, other);
            var name = $"{(kept ? "index kept" : "never opened before")}, {(other ? "another run opened before" : "server started 2 s before")}";
            var described = await seen.DescribeAsync();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {described}; server {seen.UsableProcessorSeconds:0.00} s of a core from the click until then, {server.ProcessorSeconds:0.00} s in all and {server.Megabytes} MB when all is read"));
            if (seen.UsableMilliseconds >= 1_000)
            {
                slow.Add($"{name}: {seen.UsableMilliseconds:0} ms");
            }

            // What others do on the machine is in the milliseconds, and not in the server's own work.
            Assert.True(seen.UsableProcessorSeconds < 1.5, $"the server worked {seen.UsableProcessorSeconds:0.00} s for the page");
            if (!kept || !other)
            {
                continue;
            }

            var scrubbed = await seen.ScrubAsync();
            await seen.AssertBookAtTheEndAsync(stores);
            var (played, fast) = (await seen.PlayAsync("300"), await seen.PlayAsync("5000"));
            var heap = await seen.HeapAsync();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  scrubbing {scrubbed}; playing at 300× {played}; at 5000× {fast}; {seen.Received / 1e6:0.00} MB received, page's heap {heap:0} MB; server {server.Megabytes} MB, {server.ProcessorSeconds:0.0} s of a core"));
            Assert.InRange(seen.Received, 100_000, 30_000_000);
            Assert.True(scrubbed.Most < 40 && played.Most < 40 && fast.Most < 40, "one frame in twenty takes longer than 40 ms");
            Assert.Equal("", seen.Wrong);
        }

        // Of the program as it is used, compiled ahead, on a machine with nothing else to do.
        Assert.True(Server.Program is null || slow.Count == 0, string.Join("; ", slow));
    }

    // As a user: from the list, by a click.
    private async Task<SeenDay> ClickAsync(Server server, StoredRun run, bool afterAnother)
    {
        var watched = await browser.PageAsync();
        var page = watched.Page;
        var seen = new SeenDay(watched);
        await page.AddInitScriptAsync(Usable);
        await page.GotoAsync(server.Address.GetLeftPart(UriPartial.Authority));
        var link = page.Locator("#runs a.name").GetByText(run.Name.Parts[1]);
        await link.WaitForAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        if (afterAnother)
        {
            await page.Locator("#runs a.name").GetByText("nexousdt").ClickAsync();
            await page.WaitForFunctionAsync("() => window.usable");
            await page.Locator("h1").ClickAsync();
            await page.Keyboard.PressAsync("b");
            await link.WaitForAsync();
        }

        var before = server.ProcessorSeconds;
        await page.EvaluateAsync("() => { performance.clearResourceTimings(); window.watchUsable(); addEventListener('click', () => window.clicked = performance.now(), { capture: true, once: true }); }");
        var clock = Stopwatch.StartNew();
        await link.ClickAsync();
        await page.WaitForFunctionAsync("() => window.usable");
        seen.UsableProcessorSeconds = server.ProcessorSeconds - before;
        seen.UsableMilliseconds = await page.EvaluateAsync<double>("() => window.usable - window.clicked");
        await Expect(page.Locator(".indexed")).ToHaveTextAsync("");
        seen.IndexedMilliseconds = clock.ElapsedMilliseconds;
        return seen;
    }

    private async Task<SeenDay> OpenAsync(Uri address, StoredRun run)
    {
        var watched = await browser.PageAsync();
        var seen = new SeenDay(watched);
        await watched.Page.AddInitScriptAsync(Usable);
        await watched.Page.GotoAsync($"{address.GetLeftPart(UriPartial.Authority)}/run/{run.Name.Parts[1]}/BTCUSDT");
        await watched.Page.WaitForFunctionAsync("() => window.usable");
        await Expect(watched.Page.Locator(".indexed")).ToHaveTextAsync("");
        return seen;
    }

    private static StoredRun Make(StoreSet stores, int hours, int quotesEvery)
    {
        var source = SampleRuns.Stores.Primary;
        var names = source.ListAsync("market/BTCUSDT/").ToBlockingEnumerable().OrderBy(n => n.Value, StringComparer.Ordinal);
        new DayGenerator(stores.Primary, Tile.Read(names.Select(n => source.OpenSource(n))), quotesEvery).Run(1_723_075_200_000_000_000, hours * Hour);
        var request = new BacktestRequest { Symbol = "BTCUSDT", Configuration = StrategyConfiguration.Default.With("gamma", "0.001").With("min_half_spread", "2") };
        using var recorder = new RunRecorder(stores.Primary);
        var result = new Backtester(request, [.. new MarketDays(stores).Of("BTCUSDT").Select(d => d.ToInput())], recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return new RunFinder(stores).Find(result.Started.Run);
    }

    private sealed record Frames(int Count, double Median, double Most, double Longest)
    {
        public static Frames Of(double[] times)
        {
            var sorted = times.Order().ToArray();
            return new Frames(sorted.Length, sorted[sorted.Length / 2], sorted[sorted.Length * 95 / 100], sorted[^1]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} frames of median {Median:0.0}, 95 % {Most:0.0}, longest {Longest:0.0} ms");
    }

    /// <summary>A page that shows a run of the day.</summary>
    private sealed class SeenDay : IAsyncDisposable
    {
        private const string Watch = "() => { window.watching = []; let last = performance.now(); const next = now => { window.watching.push(now - last); last = now; if (window.watching) requestAnimationFrame(next); }; requestAnimationFrame(next); }";
        private const string Watched = "() => { const seen = window.watching; window.watching = []; return seen; }";

        private readonly WatchedPage watched;
        private readonly ILocator slider;
        private long received;

        public SeenDay(WatchedPage watched)
        {
            this.watched = watched;
            slider = watched.Page.GetByRole(AriaRole.Slider);
            watched.Page.Response += (_, response) => Interlocked.Add(ref received, long.Parse(response.Headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture));
        }

        public double UsableMilliseconds { get; set; }

        public double UsableProcessorSeconds { get; set; }

        public long IndexedMilliseconds { get; set; }

        public long Received => Interlocked.Read(ref received);

        public string Wrong => watched.Wrong;

        private IPage Page => watched.Page;

        public async Task<string> DescribeAsync()
        {
            var requests = await Page.EvaluateAsync<string[]>("() => performance.getEntriesByType('resource').filter(r => r.name.includes('/api/') && !r.name.includes('follow')).slice(0, 5).map(r => `${r.name.split('/api/')[1].split('?')[0]} ${Math.round(r.duration)}`)");
            return string.Create(CultureInfo.InvariantCulture, $"usable after {UsableMilliseconds:0} ms, all read after {IndexedMilliseconds} ms (answers in ms: {string.Join(", ", requests)})");
        }

        /// <summary>The pointer dragged along the time line and back, as fast as the page answers.</summary>
        public async Task<Frames> ScrubAsync()
        {
            var box = (await slider.BoundingBoxAsync())!;
            var y = box.Y + (box.Height / 2);
            await Page.Mouse.MoveAsync(box.X + 2, y);
            await Page.EvaluateAsync(Watch);
            await Page.Mouse.DownAsync();
            await Page.Mouse.MoveAsync(box.X + box.Width - 2, y, new MouseMoveOptions { Steps = 90 });
            await Page.Mouse.MoveAsync(box.X + (box.Width / 3), y, new MouseMoveOptions { Steps = 40 });
            await Page.Mouse.UpAsync();
            await Expect(slider).ToHaveAttributeAsync("aria-valuenow", new System.Text.RegularExpressions.Regex("^33[0-9]$"));
            return Frames.Of(await Page.EvaluateAsync<double[]>(Watched));
        }

        public async Task AssertBookAtTheEndAsync(StoreSet stores)
        {
            await slider.FocusAsync();
            await Page.Keyboard.PressAsync("End");
            await Expect(slider).ToHaveAttributeAsync("aria-valuenow", "1000");
            var last = BookAt.End(new MarketDays(stores).Of("BTCUSDT").Single());
            Assert.Equal(8, last.Book.Instrument.PriceDecimals);
            await Expect(Page.Locator(".ladder tr.bid .price").First).ToHaveTextAsync(Grouped(last.Book.Tracker.Book.Bids.BestPrice / 1e8m));
        }

        public async Task<Frames> PlayAsync(string speed)
        {
            await slider.FocusAsync();
            await Page.Keyboard.PressAsync("Home");
            await Expect(slider).ToHaveAttributeAsync("aria-valuenow", "0");
            await Page.GetByLabel("Speed").SelectOptionAsync(speed);
            await Page.Locator("h1").ClickAsync();
            await Page.Keyboard.PressAsync(" ");
            await Page.WaitForFunctionAsync("() => window.viewer.frames().length > 120");
            await Page.Keyboard.PressAsync(" ");
            await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Play" })).ToBeVisibleAsync();
            return Frames.Of([.. (await Page.EvaluateAsync<double[]>("() => [...window.viewer.frames()]")).Skip(1)]);
        }

        public Task<double> HeapAsync() => Page.EvaluateAsync<double>("() => performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0");

        public ValueTask DisposeAsync() => watched.DisposeAsync();

        // Prices with thin spaces between thousands, as the pages write them.
        private static string Grouped(decimal price)
        {
            var text = (price / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture).Split('.');
            var whole = long.Parse(text[0], CultureInfo.InvariantCulture).ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u2009');
            return text.Length > 1 ? $"{whole}.{text[1]}" : whole;
        }
    }

    /// <summary>
    /// <c>mm serve</c> as a process of its own, so that its memory is its own. MM_VIEWER_PROGRAM names another mm than the one
    /// built with the tests, such as the one that ./mm compiles ahead.
    /// </summary>
    private sealed class Server : IDisposable
    {
        private readonly Process process;

        private Server(Process process, Uri address)
        {
            this.process = process;
            Address = address;
        }

        public static string? Program { get; } = Environment.GetEnvironmentVariable("MM_VIEWER_PROGRAM");

        public Uri Address { get; }

        public long Megabytes
        {
            get
            {
                process.Refresh();
                return process.WorkingSet64 / 1_000_000;
            }
        }

        public double ProcessorSeconds
        {
            get
            {
                process.Refresh();
                return process.TotalProcessorTime.TotalSeconds;
            }
        }

        public static Server Start(string store)
        {
            var start = new ProcessStartInfo(Program ?? Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
            foreach (var argument in (string[])[.. Program is null ? [Path.Combine(AppContext.BaseDirectory, "mm.dll")] : Array.Empty<string>(), "serve", "--store", store, "--port", "0", "--json"])
            {
                start.ArgumentList.Add(argument);
            }

            var process = Process.Start(start)!;
            var said = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("mm serve said nothing.");
            return new Server(process, new Uri(JsonDocument.Parse(said).RootElement.GetProperty("address").GetString()!));
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
