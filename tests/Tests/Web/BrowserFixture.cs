using Microsoft.Playwright;

namespace EventSourcedMM.Tests.Web;

/// <summary>One real Chromium for all tests of pages, in a profile of its own, without any way to the network but loopback.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];

    private IPlaywright? playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // A machine under load answers late; what never comes still fails.
        Assertions.SetDefaultExpectTimeout(45_000);
        playwright = await Playwright.CreateAsync();
        Browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Find(),
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        });
    }

    public async Task DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright?.Dispose();
    }

    /// <summary>A page that remembers what went wrong in it.</summary>
    public async Task<WatchedPage> PageAsync(int width = 1440, int height = 1000, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, Locale = "en-GB" });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        return new WatchedPage(context, page);
    }

    private static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Programs.SelectMany(p => folders.Select(f => Path.Combine(f, p))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("No Chromium is on the PATH: tools/needs.sh chromium installs it.");
    }
}

/// <summary>A page, and every error of its scripts and every request that failed or left this machine.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> wrong = [];

    public WatchedPage(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.PageError += (_, error) => Add($"error: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !message.Text.Contains("status of 400", StringComparison.Ordinal))
            {
                Add($"{message.Type}: {message.Text}");
            }
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("file:", StringComparison.Ordinal))
            {
                Add($"asked elsewhere: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>What went wrong so far, one a line.</summary>
    public string Wrong
    {
        get
        {
            lock (wrong)
            {
                return string.Join('\n', wrong);
            }
        }
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private void Add(string what)
    {
        lock (wrong)
        {
            wrong.Add(what);
        }
    }
}

[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<BrowserFixture>, ICollectionFixture<ServedDay>
{
    public const string Name = "Browser";
}
