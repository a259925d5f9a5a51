namespace EventSourcedMM.Projections.Portfolio;

/// <summary>
/// A symbol's part of something that all symbols share, in the portfolio's money. It may use what lies between
/// <see cref="Base"/> and <see cref="Limit"/>; what it really may be using is at most <see cref="Bound"/>, since a smaller
/// limit counts only when the symbol has answered that it keeps to it.
/// </summary>
public struct Claim
{
    /// <summary>What its use is counted from: what it has spent so far where sales give back, 0 elsewhere.</summary>
    public Int128 Base;

    /// <summary>What it uses beyond the base, requests in flight included.</summary>
    public Int128 Used;

    /// <summary>What its last verdict allows.</summary>
    public Int128 Limit;

    /// <summary>What no verdict that may be in force allows more than, and no use that was reported exceeds.</summary>
    public Int128 Bound;

    /// <summary>True when the symbol is known to keep to its last verdict.</summary>
    public bool IsAnswered;
}
