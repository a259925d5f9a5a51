using System.Threading.Channels;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Live.Gateway;

/// <summary>One symbol's side of the gateway. One loop hands requests in and reads events; both may be on one thread.</summary>
public interface IOrderDesk
{
    /// <summary>The symbol with scales and limits.</summary>
    Instrument Instrument { get; }

    /// <summary>
    /// What happened, in an order in which it can be appended and stepped: of one order first its acceptance (or its
    /// refusal, and nothing after it), then its fills, each once, then its end, after which nothing more is said of it.
    /// Every request is answered by exactly one event: a new order by orderAccepted or orderRejected, a cancel by
    /// orderCancelled (or orderExpired) or orderCancelRejected, where an order that fills first is filled and then the
    /// cancel rejected. connectionChanged "account" is up only while orders may be sent and everything is reconciled.
    /// Completes when the gateway is closed. Where the gateway itself failed, which ends the run, a <see cref="GatewayFailure"/> comes once,
    /// and behind it what still becomes of the orders.
    /// </summary>
    ChannelReader<GatewayEvent> Events { get; }

    /// <summary>Requests handed in whose answer has not been written to <see cref="Events"/>.</summary>
    int Unanswered { get; }

    /// <summary>
    /// Hands in the requests that one step decided, in their order. Returns at once and never refuses by itself: a request
    /// that cannot be sent is answered by an event like any other (orderRejected with reason gateway, beside
    /// requestThrottled). A cancel and a new order of the same side that stand in one call may be sent as one request
    /// (cancelReplace, or an amendment that keeps the queue); they are answered apart, as if they had been sent apart.
    /// </summary>
    /// <param name="requests">What to send; read during the call.</param>
    void Submit(ReadOnlySpan<GatewayRequest> requests);

    /// <summary>Asks for a reconciliation now; does not wait for it.</summary>
    void Reconcile();

    /// <summary>New orders are taken again after <see cref="IOrderGateway.CancelAllAsync"/>.</summary>
    void AllowOrders();
}
