namespace EventSourcedMM.Live.Connections;

/// <summary>The venue cannot be reached: no network, no such host, nobody listens, no answer in time.</summary>
public sealed class VenueOutOfReachException(string what, Exception? cause = null) : Exception(what, cause);

/// <summary>The venue answered, and the answer is no.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="code">The venue's own code; 0 when it gave none.</param>
/// <param name="what">What was asked and what the venue said.</param>
public sealed class VenueRefusedException(int status, int code, string what) : Exception(what)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>The venue's own code, such as −1121 for a symbol it does not have; 0 when it gave none.</summary>
    public int Code => code;

    /// <summary>True when the same request later may be served: a limit was met, the venue's servers failed, or its stamp was too old or too new when it came (−1021).</summary>
    public bool IsPassing => status is 429 or 418 or >= 500 || code == -1021;

    /// <summary>How long the venue asks to wait (Retry-After); zero when it does not say.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>True for 429 and 418: too much was asked, and nothing is answered until <see cref="RetryAfter"/> is over.</summary>
    public bool IsBan => status is 429 or 418;

    /// <summary>What the venue answered, word for word, its first 4,096 bytes; empty when it is not known.</summary>
    public string Body { get; init; } = "";
}
