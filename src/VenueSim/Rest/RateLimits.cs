namespace EventSourcedMM.VenueSim.Rest;

/// <summary>What a client may do in a time.</summary>
/// <param name="Weight">Request weight of an address in a minute.</param>
/// <param name="OrdersInTenSeconds">Unfilled orders of an account in ten seconds.</param>
/// <param name="OrdersInADay">Unfilled orders of an account in a UTC day.</param>
public sealed record RateLimits(long Weight = 6_000, long OrdersInTenSeconds = 100, long OrdersInADay = 200_000);
