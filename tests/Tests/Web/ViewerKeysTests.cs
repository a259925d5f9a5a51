using System.Globalization;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Schemas;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventSourcedMM.Tests.Web;

/// <summary>Keys of what is shown, in real Chromium, and a click on a quote in the chart.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "Slow")]
public sealed partial class ViewerKeysTests(BrowserFixture browser, ServedDay served)
{
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

    private async Task<WatchedPage> OpenAsync(string path)
    {
        var watched = await browser.PageAsync();
        await watched.Page.GotoAsync(served.Address + path);
        await Expect(watched.Page.Locator(".lines [aria-current=true]").Or(watched.Page.Locator(".lines li")).First).ToBeVisibleAsync();
        return watched;
    }

    [GeneratedRegex("from=([0-9.]+)&to=([0-9.]+)")]
    private static partial Regex FromTo();
}
