using System.Net;
using System.Net.Http.Headers;
using System.Text;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Web;

namespace EventSourcedMM.Tests.Web;

/// <summary>Who is let in: names that were rebound, pages from elsewhere, visitors without the token.</summary>
public sealed class ViewerAccessTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    private const string Secret = "correct horse battery";

    [Theory]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("[::1]", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("192.168.0.1", HttpStatusCode.MisdirectedRequest)]
    public async Task Host_OnLoopback_MustBeThisMachines(string host, HttpStatusCode expected)
    {
        await using var viewer = await StartAsync(null);
        using var client = Client(viewer);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/list");
        request.Headers.Host = $"{host}:{viewer.Address.Port}";
        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("own", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.Forbidden)]
    public async Task Fork_OnlyFromAPageOfTheViewer_IsHeard(string origin, HttpStatusCode expected)
    {
        await using var viewer = await StartAsync(null);
        using var client = Client(viewer);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/fork") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        if (origin.Length > 0)
        {
            request.Headers.Add("Origin", origin == "own" ? viewer.Address.GetLeftPart(UriPartial.Authority) : origin);
        }

        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Fork_AsAFormOfAnotherPageWouldSendIt_IsRefused()
    {
        await using var viewer = await StartAsync(null);
        using var client = Client(viewer);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/fork") { Content = new StringContent("{}", Encoding.UTF8, "text/plain") };
        request.Headers.Add("Origin", viewer.Address.GetLeftPart(UriPartial.Authority));
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Token_IsNeededEverywhere_AndGoesIntoACookieOnce()
    {
        await using var viewer = await StartAsync(Secret);
        using var client = Client(viewer);
        foreach (var path in (string[])["/", "/api/list", "/assets/viewer.js", "/?token=wrong", "/api/list?token=wrong"])
        {
            using var refused = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var brought = await client.GetAsync($"/run/a/B?token={Uri.EscapeDataString(Secret)}&at=end");
        Assert.Equal(HttpStatusCode.Redirect, brought.StatusCode);
        Assert.Equal("/run/a/B?at=end", brought.Headers.Location!.OriginalString);
        var cookie = brought.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);

        using var known = new HttpRequestMessage(HttpMethod.Get, "/api/list");
        known.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var let = await client.SendAsync(known);
        Assert.Equal(HttpStatusCode.OK, let.StatusCode);

        using var tool = new HttpRequestMessage(HttpMethod.Get, "/api/list");
        tool.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        using var also = await client.SendAsync(tool);
        Assert.Equal(HttpStatusCode.OK, also.StatusCode);
    }

    [Fact]
    public async Task Start_OnAnotherAddressWithoutToken_IsRefused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Viewer.StartAsync(new ViewerOptions { Stores = audited.Stores, Address = IPAddress.Any, Timers = TimeProvider.System }));

    [Fact]
    public async Task Pages_Headers_LetNothingInFromElsewhere()
    {
        await using var viewer = await StartAsync(null);
        using var client = Client(viewer);
        foreach (var path in (string[])["/", "/assets/viewer.js", "/assets/viewer.css", "/api/list", "/run/x/Y"])
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }

        using var page = await client.GetAsync("/");
        var text = await page.Content.ReadAsStringAsync();
        Assert.DoesNotContain("http://", text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/nonsense", HttpStatusCode.NotFound)]
    [InlineData("/api/open", HttpStatusCode.BadRequest)]
    [InlineData("/api/open?stream=../../etc/passwd", HttpStatusCode.BadRequest)]
    [InlineData("/api/open?stream=run/none/NEXOUSDT", HttpStatusCode.BadRequest)]
    [InlineData("/assets/none.js", HttpStatusCode.NotFound)]
    [InlineData("/api/fork?number=77", HttpStatusCode.BadRequest)]
    public async Task Questions_ThatHaveNoAnswer_SaySo(string path, HttpStatusCode expected)
    {
        await using var viewer = await StartAsync(null);
        using var client = Client(viewer);
        using var answer = await client.GetAsync(path);
        Assert.Equal(expected, answer.StatusCode);
    }

    private Task<Viewer> StartAsync(string? token) => Viewer.StartAsync(new ViewerOptions { Stores = audited.Stores, Token = token, Timers = TimeProvider.System });

    private static HttpClient Client(Viewer viewer) => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = viewer.Address };
}
