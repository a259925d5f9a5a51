using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>What is used of the venue's limits of the whole account, told to the portfolio.</summary>
public struct BudgetReported : IPayload<BudgetReported>
{
    /// <summary>Unfilled orders counted in the venue's short window.</summary>
    public long Orders;

    /// <summary>What the venue allows in it; 0 when it is not known.</summary>
    public long OrdersAllowed;

    /// <summary>Unfilled orders counted in the UTC day.</summary>
    public long OrdersOfDay;

    /// <summary>What the venue allows in a day; 0 when it is not known.</summary>
    public long OrdersOfDayAllowed;

    /// <summary>Request weight of the current minute.</summary>
    public long Weight;

    /// <summary>What the venue allows in a minute; 0 when it is not known.</summary>
    public long WeightAllowed;

    /// <inheritdoc/>
    public static EventType Type => EventType.BudgetReported;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref BudgetReported payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Count("orders", ref payload.Orders);
        visit.Count("ordersAllowed", ref payload.OrdersAllowed);
        visit.Count("ordersOfDay", ref payload.OrdersOfDay);
        visit.Count("ordersOfDayAllowed", ref payload.OrdersOfDayAllowed);
        visit.Count("weight", ref payload.Weight);
        visit.Count("weightAllowed", ref payload.WeightAllowed);
    }
}
