using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Live.Gateway.Orders;

/// <summary>Receives the events that follow from what the venue says, in the order in which they can be stepped.</summary>
internal interface IReportSink
{
    /// <summary>An event.</summary>
    /// <param name="payload">What it says.</param>
    /// <param name="venueTime">The venue's stamp; 0 for none.</param>
    /// <param name="requestSequence">Sequence of the request that caused it; 0 for none.</param>
    void Emit<T>(in T payload, long venueTime, long requestSequence)
        where T : struct, IPayload<T>;

    /// <summary>An order was refused.</summary>
    /// <param name="side">Its side.</param>
    /// <param name="rejected">Which, and why.</param>
    /// <param name="venueTime">The venue's stamp; 0 for none.</param>
    /// <param name="requestSequence">Sequence of the request that caused it; 0 for none.</param>
    /// <param name="now">True where something else waits for this to be told.</param>
    void Rejected(Side side, in OrderRejected rejected, long venueTime, long requestSequence, bool now);

    /// <summary>The venue speaks of an order whose end the engine was told already.</summary>
    void Contradiction(TrackedOrder order, string what);

    /// <summary>A commission in an asset whose price is not known: its value counts as nothing, which has to be said.</summary>
    void Unvalued(in OrderFilled fill, string amount, string asset);
}
