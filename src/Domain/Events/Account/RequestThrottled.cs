using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>The gateway held a request back, or refused it, before the venue had to. A refused order is also rejected by an event of its own.</summary>
public struct RequestThrottled : IPayload<RequestThrottled>
{
    /// <summary>The order; 0 when the request is for none.</summary>
    public long OrderId;

    /// <summary>What was asked.</summary>
    public GatewayRequestKind Request;

    /// <summary>Which limit.</summary>
    public GatewayLimit Limit;

    /// <summary>True when it was refused, false when it was sent later.</summary>
    public bool Refused;

    /// <summary>What was used of the limit: requests, weight, or nanoseconds of clock error.</summary>
    public long Used;

    /// <summary>What the limit allows.</summary>
    public long Allowed;

    /// <summary>When the limit is over; 0 when it is not known.</summary>
    public long Until;

    /// <summary>In words.</summary>
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
