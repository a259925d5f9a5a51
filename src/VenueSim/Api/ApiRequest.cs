using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>A call as it came in.</summary>
internal sealed record ApiRequest
{
    /// <summary>What is called.</summary>
    public required ApiMethod Method { get; init; }

    /// <summary>Its parameters, without the signature.</summary>
    public required RestParameters Parameters { get; init; }

    /// <summary>The API key; null when none was sent.</summary>
    public string? Key { get; init; }

    /// <summary>The signature; null when none was sent.</summary>
    public string? Signature { get; init; }

    /// <summary>What was signed.</summary>
    public string Payload { get; init; } = "";

    /// <summary>Unit of times in the answer.</summary>
    public TimeUnit Unit { get; init; }

    /// <summary>The connection's session; null over REST.</summary>
    public ApiSession? Session { get; init; }

    /// <summary>Breaks the connection without a word.</summary>
    public required Action Cut { get; init; }

    /// <summary>Sends the answer.</summary>
    public required Action<ApiReply> Answer { get; init; }
}

/// <summary>An answer on its way.</summary>
/// <param name="Outcome">Result or error.</param>
/// <param name="UsedWeight">Weight used in the current minute.</param>
/// <param name="Orders">Unfilled orders in ten seconds and in the day, where the call counts them.</param>
/// <param name="RetryAfter">Seconds to wait; 0 without.</param>
internal sealed record ApiReply(ApiOutcome Outcome, long UsedWeight, (long Short, long Day)? Orders, long RetryAfter);
