using System.Net;
using EventSourcedMM.Web.Serving;
using EventSourcedMM.Web.Timelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourcedMM.Web;

/// <summary>
/// The viewer's server: days and runs of a store in a browser. It reads no configuration and no environment, loads nothing
/// from outside, and writes nothing but the runs that forks are and the indexes of long days.
/// </summary>
public sealed class Viewer : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly CancellationTokenSource stopping = new();
    private readonly AccessCheck access;
    private readonly TimelineCache timelines;
    private readonly Api api;
    private Task warmUp = Task.CompletedTask;
    private volatile bool asked;

    private Viewer(ViewerOptions options)
    {
        access = new AccessCheck(options.Address, options.Token);
        timelines = new TimelineCache(options.Stores, options.Timers);
        api = new Api(options.Stores, timelines, options.Timers, stopping.Token);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(options.Address, options.Port);
        });
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ArgumentException">Another address than loopback without a token.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<Viewer> StartAsync(ViewerOptions options, CancellationToken ct = default)
    {
        if (!IPAddress.IsLoopback(options.Address) && string.IsNullOrEmpty(options.Token))
        {
            throw new ArgumentException("A token is needed on another address than loopback.", nameof(options));
        }

        var viewer = new Viewer(options);
        await viewer.application.StartAsync(ct);
        var addresses = viewer.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        viewer.Address = new Uri(addresses.Single());
        if (options.WarmUp)
        {
            viewer.warmUp = Task.Run(() => new WarmUp(options.Timers, () => viewer.asked, viewer.stopping.Token).RunAsync(), CancellationToken.None);
        }

        return viewer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await warmUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await application.StopAsync(moment.Token);
        }
        catch (OperationCanceledException)
        {
            // Connections that did not end in time are cut below.
        }

        await application.DisposeAsync();
        timelines.Dispose();
        stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        try
        {
            if (access.Refuse(http.Request) is var (status, why))
            {
                http.Response.StatusCode = status;
                http.Response.ContentType = "text/plain; charset=utf-8";
                await http.Response.WriteAsync(why, http.RequestAborted);
                return;
            }

            await RouteAsync(http, http.Request.Path.Value ?? "/");
        }
        catch (OperationCanceledException)
        {
            // The page has gone, or the server stops while it waits.
            http.Abort();
        }
    }

    private async Task RouteAsync(HttpContext http, string path)
    {
        const string questions = "/api/";
        if (access.BringsToken(http.Request) && HttpMethods.IsGet(http.Request.Method) && !path.StartsWith(questions, StringComparison.Ordinal))
        {
            // Out of the address, where it would stay in the history.
            http.Response.Cookies.Append(AccessCheck.Cookie, http.Request.Query["token"].ToString(), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
            var rest = http.Request.Query.Where(q => q.Key != "token").SelectMany(q => q.Value.Select(v => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(v ?? "")}"));
            http.Response.Redirect(path.Replace("//", "/", StringComparison.Ordinal) + (rest.Any() ? "?" + string.Join('&', rest) : ""));
            return;
        }

        if (path.StartsWith(questions, StringComparison.Ordinal))
        {
            var question = path[questions.Length..];
            asked |= question != "list";
            await api.AnswerAsync(http, question);
            return;
        }

        // Every page is the same document; its address says what it shows.
        var name = path.Contains("/assets/", StringComparison.Ordinal) ? path[(path.LastIndexOf('/') + 1)..] : "index.html";
        if (!HttpMethods.IsGet(http.Request.Method) || !await Assets.AnswerAsync(http, name))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }
}
