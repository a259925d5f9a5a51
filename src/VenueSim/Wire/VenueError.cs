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

    public static readonly VenueError BadKeyFormat = new(401, -2014, "API-key format invalid.");
    public static readonly VenueError BadKey = new(401, -2015, "Invalid API-key, IP, or permissions for action.");
    public static readonly VenueError BadSignature = new(400, -1022, "Signature for this request is not valid.");
    public static readonly VenueError TooOld = new(400, -1021, "Timestamp for this request is outside of the recvWindow.");
    public static readonly VenueError TooNew = new(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.");
    public static readonly VenueError UnknownOrder = new(400, -2011, "Unknown order sent.");
    public static readonly VenueError NoReferencePrice = new(400, -2043, "This symbol doesn't have a reference price.");
    public static readonly VenueError NoSuchOrder = new(400, -2013, "Order does not exist.");
    public static readonly VenueError Restricted = new(400, -2011, "Order was not canceled due to cancel restrictions.");
    public static readonly VenueError BadRestrictions = new(400, -1145, "Invalid cancelRestrictions");
    public static readonly VenueError BadOrderType = new(400, -1116, "Invalid orderType.");
    public static readonly VenueError BadSide = new(400, -1117, "Invalid side.");
    public static readonly VenueError BadTime = new(400, -1115, "Invalid timeInForce.");
    public static readonly VenueError NotSupported = new(400, -1020, "This operation is not supported.");
    public static readonly VenueError BadStrategy = new(400, -1134, "strategyType was less than 1000000.");
    public static readonly VenueError Subscribed = new(400, -2035, "User Data Stream subscription already active.");
    public static readonly VenueError NotSubscribed = new(400, -2036, "User Data Stream subscription not active.");

    /// <summary>When a client may come again, in venue time; 0 where that is of no account.</summary>
    public long RetryAt { get; init; }

    /// <summary>More about the error, as JSON; empty without.</summary>
    public string Data { get; init; } = "";

    public static VenueError Filter(string name) => new(400, -1013, $"Filter failure: {name}");

    public static VenueError Rejected(string why) => new(400, -2010, why);

    public static VenueError NotAmended(string why) => new(400, -2038, why);

    public static VenueError TooManyOrders(long limit, string interval) => new(429, -1015, $"Too many new orders; current limit is {limit} orders per {interval}.");

    public static VenueError NeitherOf(string one, string other) => new(400, -1102, $"Param '{one}' or '{other}' must be sent, but both were empty/null!");

    public static VenueError TooPrecise(string parameter) => new(400, -1111, $"Parameter '{parameter}' has too much precision.");

    public static VenueError NotRequired(string parameter) => new(400, -1106, $"Parameter '{parameter}' sent when not required.");

    public static VenueError TooLarge(string parameter, long most) => new(400, -1102, $"'{parameter}' contains unexpected value. Cannot be greater than {most}.");

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
