using System.Globalization;
using System.Text.RegularExpressions;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Web;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventSourcedMM.Tests.Web;

/// <summary>The viewer in real Chromium: what a trader does with a day.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "Slow")]
public sealed partial class ViewerPagesTests(BrowserFixture browser, ServedDay served)
{
    [Fact]
    public async Task List_Filters_NarrowRunsAndDaysAndStandInTheAddress()
    {
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync(served.Address);
        await Expect(page.Locator("#runs tbody tr")).ToHaveCountAsync(3);
        await Expect(page.Locator("#days tbody tr")).ToHaveCountAsync(4);
        await Expect(page.Locator("#runs")).ToContainTextAsync("halted: drawdown");
        await Expect(page.Locator("#runs")).ToContainTextAsync("−11.8481 USDT");

        await page.GetByLabel("Symbol").SelectOptionAsync("BTCUSDT");
        await Expect(page.Locator("#days tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Locator("#runs")).ToHaveCountAsync(0);
        await page.GetByLabel("Symbol").SelectOptionAsync("");
        await page.GetByLabel("Kind").SelectOptionAsync("fork");
        await Expect(page.Locator("#runs tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("#runs")).ToContainTextAsync("fork at 3000");
        await page.GetByLabel("Kind").SelectOptionAsync("");
        await page.GetByLabel("UTC day").FillAsync("2024-08-09");
        await Expect(page.Locator("#days tbody tr")).ToHaveCountAsync(1);
        await page.ReloadAsync();
        await Expect(page.Locator("#days tbody tr")).ToHaveCountAsync(1);
        await page.GetByLabel("UTC day").FillAsync("");
        await page.GetByLabel("Text").FillAsync("nothing like this");
        await Expect(page.GetByText("No run fits the filter.")).ToBeVisibleAsync();
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Run_StepsAndJumps_ShowLedgerAndBookThere()
    {
        await using var watched = await OpenAsync(served.Day, "r3387");
        var page = watched.Page;
        await Expect(Figure(page, "inventory q")).ToHaveTextAsync("−9.52 NEXO");
        await Expect(page.Locator(".ladder tr.mine")).ToHaveCountAsync(2);
        await Expect(page.Locator(".lines [aria-current=true]")).ToContainTextAsync("order 188 filled");

        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator(".lines [aria-current=true]")).Not.ToContainTextAsync("order 188 filled");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(page.Locator(".lines [aria-current=true]")).ToContainTextAsync("order 188 filled");

        await page.Keyboard.PressAsync("f");
        await Expect(Figure(page, "fills")).ToHaveTextAsync("2");
        await page.Keyboard.PressAsync("F");
        await Expect(Figure(page, "fills")).ToHaveTextAsync("1");
        await page.Keyboard.PressAsync("h");
        await Expect(page.Locator(".note")).ToHaveTextAsync("No later halt.");
        await page.Keyboard.PressAsync("End");
        await Expect(Figure(page, "fills")).ToHaveTextAsync("169");
        await Expect(Figure(page, "PnL")).ToHaveTextAsync("−11.8481 USDT");
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Scrub_PlayAndSpeed_MoveTheCursorAndTheBook()
    {
        await using var watched = await OpenAsync(served.Day, "start");
        var page = watched.Page;
        var slider = page.GetByRole(AriaRole.Slider);
        var box = (await slider.BoundingBoxAsync())!;
        await page.Mouse.ClickAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await Expect(slider).ToHaveAttributeAsync("aria-valuenow", About500());
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await Expect(slider).ToHaveAttributeAsync("aria-valuetext", "2024-07-23 16:00:00.000 UTC");

        await page.GetByLabel("Speed").SelectOptionAsync("1000");
        await page.Locator("h1").ClickAsync();
        await page.Keyboard.PressAsync(" ");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause" })).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("() => Number(document.querySelector('[role=slider]').getAttribute('aria-valuenow')) > 20");
        await page.Keyboard.PressAsync(" ");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Play" })).ToBeVisibleAsync();
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Fill_ClickedInTheChart_IsExplainedAsMmExplainDoes()
    {
        var fill = FirstFill();
        await using var watched = await OpenAsync(served.Day, $"r{fill}", window: 20);
        var page = watched.Page;
        // Where the page draws it: the mark hangs below the price that it is of.
        var (time, price) = Place(fill);
        var spot = await (await page.WaitForFunctionAsync($"() => window.viewer?.spot({time}, {price})")).JsonValueAsync<double[]>();
        await page.Locator(".u-over").First.ClickAsync(new LocatorClickOptions { Position = new Position { X = (float)spot[0], Y = (float)spot[1] } });
        await Expect(page.Locator(".explain .headline")).ToBeVisibleAsync();
        await AssertExplained(page, fill);
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Explanation_FromLadderLogAndKey_IsTheOneOfTheLog()
    {
        var fill = FirstFill();
        await using var watched = await OpenAsync(served.Day, $"r{fill}");
        var page = watched.Page;
        await page.Locator(".lines [aria-current=true]").GetByRole(AriaRole.Button, new() { Name = $"explain event {fill}" }).ClickAsync();
        await Expect(page.Locator(".explain h2")).ToContainTextAsync($"Event {fill}");
        await AssertExplained(page, fill);

        await page.Locator(".ladder tr.mine button").First.ClickAsync();
        await Expect(page.Locator(".explain h2")).ToContainTextAsync("quote decided");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".explain")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("w");
        await Expect(page.Locator(".explain .headline")).ToContainTextAsync("decision");

        // Back closes it again, and goes to what was explained before.
        await page.GoBackAsync();
        await Expect(page.Locator(".explain h2")).Not.ToContainTextAsync("No explanation");
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Start_WhereNothingIsQuotedYet_SaysWhyNot()
    {
        await using var watched = await OpenAsync(served.Day, "2024-07-23T16:00:30Z");
        var page = watched.Page;
        await Expect(page.Locator(".situation .banner")).ToContainTextAsync("Nothing is quoted: warming up");
        await page.GetByRole(AriaRole.Button, new() { Name = "Why?" }).First.ClickAsync();
        await Expect(page.Locator(".explain .headline")).ToHaveTextAsync("nothing is quoted: σ is not known well enough yet");
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task DeepLink_OpenedElsewhere_ShowsTheSame()
    {
        var fill = FirstFill();
        await using var watched = await OpenAsync(served.Day, $"r{fill}");
        var page = watched.Page;
        await page.Keyboard.PressAsync("+");
        await page.Keyboard.PressAsync("+");
        await page.GetByLabel("Events shown").SelectOptionAsync("run");
        await page.Locator(".lines [aria-current=true]").GetByRole(AriaRole.Button, new() { Name = $"explain event {fill}" }).ClickAsync();
        await Expect(page.Locator(".explain .headline")).ToBeVisibleAsync();
        await page.WaitForURLAsync(AllOfIt());
        var (address, seen) = (page.Url, await Seen(page));

        await using var other = await browser.PageAsync();
        await other.Page.GotoAsync(address);
        await Expect(other.Page.Locator(".explain .headline")).ToBeVisibleAsync();
        await Expect(other.Page.Locator(".lines [aria-current=true]")).ToBeVisibleAsync();
        Assert.Equal(seen, await Seen(other.Page));
        Assert.Equal(address, other.Page.Url);

        // And back through what was done.
        await page.GoBackAsync();
        await Expect(page.Locator(".explain")).ToBeHiddenAsync();
        await page.GoForwardAsync();
        await Expect(page.Locator(".explain .headline")).ToBeVisibleAsync();
        Assert.Equal("", watched.Wrong + other.Wrong);
    }

    [Fact]
    public async Task Keyboard_Alone_GoesFromTheListToAnExplanation()
    {
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync(served.Address);
        await Expect(page.Locator("#runs tbody tr")).ToHaveCountAsync(3);
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync(served.Day.Name.Parts[1]);
        await Expect(page.Locator("#runs tbody tr")).ToHaveCountAsync(2);
        for (var i = 0; i < 12 && await page.EvaluateAsync<string>("() => document.activeElement.textContent") != served.Day.Name.Parts[1]; i++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.NotEqual("none", await page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".transport")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("next fill");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("f");
        await Expect(Figure(page, "fills")).ToHaveTextAsync("1");
        await page.Keyboard.PressAsync("w");
        await Expect(page.Locator(".explain .headline")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("b");
        await Expect(page.Locator("#runs")).ToBeVisibleAsync();
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task TwoRuns_SideBySide_StandWhereTheyPart()
    {
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        var divergence = RunDiff.Diverge(served.Day, served.Fork)!;
        await page.GotoAsync(served.Address + served.PathOf(served.Fork));
        await page.GetByText("With its parent").ClickAsync();
        await Expect(page.Locator("#divergence")).ToContainTextAsync($"They part at event {divergence.Sequence}");
        await Expect(page.Locator("#divergence")).ToContainTextAsync("gamma");
        await Expect(page.Locator("#divergence")).ToContainTextAsync("risk aversion 0.0036 and 5");
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator(".delta")).ToContainTextAsync("B − A 0 USDT");
        await page.GetByLabel("Time line").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator(".half").Nth(0).Locator(".situation")).ToContainTextAsync("−11.8481");
        await Expect(page.Locator(".half").Nth(1).Locator(".situation")).Not.ToContainTextAsync("−11.8481");
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Fork_FromTheCursor_RefusesAsTheEngineDoesAndOpensBesideItsParent()
    {
        // A store of its own: what is forked here is no part of the other tests' lists.
        using var audited = new AuditedDay();
        var parent = audited.HalfHour("max_drawdown=3");
        await using var viewer = await Viewer.StartAsync(new ViewerOptions { Stores = audited.Stores, Timers = TimeProvider.System });
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync($"{viewer.Address.GetLeftPart(UriPartial.Authority)}{served.PathOf(parent)}?at=r400");
        await Expect(page.Locator(".lines [aria-current=true]")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("k");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.Locator("#p-gamma").FillAsync("-1");
        await dialog.GetByText("Run the fork").ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("gamma is '-1'; it must be");
        await Expect(dialog.Locator("#p-mark_seconds")).ToBeDisabledAsync();
        await dialog.Locator("#p-gamma").FillAsync("3");
        await dialog.Locator("#p-max_drawdown").FillAsync("0");
        await dialog.GetByText("Run the fork").ClickAsync();
        await Expect(page.Locator("#divergence")).ToContainTextAsync("They part at event");

        var fork = page.Url.Split("second=")[1].Split('&')[0];
        var stored = new RunFinder(audited.Stores).Find(Uri.UnescapeDataString(fork).Split('/')[0]);
        Assert.Equal((parent.Name.Parts[1], 400L), (stored.Started.Parent, stored.Started.ParentSequence));
        Assert.True(new RunVerifier(audited.Stores).Verify((stored.Store, stored.Name)).Identical);
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task HaltedRun_JumpToTheHalt_SaysByHowMuchAndSinceWhen()
    {
        await using var watched = await OpenAsync(served.Halted, "start");
        var page = watched.Page;
        await page.Keyboard.PressAsync("h");
        await Expect(page.Locator(".situation .banner")).ToContainTextAsync("Halted: drawdown");
        await Expect(page.Locator(".situation .banner")).ToContainTextAsync("against 3");
        await Expect(page.Locator(".badges")).ToContainTextAsync("ended halted: drawdown");
        Assert.Equal("", watched.Wrong);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Pages_OnAPhone_NeedNoSidewaysScrolling(ColorScheme scheme)
    {
        await using var watched = await browser.PageAsync(390, 844, scheme);
        var page = watched.Page;
        foreach (var path in (string[])["/", $"{served.PathOf(served.Day)}?at=r3387", $"/compare?first={Uri.EscapeDataString(Half(served.Day))}&second={Uri.EscapeDataString(Half(served.Fork))}"])
        {
            await page.GotoAsync(served.Address + path);
            await Expect(page.Locator(path == "/" ? "#runs" : ".ladder table").First).ToBeVisibleAsync();
            Assert.Equal(390, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        }

        Assert.Equal("", watched.Wrong);
    }

    internal static ILocator Figure(IPage page, string name) => page.Locator(".situation .figures div", new() { Has = page.Locator("dt", new() { HasTextRegex = new Regex($"^{Regex.Escape(name)}$") }) }).Locator("dd");

    private static string Half(StoredRun run) => $"{run.Name.Parts[1]}/{run.Name.Parts[2]}";

    private static Task<string> Seen(IPage page) => page.EvaluateAsync<string>(
        "() => [...document.querySelectorAll('.situation, .ladder, .orders, .explain, .lines [aria-current=true], .goto')].map(e => e.value ?? e.innerText).join('\\n')");

    private long FirstFill()
    {
        var explainer = new Explainer(served.Stores, served.Day);
        return explainer.Fill(1).Sequence;
    }

    private (string Time, string Price) Place(long sequence)
    {
        var explained = new Explainer(served.Stores, served.Day).Sequence(sequence);
        var price = explained.Sections.SelectMany(s => s.Terms).First(t => t.Name == "price").Value;
        return (string.Create(CultureInfo.InvariantCulture, $"{explained.Time / 1e9:F6}"), price);
    }

    private async Task AssertExplained(IPage page, long sequence)
    {
        var expected = new Explainer(served.Stores, served.Day).Sequence(sequence);
        await Expect(page.Locator(".explain .headline")).ToHaveTextAsync(expected.Headline);
        var values = await page.Locator(".explain .terms tr").EvaluateAllAsync<string[]>("rows => rows.map(r => [r.querySelector('th').textContent, r.querySelector('.value').textContent.trim(), r.querySelector('.how').textContent, r.querySelector('.mark').textContent].join('|'))");
        Assert.Equal(
            expected.Sections.SelectMany(s => s.Terms).Select(t => $"{t.Label}|{(t.Unit.Length == 0 ? t.Value : $"{t.Value} {t.Unit}").Trim()}|{t.How}|{(t.Equal switch { true => "=", false => "≠", null => "" })}"),
            values);
        var chain = await page.Locator(".explain .chain li").AllInnerTextsAsync();
        Assert.Equal(expected.Chain.Count, chain.Count);
        Assert.All(expected.Chain.Zip(chain), pair => Assert.Contains(pair.First.Text, pair.Second, StringComparison.Ordinal));
    }

    private async Task<WatchedPage> OpenAsync(StoredRun run, string at, int? window = null)
    {
        var watched = await browser.PageAsync();
        var zoom = "";
        if (window is { } seconds)
        {
            var time = new Explainer(served.Stores, run).Sequence(long.Parse(at[1..], CultureInfo.InvariantCulture)).Time / 1e9;
            zoom = string.Create(CultureInfo.InvariantCulture, $"&from={time - (seconds / 2.0):F6}&to={time + (seconds / 2.0):F6}");
        }

        await watched.Page.GotoAsync($"{served.Address}{served.PathOf(run)}?at={Uri.EscapeDataString(at)}{zoom}");
        await Expect(watched.Page.Locator(".lines [aria-current=true]").Or(watched.Page.Locator(".lines li")).First).ToBeVisibleAsync();
        return watched;
    }

    [GeneratedRegex("^(49\\d|50\\d|51\\d)$")]
    private static partial Regex About500();

    [GeneratedRegex("at=.*from=.*to=.*show=run.*explain=")]
    private static partial Regex AllOfIt();
}
