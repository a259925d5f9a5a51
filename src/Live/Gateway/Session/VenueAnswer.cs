using System.Text.Json;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Session;

/// <summary>What became of a request.</summary>
internal enum AnswerKind
{
    /// <summary>The venue did it.</summary>
    Done,

    /// <summary>The venue says no; nothing was done, but for the parts that the answer names.</summary>
    Refused,

    /// <summary>Whether it was done is not known: no answer in time, the connection broke, 5xx, −1006, −1007.</summary>
    Unknown,

    /// <summary>It never left.</summary>
    NotSent,
}

/// <summary>The venue's answer to a request, over either transport.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Status">HTTP status, or that of the WebSocket API; 0 for none.</param>
/// <param name="Code">The venue's code; 0 for none.</param>
/// <param name="Message">The venue's words, or what went wrong; without secrets.</param>
/// <param name="Body">The result, or the data of an error; undefined for none.</param>
/// <param name="RetryAfter">How long the venue asks to wait.</param>
internal sealed record VenueAnswer(AnswerKind Kind, int Status, int Code, string Message, JsonElement Body, TimeSpan RetryAfter)
{
    /// <summary>True when a limit was met: nothing is to be sent for a while.</summary>
    public bool IsLimit => Status is 429 or 418;

    /// <summary>The venue's words with its code.</summary>
    public string Words => Code == 0 ? Message : FormattableString.Invariant($"{Message.TrimEnd('.')} ({Code})");

    public static VenueAnswer Unknown(string why) => new(AnswerKind.Unknown, 0, 0, why, default, TimeSpan.Zero);

    public static VenueAnswer NotSent(string why) => new(AnswerKind.NotSent, 0, 0, why, default, TimeSpan.Zero);

    /// <summary>An answer from status and body: {"code","msg","data"} for an error.</summary>
    public static VenueAnswer From(int status, JsonElement body, TimeSpan retryAfter)
    {
        if (status is >= 200 and < 300)
        {
            return new VenueAnswer(AnswerKind.Done, status, 0, "", body, retryAfter);
        }

        var code = 0;
        var message = "";
        var data = default(JsonElement);
        if (body.ValueKind == JsonValueKind.Object)
        {
            code = AccountJson.OptionalNumber(body, "code") is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : 0;
            message = AccountJson.OptionalText(body, "msg");
            _ = body.TryGetProperty("data", out data);
        }

        // 5xx and these codes say that the venue does not know either (errors.md); 503 with −1008 was refused before the engine. A 4xx without
        // the venue's code is a word of something in between (a proxy's 408), which may have passed the request on; but for those that turn it away.
        var unknown = code is -1000 or -1001 or -1006 or -1007 || (status >= 500 && code != -1008) || (code == 0 && status is not (401 or 403 or 418 or 429));
        return new VenueAnswer(unknown ? AnswerKind.Unknown : AnswerKind.Refused, status, code, message.Length > 0 ? message : $"status {status}", data, retryAfter);
    }
}
