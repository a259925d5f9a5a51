using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Gateway;

/// <summary>A request and the event that decided it.</summary>
/// <param name="Request">What the venue is asked.</param>
/// <param name="Sequence">Sequence of orderSubmitted or orderCancelRequested in the run's stream: the cause of the answer.</param>
public readonly record struct GatewayRequest(OrderRequest Request, long Sequence);
