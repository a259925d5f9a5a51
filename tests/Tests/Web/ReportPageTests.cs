using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Tests.Stores;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EventSourcedMM.Tests.Web;

/// <summary>The file of mm report in Chromium.</summary>
[Collection(BrowserCollection.Name)]
[Trait("Category", "Slow")]
public sealed class ReportPageTests(BrowserFixture browser, ServedDay served)
{
    [Fact]
    public async Task Report_OpenedFromDisk_NeedsNothingFitsAPhoneAndPrints()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder, "report.html");
        var sampler = ReportSampler.For(served.Stores, served.Day);
        var executed = RunExecution.Execute(served.Stores, served.Day, null, sampler);
        await File.WriteAllTextAsync(path, ReportHtml.Write(executed, sampler, ParameterWarnings.Of(executed.Result)));

        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        await Expect(page.GetByText("Where the PnL came from")).ToBeVisibleAsync();
        Assert.True(await page.Locator("svg").CountAsync() >= 5);
        await page.SetViewportSizeAsync(390, 844);
        Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") <= 390);

        // On paper: the wide charts, figures beside one another, the head of the fills' table on every page, nothing cut at the right, and the words for what
        // colours say are the same.
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { Media = Media.Print });
        await page.SetViewportSizeAsync(700, 990);
        await Expect(page.Locator(".wide").First).ToBeVisibleAsync();
        await Expect(page.Locator(".narrow").First).ToBeHiddenAsync();
        Assert.Equal("table-header-group", await page.EvaluateAsync<string>("() => getComputedStyle(document.querySelector('thead')).display"));
        Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") <= 700);
        Assert.Equal("", await page.EvaluateAsync<string>("() => [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 40)).join()"));
        var printed = await page.PdfAsync(new PagePdfOptions { Format = "A4", PrintBackground = true });
        Assert.True(printed.Length > 20_000);
        Assert.True(printed.AsSpan().StartsWith("%PDF"u8));
        Assert.InRange(System.Text.Encoding.Latin1.GetString(printed).Split("/Type /Page\n").Length - 1, 3, 20);
        Assert.Equal("", watched.Wrong);
    }

    [Fact]
    public async Task Report_WithoutColour_TellsEverythingApartByShape()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder, "report.html");
        var sampler = ReportSampler.For(served.Stores, served.Halted);
        var executed = RunExecution.Execute(served.Stores, served.Halted, null, sampler);
        await File.WriteAllTextAsync(path, ReportHtml.Write(executed, sampler, []));
        await using var watched = await browser.PageAsync();
        var page = watched.Page;
        await page.GotoAsync(new Uri(path).AbsoluteUri);

        // Two marks of one chart that have the same shape, dash and fill would differ by colour alone: drawn in one ink, they must not be equal.
        foreach (var (first, second) in (ValueTuple<string, string>[])[("path.curve:not(.ask)", "path.curve.ask"), ("circle.dot:not(.ask)", "circle.dot.ask"), (".market", ".quoted"), (".limit", ".threshold"), (".pnl", ".peak"), (".mid", ".ours"), ("rect.bar.loss", "rect.bar.gain")])
        {
            var looks = await page.EvaluateAsync<string[]>(
                """
                pair => pair.map(selector => {
                  const style = getComputedStyle(document.querySelector(`.wide ${selector}`));
                  const page = getComputedStyle(document.body).backgroundColor;
                  const ink = value => value === 'none' ? 'none' : value === page ? 'page' : 'ink';
                  return [style.strokeDasharray, ink(style.stroke), ink(style.fill)].join();
                })
                """, new[] { first, second });
            Assert.True(looks[0] != looks[1], $"{first} and {second} both are {looks[0]}");
        }

        // A purchase points up, a sale down; gains and losses, yes and no are words and signs as well.
        Assert.Matches("^M[0-9. ]+l4 8h-8z$", await page.Locator(".wide path.bought").First.GetAttributeAsync("d"));
        Assert.Matches("^M[0-9. ]+l4 -8h-8z$", await page.Locator(".wide path.sold").First.GetAttributeAsync("d"));
        Assert.All(await page.Locator(".answers b").AllInnerTextsAsync(), answer => Assert.True(answer is "Yes" or "No"));
        await Expect(page.Locator("td", new() { HasTextRegex = new System.Text.RegularExpressions.Regex("^(▲ bought|▼ sold)$") })).ToHaveCountAsync(sampler.Fills.Count);
        Assert.Equal("", watched.Wrong);
    }
}
