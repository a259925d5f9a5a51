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
        var printed = await page.PdfAsync(new PagePdfOptions { Format = "A4", PrintBackground = true });
        Assert.True(printed.Length > 20_000);
        Assert.True(printed.AsSpan().StartsWith("%PDF"u8));
        Assert.Equal("", watched.Wrong);
    }
}
