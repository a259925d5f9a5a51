namespace EventSourcedMM.VenueSim.Wire;

/// <summary>An error as the venue words it (errors.md).</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Binance's code, negative.</param>
/// <param name="Message">Binance's text.</param>
internal sealed record VenueError(int Status, int Code, string Message)
{
    public static readonly VenueError BadSymbol = new(400, -1121, "Invalid symbol.");
    public static readonly VenueError BadSymbolStatus = new(400, -1122, "Invalid symbolStatus.");
    public static readonly VenueError StatusMismatch = new(400, -1220, "The symbol's status does not match the requested symbolStatus.");
    public static readonly VenueError BadCombination = new(400, -1128, "Combination of optional parameters invalid.");
    public static readonly VenueError BadTimeUnit = new(400, -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.");
    public static readonly VenueError Duplicate = new(400, -1101, "Duplicate values for a parameter detected.");

    public static VenueError Missing(string parameter) => new(400, -1102, $"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.");

    public static VenueError Empty(string parameter) => new(400, -1105, $"Parameter '{parameter}' was empty.");

    public static VenueError Illegal(string parameter, string range) => new(400, -1100, $"Illegal characters found in parameter '{parameter}'; legal range is '{range}'.");

    public static VenueError Invalid(string parameter) => new(400, -1130, $"Data sent for parameter '{parameter}' is not valid.");

    public static VenueError Unread(int read, int sent) => new(400, -1104, $"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.");

    public static VenueError TooMuchWeight(long limit) =>
        new(429, -1003, $"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.");

    public static VenueError Banned(long untilMilliseconds) =>
        new(418, -1003, $"Way too much request weight used; IP banned until {untilMilliseconds}. Please use WebSocket Streams for live updates to avoid bans.");

    public static VenueError ServerFault(int status) => status switch
    {
        500 => new(500, -1000, "An unknown error occurred while processing the request."),
        503 => new(503, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
        504 => new(504, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."),
        _ => new(status, -1001, "Internal error; unable to process your request. Please try again."),
    };
}
