using System.Text;
using System.Text.Json;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>What a call has led to: its answer, and what the account's user data stream is told.</summary>
/// <param name="Status">HTTP status; the WebSocket API has the same.</param>
/// <param name="Body">Result of 200, otherwise the error, as JSON.</param>
internal sealed record ApiOutcome(int Status, byte[] Body)
{
    /// <summary>Reports that come with the answer.</summary>
    public IReadOnlyList<UserEvent> Events { get; init; } = [];

    /// <summary>Symbol it was about; empty without.</summary>
    public string Symbol { get; init; } = "";

    /// <summary>When the client may come again, in venue time; 0 where that is of no account.</summary>
    public long RetryAt { get; init; }

    /// <summary>The answer to a refused call.</summary>
    public static ApiOutcome Of(VenueError error) => new(
        error.Status,
        Encoding.UTF8.GetBytes($"{{\"code\":{error.Code},\"msg\":{JsonSerializer.Serialize(error.Message, PlainJson.Options)}{(error.Data.Length > 0 ? $",\"data\":{error.Data}" : "")}}}"))
    {
        RetryAt = error.RetryAt,
    };
}
