using System.Text.Json;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>Answers to requests that put one order in another's place: cancelReplace and amendments.</summary>
internal sealed partial class RequestSender
{
    private void OnReplaced(OrderDesk desk, TrackedOrder old, TrackedOrder next, VenueAnswer answer)
    {
        lock (orderCount)
        {
            orderCount.Answered();
        }

        var hasBoth = answer.Body.ValueKind == JsonValueKind.Object && answer.Body.TryGetProperty("cancelResult", out _) && answer.Body.TryGetProperty("newOrderResult", out _);
        if (hasBoth && (answer.Kind == AnswerKind.Done || answer.Code is PartlyReplaced or NotReplaced || answer.IsLimit))
        {
            var (cancelKind, cancelBody, cancelCode, cancelWords) = Part(answer.Body, "cancelResult", "cancelResponse");
            var (placeKind, placeBody, placeCode, placeWords) = Part(answer.Body, "newOrderResult", "newOrderResponse");

            // The link has cut secrets out of the answer's own words; these stand inside of it.
            Cancelled(desk, old, cancelKind, cancelBody, cancelCode, gateway.Keys.Redact(cancelWords));
            Placed(desk, next, placeKind, placeBody, placeCode, gateway.Keys.Redact(placeWords));
            return;
        }

        switch (answer.Kind)
        {
            case AnswerKind.Refused:
                // Filters and counts are looked at before the cancel: neither was done, and the old order has to go all the same.
                desk.Tracker.Refused(next, RejectReasons.Of(answer.Words), answer.Words, 0);
                SendCancel(desk, old);
                break;
            case AnswerKind.NotSent:
                NotSent(desk, next, GatewayRequestKind.CancelReplace, answer.Words);
                SendCancel(desk, old);
                break;
            default:
                Doubt(desk, old);
                resolver.Resolve(desk, next);
                break;
        }
    }

    private void OnAmended(OrderDesk desk, TrackedOrder next, VenueAnswer answer)
    {
        if (next.Predecessor is not { } old)
        {
            // A report told it already.
            return;
        }

        switch (answer.Kind)
        {
            case AnswerKind.Done:
                desk.Tracker.Amended(old, next, AccountJson.Order(answer.Body.GetProperty("amendedOrder"), desk.Instrument) with { Time = AccountJson.Stamp(answer.Body, "transactTime") });
                resolver.IfNeeded(desk, old);
                break;
            case AnswerKind.Refused or AnswerKind.NotSent:
                Apart(desk, old, next);
                break;
            default:
                resolver.Resolve(desk, next);
                break;
        }
    }

    /// <summary>An amendment that was not done: the pair is sent as the two requests that it was.</summary>
    public void Apart(OrderDesk desk, TrackedOrder old, TrackedOrder next)
    {
        next.Predecessor = null;
        next.Amendments = 0;
        if (old.CancelAsked)
        {
            if (old.IsOpen)
            {
                SendCancel(desk, old);
            }
            else
            {
                desk.Tracker.CancelRefused(old, "the order was over before it was amended", 0);
            }
        }

        // Since it was asked for, everything may have been forbidden: it is a new order now.
        if (WhyNot(desk) is { } why)
        {
            NotSent(desk, next, GatewayRequestKind.Place, $"the order before it was not amended, and {why}");
            return;
        }

        SendPlace(desk, next);
    }

    private static (AnswerKind Kind, JsonElement Body, int Code, string Words) Part(JsonElement both, string result, string response)
    {
        var body = both.TryGetProperty(response, out var given) ? given : default;
        if (AccountJson.OptionalText(both, result) == "SUCCESS")
        {
            return (AnswerKind.Done, body, 0, "");
        }

        if (body.ValueKind != JsonValueKind.Object)
        {
            return (AnswerKind.Refused, body, 0, "it was not attempted");
        }

        var answer = VenueAnswer.From(400, body, TimeSpan.Zero);
        return (answer.Kind, body, answer.Code, answer.Words);
    }
}
