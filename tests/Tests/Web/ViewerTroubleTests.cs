using System.Net;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Live.Import;
using EventSourcedMM.Tests.Live.Trading;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Web;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using Samples = EventSourcedMM.Tests.Live.Samples;

namespace EventSourcedMM.Tests.Web;

/// <summary>The viewer in Chromium where something is missing, broken, lost or not over yet.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "Slow")]
public sealed class ViewerTroubleTests(BrowserFixture browser, ServedDay served)
{
    [Fact]
    public async Task EmptyStore_SaysWhatFillsIt()
    {
        using var folder = new TempFolder();
        using var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        await using var viewer = await StartAsync(stores);
        await using var watched = await browser.PageAsync();
        await watched.Page.GotoAsync(viewer.Address.AbsoluteUri);
        await Expect(watched.Page.Locator("#empty")).ToContainTextAsync("mm capture --symbols BTCUSDT");
        await Expect(watched.Page.Locator("#empty")).ToContainTextAsync(folder.Path);

        // What is stored meanwhile is there when the store is read again.
        using (var sample = typeof(Viewer).Assembly.GetManifestResourceStream("WarmUp/sample.zip")!)
        {
            System.IO.Compression.ZipFile.ExtractToDirectory(sample, folder);
        }

        await watched.Page.Keyboard.PressAsync("r");
        await Expect(watched.Page.Locator("#days tbody tr").First).ToBeVisibleAsync();
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task BrokenRun_ShowsWhereAndWhat_AndTheRestStaysReadable()
    {
        using var audited = new AuditedDay();
        var (broken, lost, whole) = (audited.Run("", AuditedDay.Utc("01:00"), AuditedDay.Utc("04:30")), audited.HalfHour(""), audited.HalfHour("gamma=3"));
        Flip(audited.Store, broken.Name);
        Flip(audited.Store, lost.Name);
        var finding = JournalVerifier.Verify(audited.Store.Root, broken.Name).Findings.First(f => f.IsDamage);
        await using var viewer = await StartAsync(audited.Stores);
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        var address = viewer.Address.GetLeftPart(UriPartial.Authority);
        await page.GotoAsync(address + served.PathOf(broken));
        await Expect(page.Locator("#damage")).ToContainTextAsync(finding.Message);
        await Expect(page.Locator("#damage")).ToContainTextAsync($"event {finding.Sequence}");
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator(".lines [aria-current=true]")).ToBeVisibleAsync();
        await Expect(page.Locator(".situation")).ToContainTextAsync("Quoting");

        // The other one was written in one batch: of that too everything before the damage is shown, and explained.
        var flaw = JournalVerifier.Verify(audited.Store.Root, lost.Name).Findings.First(f => f.IsDamage);
        await page.GotoAsync(address + served.PathOf(lost));
        await Expect(page.Locator("#damage")).ToContainTextAsync($"{lost.Name} is damaged at event {flaw.Sequence}");
        await Expect(page.Locator("#damage")).ToContainTextAsync($"Events 1 to {flaw.Sequence - 1} of it are shown.");
        await page.Locator(".goto").WaitForAsync();
        await page.Keyboard.PressAsync("End");
        await page.WaitForFunctionAsync($"() => window.viewer.at().endsWith('.{flaw.Sequence - 1}')");
        await page.Keyboard.PressAsync("w");
        await Expect(page.Locator(".explain .headline")).ToContainTextAsync("decision");

        await page.GotoAsync(address);
        await page.Locator("#runs").GetByText(whole.Name.Parts[1]).ClickAsync();

        // The list has no End key: the run's page has to stand, with its log, before one is pressed.
        await Expect(page.Locator(".lines button").First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator(".lines .runEnded")).ToBeVisibleAsync();
        await Expect(page.Locator("#damage")).ToHaveCountAsync(0);
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task List_WithAManifestThatWasChanged_NamesItAndListsTheOthers()
    {
        using var audited = new AuditedDay();
        var (broken, whole) = (audited.HalfHour(""), audited.HalfHour("gamma=3"));
        var manifest = Path.Combine(audited.Store.Root, broken.Name.Value, "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"events\"", "\"evnets\"", StringComparison.Ordinal));
        await using var viewer = await StartAsync(audited.Stores);
        await using var watched = await browser.PageAsync();
        await watched.Page.GotoAsync(viewer.Address.AbsoluteUri);
        await Expect(watched.Page.Locator("#runs tbody tr")).ToHaveCountAsync(2);
        await Expect(watched.Page.Locator("#runs tr.broken")).ToContainTextAsync("damaged");
        await Expect(watched.Page.Locator("#runs tr:not(.broken)").Last).ToContainTextAsync(whole.Name.Parts[1]);
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task LiveRunOnPaper_InProgress_StreamsIntoThePageUntilItEnds()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120");
        using var stores = new StoreSet(new JournalStore(bench.Store.Root, TimeProvider.System));
        var enough = false;
        var quoting = new TaskCompletionSource();
        var trading = Task.Run(() => LiveBench.TradeAsync(bench, "NEXOUSDT", session =>
        {
            if (session.Symbols[0].State.Orders.Count == 2)
            {
                quoting.TrySetResult();
            }

            return Volatile.Read(ref enough);
        }));
        Assert.NotSame(trading, await Task.WhenAny(quoting.Task, trading));
        await using var viewer = await StartAsync(stores);
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        var live = page.GetByRole(AriaRole.Button, new() { Name = "Live" });
        await page.GotoAsync(viewer.Address.AbsoluteUri);
        await Expect(page.Locator("#runs")).ToContainTextAsync("in progress");

        // The day that it records streams as well as the run does.
        await page.Locator("#days a.name").First.ClickAsync();
        await Expect(live).ToHaveAttributeAsync("aria-pressed", "true");
        await Streams(page);
        await page.Keyboard.PressAsync("b");
        await page.Locator("#runs a.name").ClickAsync();
        await Expect(live).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(page.Locator(".badges")).ToContainTextAsync("paper");
        await Streams(page);
        await Expect(page.Locator(".orders tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Locator(".orders tbody")).Not.ToContainTextAsync("—");

        // Looking at something earlier stops following; the run goes on, and the key goes back to its end.
        await page.Keyboard.PressAsync("D");
        await Expect(live).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(page.Locator(".lines [aria-current=true]")).ToContainTextAsync("decision");
        await page.Keyboard.PressAsync("l");
        await Streams(page);
        Volatile.Write(ref enough, true);
        var run = (await trading).Run;
        await Expect(live).ToBeHiddenAsync();
        await Expect(page.Locator(".badges")).Not.ToContainTextAsync("in progress");
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator(".lines .runEnded")).ToBeVisibleAsync();
        var stored = new RunFinder(stores).Find(run);
        Assert.True(new RunVerifier(stores).Verify((stored.Store, stored.Name)).Identical);

        // Paper is forked as a backtest is: the recording has all that happened.
        await page.Keyboard.PressAsync("D");
        await Expect(page.Locator(".lines [aria-current=true]")).ToContainTextAsync("decision");
        await page.Keyboard.PressAsync("D");
        await page.Keyboard.PressAsync("k");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.Locator("#p-min_half_spread").FillAsync("0.02");
        await dialog.GetByText("Run the fork").ClickAsync();
        await Expect(page.Locator("#divergence")).ToContainTextAsync("They part at event");
        Assert.Equal("", watched.Wrong);

        static async Task Streams(IPage page)
        {
            await Expect(page.Locator(".ladder tr.bid").First).ToBeVisibleAsync();
            var before = await page.Locator(".goto").InputValueAsync();
            await Expect(page.Locator(".goto")).Not.ToHaveValueAsync(before);
        }
    }

    [Fact]
    public async Task DayWithAGap_JumpedTo_SaysThatTheBookCannotBeTrusted()
    {
        using var bench = new ImportBench();
        var lines = Samples.Lines(Samples.Btc[0]).Take(4_000).ToList();
        lines.RemoveAt(lines.FindIndex(2_000, l => l.Contains("\"depthUpdate\"", StringComparison.Ordinal)));
        bench.Import("BTCUSDT", bench.File(lines));
        using var stores = new StoreSet(bench.Store);
        await using var viewer = await StartAsync(stores);
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync(viewer.Address.AbsoluteUri);
        await Expect(page.Locator("#days")).ToContainTextAsync("1 gaps");
        await page.Locator("#days a.name").ClickAsync();
        await Expect(page.Locator(".lines [aria-current=true]")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("g");
        await Expect(page.Locator(".situation .banner")).ToContainTextAsync("The book cannot be trusted: gap");
        await Expect(page.Locator(".lines [aria-current=true]")).ToContainTextAsync("missingUpdates");

        // And from the end back to it.
        var gap = await page.EvaluateAsync<string>("() => window.viewer.at()");
        await page.Keyboard.PressAsync("End");
        await page.WaitForFunctionAsync($"() => window.viewer.at() !== '{gap}'");
        await page.Keyboard.PressAsync("G");
        await page.WaitForFunctionAsync($"() => window.viewer.at() === '{gap}'");
        Assert.Equal("", watched.Wrong);
    }

    /// <summary>A fork that is asked for in a wrong form is refused in words; numbers need no quotes.</summary>
    [Fact]
    public async Task Fork_AskedForInAWrongForm_IsRefusedInWords()
    {
        var run = served.Day.Name.Value;
        foreach (var (body, words) in ((string, string)[])
        [
            ("{\"stream\":5}", ""),
            ($"{{\"stream\":\"{run}\",\"at\":{{}}}}", "at is {}"),
            ($"{{\"stream\":\"{run}\",\"at\":\"r3000\",\"set\":[]}}", "set is an object of parameters"),
            ($"{{\"stream\":\"{run}\",\"at\":\"r3000\",\"set\":{{\"gamma\":[7]}}}}", "gamma is [7]"),
            ($"{{\"stream\":\"{run}\",\"at\":\"r3000\",\"set\":{{\"gamma\":-7}}}}", "gamma"),
            ($"{{\"stream\":\"{run}\",\"at\":\"r3000\",\"feePpm\":-4}}", "fee '-4'"),
            ($"{{\"stream\":\"{run}\",\"at\":\"r3000\",\"queue\":5}}", "queue '5'"),
        ])
        {
            using var client = new HttpClient { BaseAddress = new Uri(served.Address) };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/fork") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("Origin", served.Address);
            using var answer = await client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{body}: {answer.StatusCode} {text}");
            Assert.Contains(words, JsonDocument.Parse(text).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    private static Task<Viewer> StartAsync(StoreSet stores) => Viewer.StartAsync(new ViewerOptions { Stores = stores, Timers = TimeProvider.System });

    private static void Flip(JournalStore store, StreamName name)
    {
        var path = Directory.GetFiles(Path.Combine(store.Root, name.Value), "*.mmj").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 8;
        File.WriteAllBytes(path, bytes);
    }
}
