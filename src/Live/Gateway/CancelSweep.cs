using System.Text.Json;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// Cancels every open order of the account in a symbol and asks whether one is left, until none is: what the kill switch, a
/// broken invariant, a full disk and <c>mm guard</c> use. It needs no state and no journal.
/// </summary>
internal sealed class CancelSweep(string symbol, Func<VenueMethod, RequestParameters, CancellationToken, Task<VenueAnswer>> call, Clock clock)
{
    private const int NothingToCancel = -2011;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>Runs until it is confirmed or stopped.</summary>
    /// <param name="cancelled">Told what the venue cancelled.</param>
    /// <param name="underWay">Orders of ours that may still arrive.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<CancelAllOutcome> RunAsync(Action<JsonElement> cancelled, Func<int> underWay, CancellationToken ct)
    {
        var count = 0;
        var detail = "";
        var wait = FirstWait;
        try
        {
            while (true)
            {
                // Counted before the venue is asked: what is answered meanwhile may have been placed behind its back.
                var mayArrive = underWay();
                var answer = await call(VenueMethod.CancelAll, new RequestParameters().Add("symbol", symbol), ct).ConfigureAwait(false);
                if (answer.Kind == AnswerKind.Done)
                {
                    count += answer.Body.ValueKind == JsonValueKind.Array ? answer.Body.GetArrayLength() : 0;
                    cancelled(answer.Body);
                }
                else if (answer.Code != NothingToCancel)
                {
                    detail = answer.Words;
                }

                var left = await call(VenueMethod.OpenOrders, new RequestParameters().Add("symbol", symbol), ct).ConfigureAwait(false);
                if (left.Kind != AnswerKind.Done)
                {
                    detail = left.Words;
                }
                else if (left.Body.ValueKind == JsonValueKind.Array && left.Body.GetArrayLength() == 0)
                {
                    if (mayArrive == 0)
                    {
                        return new CancelAllOutcome(symbol, count, Confirmed: true, "");
                    }

                    detail = "orders are still under way to the venue";
                }

                await Task.Delay(wait, clock, ct).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
            }
        }
        catch (OperationCanceledException)
        {
            return new CancelAllOutcome(symbol, count, Confirmed: false, detail.Length > 0 ? detail : "it was stopped before the venue had answered");
        }
    }
}
