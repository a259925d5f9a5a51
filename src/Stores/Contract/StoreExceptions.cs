namespace EventSourcedMM.Stores;

/// <summary>The server of a store cannot be reached, or went away; trying again later may help.</summary>
/// <param name="place">The store, without secrets.</param>
/// <param name="why">What happened.</param>
/// <param name="inner">The client's exception.</param>
public sealed class StoreUnreachableException(string place, string why, Exception? inner = null)
    : Exception($"{place} is out of reach: {why}", inner)
{
    /// <summary>What happened, without the place.</summary>
    public string Reason { get; } = why;

    /// <summary>The store, without secrets.</summary>
    public string Place { get; } = place;
}

/// <summary>The server of a store refuses: wrong user or password, no such database, missing rights, a schema of a later program.</summary>
/// <param name="place">The store, without secrets.</param>
/// <param name="why">What it said, and what to do.</param>
/// <param name="inner">The client's exception.</param>
public sealed class StoreRefusedException(string place, string why, Exception? inner = null)
    : Exception($"{place}: {why}", inner)
{
    /// <summary>The store, without secrets.</summary>
    public string Place { get; } = place;
}
