using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Web.Timelines;

/// <summary>One of a run's orders that is not known to be over, by the run's log.</summary>
/// <param name="Submitted">What was asked for.</param>
/// <param name="Sequence">Event that asked for it.</param>
/// <param name="Time">Engine time of it.</param>
/// <param name="Decision">Decision that wanted it.</param>
internal sealed record ViewedOrder(OrderSubmitted Submitted, long Sequence, long Time, long Decision)
{
    /// <summary>What is open, in quantity units.</summary>
    public long Remaining { get; init; } = Submitted.Quantity;

    /// <summary>Event that accepted it; 0 before.</summary>
    public long Accepted { get; init; }

    /// <summary>Market event that it was accepted after.</summary>
    public Cause AcceptedAfter { get; init; }

    /// <summary>Displayed before it when it was accepted, in quantity units.</summary>
    public long QueueAtStart { get; init; }

    /// <summary>True when a cancel was asked for.</summary>
    public bool Cancelling { get; init; }

    /// <summary>True when it is in the venue's book.</summary>
    public bool Rests => Accepted > 0;

    /// <summary>Side.</summary>
    public Side Side => Submitted.Side;

    /// <summary>Price in price units.</summary>
    public long Price => Submitted.Price;
}
