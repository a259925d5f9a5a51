namespace EventSourcedMM.Domain.Quoting;

/// <summary>
/// What the model asks for, in quote currency per unit of base, before rounding to ticks, clamps and guards.
/// The bid may lie above the mid or the ask below it when inventory is large: the model has no floor.
/// </summary>
/// <param name="ReservationPrice">The price the quotes are centred on: mid minus the inventory skew.</param>
/// <param name="Spread">Ask minus bid, never negative for valid parameters.</param>
/// <param name="Bid"><c>ReservationPrice − 0.5·Spread</c>.</param>
/// <param name="Ask"><c>ReservationPrice + 0.5·Spread</c>.</param>
public readonly record struct ModelQuote(double ReservationPrice, double Spread, double Bid, double Ask);
