namespace EventSourcedMM.Live.Gateway;

/// <summary>How cancelling everything of a symbol went.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Cancelled">Orders that the venue says it cancelled.</param>
/// <param name="Confirmed">True when the venue was asked afterwards and has no open order of the account in the symbol.</param>
/// <param name="Detail">What went wrong, in words; empty when nothing did.</param>
public sealed record CancelAllOutcome(string Symbol, int Cancelled, bool Confirmed, string Detail);
