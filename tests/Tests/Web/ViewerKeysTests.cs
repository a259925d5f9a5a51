using System.Globalization;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Schemas;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventSourcedMM.Tests.Web;

/// <summary>Every key that docs/serve.md names, in real Chromium, and what can be clicked and seen in the charts.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "Slow")]
public sealed partial class ViewerKeysTests(BrowserFixture browser, ServedDay served)
{
    [Fact]
    public async Task Run_TimeAndJumpKeys_MoveTheCursor()
    {
        await using var watched = await OpenAsync($"{served.PathOf(served.Halted)}?at=start");
        var page = watched.Page;
        await page.Keyboard.PressAsync("]");
        await Expect(page.GetByLabel("Speed")).ToHaveValueAsync("300");
        await page.Keyboard.PressAsync("[");
        await page.Keyboard.PressAsync("[");
        await Expect(page.GetByLabel("Speed")).ToHaveValueAsync("20");

        // Stops are those of the log, halts among them, both ways.
        long[] stops = [.. Sequences(served.Halted, EventType.QuotingStopped).Concat(Sequences(served.Halted, EventType.Halted)).Order()];
        Assert.True(stops.Length >= 2, $"{stops.Length} stops");
        await JumpsTo("s", stops[0]);
        await JumpsTo("s", stops[1]);
        await JumpsTo("S", stops[0]);
        var decisions = Sequences(served.Halted, EventType.QuoteDecided);
        await JumpsTo("d", decisions[0]);
        await JumpsTo("d", decisions[1]);
        await JumpsTo("D", decisions[0]);
        await page.Keyboard.PressAsync("g");
        await Expect(page.Locator(".note")).ToHaveTextAsync("No later gap.");
        await page.Keyboard.PressAsync("G");
        await Expect(page.Locator(".note")).ToHaveTextAsync("No earlier gap.");
        var halt = Sequences(served.Halted, EventType.Halted)[0];
        await JumpsTo("h", halt);
        await page.Keyboard.PressAsync("Home");
        await At(1);
        await JumpsTo("f", Sequences(served.Halted, EventType.OrderFilled)[0]);
        await page.Keyboard.PressAsync("F");
        await Expect(page.Locator(".note")).ToHaveTextAsync("No earlier fill.");

        // A second on, to the last event up to then, and a second back.
        await page.Keyboard.PressAsync("Home");
        await At(1);
        await JumpsTo("d", decisions[0]);
        var before = await Time();
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await Expect(page.Locator(".goto")).Not.ToHaveValueAsync(before);
        var after = await Time();
        Assert.InRange((Parse(after) - Parse(before)).TotalSeconds, 0.001, 1.001);
        await page.Keyboard.PressAsync("Shift+ArrowLeft");
        await Expect(page.Locator(".goto")).Not.ToHaveValueAsync(after);
        Assert.InRange((Parse(after) - Parse(await Time())).TotalSeconds, 0.999, 3);

        // The focused time line: a page is a twentieth of it, an arrow a two-hundredth, to the last event up to there.
        var slider = page.GetByRole(AriaRole.Slider);
        await slider.FocusAsync();
        foreach (var (key, place) in (ValueTuple<string, Regex>[])[("Home", Zero()), ("PageUp", Fifty()), ("PageUp", Hundred()), ("PageDown", Fifty()), ("ArrowRight", StepOn()), ("ArrowLeft", StepBack()), ("End", Thousand())])
        {
            await page.Keyboard.PressAsync(key);
            await Expect(slider).ToHaveAttributeAsync("aria-valuenow", place);
        }

        Assert.Equal("", watched.Wrong);

        async Task JumpsTo(string key, long sequence)
        {
            await page.Keyboard.PressAsync(key);
            await At(sequence);
        }

        Task At(long sequence) => page.WaitForFunctionAsync($"() => window.viewer.at().endsWith('.{sequence}')");
        Task<string> Time() => page.Locator(".goto").InputValueAsync();
        static DateTime Parse(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Run_WindowAndThemeKeys_ChangeWhatIsShown()
    {
        await using var watched = await OpenAsync($"{served.PathOf(served.Day)}?at=r3387");
        var page = watched.Page;
        await page.Keyboard.PressAsync("+");
        var half = await Window(w => true);
        await page.Keyboard.PressAsync("+");
        var quarter = await Window(w => w != half);
        Assert.Equal(half.To - half.From, 2 * (quarter.To - quarter.From), 0.01);
        await page.Keyboard.PressAsync("-");
        var again = await Window(w => w != quarter);
        Assert.Equal(half.To - half.From, again.To - again.From, 0.01);
        await page.Keyboard.PressAsync("+");
        var start = await Window(w => w != again);
        await page.Keyboard.PressAsync(".");
        var on = await Window(w => w != start);
        Assert.Equal(start.From + ((start.To - start.From) / 2), on.From, 0.01);
        await page.Keyboard.PressAsync(",");
        var back = await Window(w => w != on);
        Assert.Equal(start.From, back.From, 0.01);
        await page.Keyboard.PressAsync("0");
        await page.WaitForFunctionAsync("() => !location.search.includes('from=')");

        // Everything is painted in the other theme, the charts as well, and stays so.
        var light = await Ground();
        await page.Keyboard.PressAsync("t");
        Assert.Equal("dark", await page.EvaluateAsync<string>("() => document.documentElement.dataset.theme"));
        Assert.NotEqual(light, await Ground());
        await page.ReloadAsync();
        await Expect(page.Locator(".lines [aria-current=true]")).ToBeVisibleAsync();
        Assert.Equal("dark", await page.EvaluateAsync<string>("() => document.documentElement.dataset.theme"));
        await page.Keyboard.PressAsync("t");
        Assert.Equal(light, await Ground());
        Assert.Equal("", watched.Wrong);

        async Task<(double From, double To)> Window(Func<(double From, double To), bool> fits)
        {
            // The address follows within a quarter of a second.
            for (var i = 0; ; i++)
            {
                var found = FromTo().Match(page.Url);
                if (found.Success && (double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture)) is var window && fits(window))
                {
                    return window;
                }

                Assert.True(i < 1_000, $"the address stays {page.Url}");
                await Task.Delay(20);
            }
        }

        Task<string> Ground() => page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
    }

    [Fact]
    public async Task QuoteLine_ClickedInTheChart_ExplainsTheDecisionBehindIt()
    {
        var (sequence, seconds, price) = SteadyBid();
        await using var watched = await OpenAsync(string.Create(CultureInfo.InvariantCulture, $"{served.PathOf(served.Day)}?at=r{sequence}&from={seconds - 20:F6}&to={seconds + 20:F6}"));
        var page = watched.Page;
        var at = string.Create(CultureInfo.InvariantCulture, $"{seconds:F6}, {price}");
        var spot = await (await page.WaitForFunctionAsync($"() => window.viewer?.spot({at})")).JsonValueAsync<double[]>();
        await page.Locator(".u-over").First.ClickAsync(new LocatorClickOptions { Position = new Position { X = (float)spot[0], Y = (float)spot[1] } });
        await Expect(page.Locator(".explain h2")).ToContainTextAsync($"Event {sequence}: quote decided");

        // Beside the line a click only moves the cursor.
        await page.Keyboard.PressAsync("Escape");
        await page.Locator(".u-over").First.ClickAsync(new LocatorClickOptions { Position = new Position { X = (float)spot[0] + 40, Y = (float)spot[1] + 12 } });
        await page.WaitForFunctionAsync($"() => !window.viewer.at().endsWith('.{sequence}')");
        await Expect(page.Locator(".explain")).ToBeHiddenAsync();
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task TwoRuns_ChosenInTheList_AreMarkedWhereTheyPart()
    {
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync(served.Address);
        await page.GetByLabel($"choose {served.Day.Name.Parts[1]}").CheckAsync();
        await page.Keyboard.PressAsync("c");
        Assert.DoesNotContain("/compare", page.Url, StringComparison.Ordinal);
        await page.GetByLabel($"choose {served.Fork.Name.Parts[1]}").CheckAsync();
        await page.Locator("h1").ClickAsync();
        await page.Keyboard.PressAsync("c");
        await page.WaitForURLAsync("**/compare?**");
        var divergence = RunDiff.Diverge(served.Day, served.Fork)!;
        await Expect(page.Locator("#divergence")).ToContainTextAsync($"They part at event {divergence.Sequence}");
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator(".delta")).ToContainTextAsync("B − A 0 USDT");

        // In both, and in all charts of them: a dashed line, which the price chart names; where it is not, there is none.
        var seconds = (divergence.First ?? divergence.Second)!.Header.ReceiveTime / 1e9;
        await Expect(page.Locator(".plots").First).ToHaveAttributeAsync("aria-label", new Regex("The runs part at "));
        await Expect(page.Locator(".plots").Nth(1)).ToHaveAttributeAsync("aria-label", new Regex("The runs part at "));
        var drawn = await (await page.WaitForFunctionAsync(string.Create(CultureInfo.InvariantCulture, $$"""
            () => {
              const probe = document.createElement('i');
              probe.style.color = getComputedStyle(document.documentElement).getPropertyValue('--sold');
              document.body.append(probe);
              const wanted = getComputedStyle(probe).color.match(/\d+/g).map(Number);
              probe.remove();
              const shares = [...document.querySelectorAll('.half')].flatMap((half, i) => [...half.querySelectorAll('.plots .uplot')].map(plot => {
                // A copy is read: of the page's own canvas Chromium warns.
                const canvas = plot.querySelector('canvas');
                const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height }).getContext('2d', { willReadFrequently: true });
                copy.drawImage(canvas, 0, 0);
                const over = plot.querySelector('.u-over');
                const spot = window.viewer.spot({{seconds:F6}}, 1, i);
                if (!spot) return null;
                const share = offset => {
                  const x = Math.round((over.offsetLeft + spot[0] + offset) * devicePixelRatio);
                  const [top, height] = [over.offsetTop * devicePixelRatio, over.clientHeight * devicePixelRatio];
                  const { data } = copy.getImageData(x - 1, top, 3, height);
                  let rows = 0;
                  for (let y = 0; y < height; y++) {
                    for (let c = 0; c < 3; c++) {
                      const at = 4 * (3 * y + c);
                      if (data[at + 3] > 60 && wanted.every((w, k) => Math.abs(data[at + k] - w) < 60)) { rows++; break; }
                    }
                  }
                  return rows / height;
                };
                return [share(0), share(-37), share(41)];
              }));
              return shares.length === 8 && shares.every(s => s && s[0] > 0.3) ? shares : null;
            }
            """))).JsonValueAsync<double[][]>();
        Assert.All(drawn, shares => Assert.True(shares[1] < 0.15 && shares[2] < 0.15, string.Join(' ', shares)));

        // The rest of its keys.
        await page.Keyboard.PressAsync("]");
        await Expect(page.GetByLabel("Speed")).ToHaveValueAsync("300");
        await page.Keyboard.PressAsync("0");
        await Expect(page.Locator(".plots").First).ToHaveAttributeAsync("aria-label", new Regex("^Chart from 2024-07-23T16:00:00Z to 2024-07-24T15:59:59"));
        var parted = await page.Locator(".goto").InputValueAsync();
        await page.Keyboard.PressAsync("f");
        await Expect(page.Locator(".goto")).Not.ToHaveValueAsync(parted);
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator(".goto")).ToHaveValueAsync(parted);
        await page.Keyboard.PressAsync("b");
        await Expect(page.Locator("#runs")).ToBeVisibleAsync();
        Assert.Equal("", watched.Wrong);
    }

    // A decision whose bid rested for eight seconds at least without being filled, and a moment in the middle of them.
    private (long Sequence, double Seconds, decimal Price) SteadyBid()
    {
        using var source = served.Day.Store.OpenSource(served.Day.Name);
        var (sequence, time, price) = (0L, 0L, 0L);
        while (source.Read(out var header, out var payload))
        {
            if (header.Sequence > 4_000 && header.Type is EventType.QuoteDecided or EventType.QuotingStopped or EventType.OrderFilled)
            {
                if (price > 0 && header.ReceiveTime - time > 8_000_000_000)
                {
                    return (sequence, (time / 1e9) + 4, price / 100_000_000m);
                }

                price = 0;
                if (header.Type == EventType.QuoteDecided && PayloadBytes.Read<QuoteDecided>(payload, new LevelArena()) is { Bids.Count: > 0 } decided)
                {
                    (sequence, time, price) = (header.Sequence, header.ReceiveTime, decided.Bids.Span[0].Price);
                }
            }
        }

        throw new InvalidOperationException("No bid of the day rested for eight seconds.");
    }

    private static long[] Sequences(StoredRun run, EventType type)
    {
        var found = new List<long>();
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out _))
        {
            if (header.Type == type)
            {
                found.Add(header.Sequence);
            }
        }

        return [.. found];
    }

    private async Task<WatchedPage> OpenAsync(string path)
    {
        var watched = await browser.PageAsync();
        await watched.Page.GotoAsync(served.Address + path);
        await Expect(watched.Page.Locator(".lines [aria-current=true]").Or(watched.Page.Locator(".lines li")).First).ToBeVisibleAsync();
        return watched;
    }

    [GeneratedRegex("from=([0-9.]+)&to=([0-9.]+)")]
    private static partial Regex FromTo();

    [GeneratedRegex("^0$")]
    private static partial Regex Zero();

    [GeneratedRegex("^(49|50)$")]
    private static partial Regex Fifty();

    [GeneratedRegex("^(5[2-5])$")]
    private static partial Regex StepOn();

    [GeneratedRegex("^(4[6-9]|50)$")]
    private static partial Regex StepBack();

    [GeneratedRegex("^(99|100)$")]
    private static partial Regex Hundred();

    [GeneratedRegex("^(999|1000)$")]
    private static partial Regex Thousand();
}
