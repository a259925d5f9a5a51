using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Live.Gateway;

/// <summary>What a run's journal says that the account holds in a symbol's two assets.</summary>
/// <param name="Reconciliation">Ordinal of the reconciliation that closed with it: symbols of one account are compared together.</param>
/// <param name="Reported">The balances that it closed with.</param>
/// <param name="Since">The run's fills since then.</param>
public sealed record KnownBalances(long Reconciliation, BalanceReported Reported, IReadOnlyList<OrderFilled> Since);
