using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>A limit was met. In a run: the gateway held a request back or refused it before the venue had to, or the venue refused it for a limit; a refused order is also rejected by an event of its own. In a recording: a capture's question waited for the request weight of the next minute or for the end of a ban, or the venue itself refused it with status 429 or 418.</summary>
public struct RequestThrottled : IPayload<RequestThrottled>
{
    /// <summary>The order; 0 when the request is for none, as in every recording.</summary>
    public long OrderId;

    /// <summary>What was asked.</summary>
    public GatewayRequestKind Request;

    /// <summary>Which limit.</summary>
    public GatewayLimit Limit;

    /// <summary>True when it was refused, by the gateway or by the venue; false when it was sent later.</summary>
    public bool Refused;

    /// <summary>What was used of the limit: requests, weight, or nanoseconds of clock error. For a refusal by the venue the status of its answer, such as 429 or 418.</summary>
    public long Used;

    /// <summary>What the limit allows; 0 where it is not known, as for a refusal by the venue.</summary>
    public long Allowed;

    /// <summary>When the limit is over; 0 when it is not known.</summary>
    public long Until;

    /// <summary>In words; in a recording they begin with what was asked for.</summary>
    public string Detail;

    /// <summary>An empty payload; text fields are never null.</summary>
    public RequestThrottled()
    {
        Detail = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.RequestThrottled;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RequestThrottled payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Id("orderId", ref payload.OrderId);
        visit.Code("request", ref payload.Request);
        visit.Code("limit", ref payload.Limit);
        visit.Flag("refused", ref payload.Refused);
        visit.Count("used", ref payload.Used);
        visit.Count("allowed", ref payload.Allowed);
        visit.Time("until", ref payload.Until);
        visit.Text("detail", ref payload.Detail);
    }
}
