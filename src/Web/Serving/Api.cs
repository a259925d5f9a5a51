using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Web.Answers;
using EventSourcedMM.Web.Timelines;
using Microsoft.AspNetCore.Http;

namespace EventSourcedMM.Web.Serving;

/// <summary>The questions that the pages ask (docs/serve.md): every answer is one JSON object.</summary>
internal sealed class Api(StoreSet stores, TimelineCache timelines, TimeProvider timers, CancellationToken stop)
{
    private const int LargestBody = 64 * 1024;

    private static readonly JsonWriterOptions Style = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CatalogAnswer catalog = new(stores);
    private readonly QueueEstimate queues = new();
    private readonly ForkDesk forks = new(stores, stop);

    /// <summary>Answers a question.</summary>
    public async Task AnswerAsync(HttpContext http, string question)
    {
        try
        {
            if (question == "follow" && HttpMethods.IsGet(http.Request.Method))
            {
                await new Following(timelines.Open(Text(http, "stream")), timers, stop).RunAsync(http);
                return;
            }

            var body = question == "fork" && HttpMethods.IsPost(http.Request.Method) ? await BodyAsync(http) : (JsonElement?)null;
            if (body is null && !HttpMethods.IsGet(http.Request.Method))
            {
                await ReplyAsync(http, StatusCodes.Status405MethodNotAllowed, json => json.WriteString("error", $"{question} is not asked with {http.Request.Method}."));
                return;
            }

            // Off the connection's thread: some answers read for a second.
            var (status, answer) = await Task.Run(() => Answer(http, question, body));
            await ReplyAsync(http, status, answer);
        }
        catch (Exception e) when (Says(e))
        {
            await ReplyAsync(http, StatusCodes.Status400BadRequest, json => json.WriteString("error", e.Message));
        }
    }

    // Errors whose message tells the user what is wrong; others are defects of this program.
    private static bool Says(Exception e) => e is BadQuestionException or ConfigurationException or NoSuchDayException or NoSuchRunException
        or NothingToExplainException or JsonException || MarketIndex.IsDamage(e);

    private (int Status, Action<Utf8JsonWriter> Write) Answer(HttpContext http, string question, JsonElement? body)
    {
        switch (question)
        {
            case "list":
                return Whole(catalog.Write);
            case "open":
                var opened = timelines.Open(Text(http, "stream"), again: true);
                return Whole(json => OpenAnswer.Write(json, opened));
            case "series":
                var shown = timelines.Open(Text(http, "stream"));
                var from = Time(http, "from", shown.Start);
                var series = new SeriesAnswer(shown, from, Math.Max(from + 1, Time(http, "to", shown.End)), (int)Number(http, "width", 800, 10, 4000));
                return Whole(series.Write);
            case "state":
                var (timeline, cursor) = Cursor(http);
                return Whole(json => new SituationAnswer(timeline, queues).Write(json, cursor, (int)Number(http, "depth", 12, 1, 200)));
            case "log":
                var (logged, at) = Cursor(http);
                return Whole(json => new LogAnswer(logged).Write(json, at, http.Request.Query["show"].ToString(), (int)Number(http, "before", 40, 1, 400), (int)Number(http, "after", 20, 0, 400)));
            case "jump":
                var (jumped, start) = Cursor(http);
                var found = Jumps.Find(jumped, start, Text(http, "kind"), http.Request.Query["direction"] != "previous");
                return Whole(json => json.WriteString("at", found?.ToString()));
            case "explain":
                var explanation = Explain(http);
                return Whole(json => ExplanationMembers.Write(json, explanation));
            case "compare":
                var (first, second) = (timelines.Open(Text(http, "first")), timelines.Open(Text(http, "second")));
                return Whole(json => CompareAnswer.Write(json, first, second));
            case "fork" when body is { } asked:
                var parent = timelines.Open(ForkDesk.Find(asked, "stream") ?? "");
                var number = forks.Begin(parent, parent.Find(ForkDesk.Find(asked, "at") ?? ""), asked);
                return (StatusCodes.Status202Accepted, json => json.WriteNumber("fork", number));
            case "fork":
                var running = Number(http, "number", 0, 1, long.MaxValue);
                return Whole(json => forks.Write(json, running));
            default:
                return (StatusCodes.Status404NotFound, json => json.WriteString("error", $"There is no question '{question}'."));
        }
    }

    private Explanation Explain(HttpContext http)
    {
        var timeline = timelines.Open(Text(http, "stream"));
        var run = timeline.Run ?? throw new BadQuestionException("A day alone has nothing to explain: no run read it.");
        var explainer = new Explainer(stores, run.Run);
        if (http.Request.Query.ContainsKey("sequence"))
        {
            return explainer.Sequence(Number(http, "sequence", 0, 1, run.Indexed));
        }

        // What was in force at a cursor: the decision or the stop after which nothing else was decided.
        var cursor = timeline.Find(Text(http, "at"));
        var fold = run.After(cursor.Run);
        var last = fold.Stop?.Sequence ?? fold.Decision?.Sequence
            ?? throw new NothingToExplainException("Nothing was decided by then.");
        return explainer.Sequence(last);
    }

    private (ViewTimeline Timeline, ViewCursor Cursor) Cursor(HttpContext http)
    {
        var timeline = timelines.Open(Text(http, "stream"));
        return (timeline, timeline.Find(http.Request.Query["at"].ToString()));
    }

    private static (int Status, Action<Utf8JsonWriter> Write) Whole(Action<Utf8JsonWriter> write) => (StatusCodes.Status200OK, write);

    private static string Text(HttpContext http, string name) => http.Request.Query[name].ToString() is { Length: > 0 } text
        ? text
        : throw new BadQuestionException($"'{name}' is missing.");

    private static long Number(HttpContext http, string name, long otherwise, long least, long most)
    {
        var text = http.Request.Query[name].ToString();
        return text.Length == 0 ? otherwise
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
            : throw new BadQuestionException($"{name} is '{text}'; it must be a whole number from {least} to {most}.");
    }

    // Seconds since the epoch with a fraction, as charts have them.
    private static long Time(HttpContext http, string name, long otherwise)
    {
        var text = http.Request.Query[name].ToString();
        return text.Length == 0 ? otherwise
            : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 9_000_000_000m ? (long)(seconds * 1_000_000_000m)
            : throw new BadQuestionException($"{name} is '{text}'; it must be seconds since 1970.");
    }

    private static async Task<JsonElement> BodyAsync(HttpContext http)
    {
        if (http.Request.ContentLength is not (>= 0 and <= LargestBody))
        {
            throw new BadQuestionException("The question must say its length, at most 64 kB.");
        }

        using var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new BadQuestionException("The question must be a JSON object.");
    }

    private static async Task ReplyAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        await using (var json = new Utf8JsonWriter(memory, Style))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = memory.Length;
        memory.Position = 0;
        await memory.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
