using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Portfolio;

/// <summary>
/// What all symbols together may spend and bid, in the portfolio's money: the account's quote and what was spent so far. A fill
/// changes nothing of it, but its fact and the balance that it leads to arrive apart; so a change is believed only when it was
/// seen throughout two seconds, and then the smallest that was seen.
/// </summary>
public sealed class Capital
{
    private const long Patience = 2 * Nanoseconds.PerSecond;

    private long changedSince;
    private bool grows;
    private Int128 nearest;

    /// <summary>True once the account has been seen.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>What is believed.</summary>
    public Int128 Amount { get; private set; }

    /// <summary>It was seen.</summary>
    /// <param name="now">Time in nanoseconds since the epoch.</param>
    /// <param name="seen">Free quote, what our own bids hold, and what was spent.</param>
    internal void Observe(long now, Int128 seen)
    {
        if (!IsKnown)
        {
            (IsKnown, Amount) = (true, seen);
        }
        else if (seen == Amount)
        {
            changedSince = 0;
        }
        else if (changedSince == 0 || grows != seen > Amount)
        {
            (changedSince, grows, nearest) = (now, seen > Amount, seen);
        }
        else
        {
            nearest = grows ? Int128.Min(nearest, seen) : Int128.Max(nearest, seen);
            if (now - changedSince >= Patience)
            {
                (Amount, changedSince) = (nearest, 0);
            }
        }
    }

    /// <summary>Writes the state in its one order, for the state hash.</summary>
    internal void WriteTo(CanonicalWriter writer)
    {
        writer.Signed(IsKnown ? 1 : 0);
        var amount = Amount;
        writer.Money("amount", ref amount);
        writer.Signed(changedSince);
        writer.Signed(grows ? 1 : 0);
        writer.Money("nearest", ref nearest);
    }
}
