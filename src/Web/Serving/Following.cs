using System.Text;
using EventSourcedMM.Web.Answers;
using EventSourcedMM.Web.Timelines;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.Web.Serving;

/// <summary>Tells a page by server-sent events how far a run or a day has got: while it is indexed, and while it grows.</summary>
internal sealed class Following(ViewTimeline timeline, TimeProvider timers, CancellationToken stop)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // A silent connection is taken for a broken one by what stands between.
    private const int PausesPerSign = 50;

    /// <summary>Runs until the page has gone, or nothing more can come.</summary>
    public async Task RunAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stop);
        var (said, silent) = ("", 0);
        while (true)
        {
            var complete = timeline.Complete;
            var now = Say(complete);
            if (now != said)
            {
                await http.Response.WriteAsync($"data: {now}\n\n", ended.Token);
                (said, silent) = (now, 0);
            }
            else if (++silent % PausesPerSign == 0)
            {
                await http.Response.WriteAsync(": still here\n\n", ended.Token);
            }

            await http.Response.Body.FlushAsync(ended.Token);
            if (complete)
            {
                await http.Response.WriteAsync("event: done\ndata: {}\n\n", ended.Token);
                return;
            }

            await Task.Delay(Pause, timers, ended.Token);
        }
    }

    private string Say(bool complete)
    {
        var text = new StringBuilder();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{{\"indexed\":{timeline.IndexedShare:0.####},\"end\":{Texts.Seconds(timeline.End):R},\"last\":\"{timeline.Last()}\",\"run\":{timeline.Run?.Indexed ?? 0},\"complete\":{(complete ? "true" : "false")},\"grows\":{(timeline.Grows ? "true" : "false")}}}");
        return text.ToString();
    }
}
