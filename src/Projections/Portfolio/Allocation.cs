using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Projections.Portfolio;

/// <summary>
/// Divides something that all symbols share, so that together they never use more than there is, however late verdicts and
/// facts arrive: what one gives up is given to another only when the first has answered.
/// </summary>
public static class Allocation
{
    // Changes smaller than this part of what a symbol has are not worth a verdict.
    private const int Worth = 8;

    /// <summary>The parts at the beginning, when nothing is used: equal, rounded down.</summary>
    public static void Begin(Int128 total, Span<Claim> claims)
    {
        var part = Division.Divide(total, claims.Length, Rounding.Down);
        for (var i = 0; i < claims.Length; i++)
        {
            claims[i] = new Claim { Limit = part, Bound = part, IsAnswered = true };
        }
    }

    /// <summary>
    /// Moves limits: where one symbol is short (it uses three quarters of what it may), the others go down to what they use and an
    /// equal part of what nobody uses, and it goes up to the same as far as others have answered. Where more is bound than
    /// there is, all go down.
    /// </summary>
    /// <param name="total">What there is, in the units of the claims' limits.</param>
    /// <param name="claims">The claims; limits and bounds are changed in place.</param>
    public static void Share(Int128 total, Span<Claim> claims)
    {
        Int128 used = 0;
        Int128 bound = 0;
        var short1 = -1;
        var shorts = 0;
        for (var i = 0; i < claims.Length; i++)
        {
            ref var claim = ref claims[i];
            var most = claim.IsAnswered ? claim.Limit : Int128.Max(claim.Bound, claim.Limit);
            claim.Bound = Int128.Max(most, claim.Base + claim.Used);
            used += claim.Base + claim.Used;
            bound += claim.Bound;
            if (IsShort(claim))
            {
                short1 = i;
                shorts++;
            }
        }

        var free = total - used;
        for (var i = 0; i < claims.Length; i++)
        {
            ref var claim = ref claims[i];
            var target = Target(claim, free, claims.Length);
            var isOver = bound > total;
            var othersAreShort = shorts > 1 || (shorts == 1 && short1 != i);
            if (target < claim.Limit && (isOver || (othersAreShort && IsWorth(claim, claim.Limit - target))))
            {
                claim.Limit = target;
            }
        }

        for (var i = 0; i < claims.Length; i++)
        {
            ref var claim = ref claims[i];
            var most = Int128.Min(Target(claim, free, claims.Length), total - (bound - claim.Bound));
            if (claim.IsAnswered && IsShort(claim) && most > claim.Limit && IsWorth(claim, most - claim.Limit))
            {
                claim.Limit = most;
                bound += Int128.Max(0, most - claim.Bound);
                claim.Bound = Int128.Max(claim.Bound, most);
            }
        }
    }

    // What it uses, and an equal part of what is free; where more is used than there is, less by an equal part of that.
    private static Int128 Target(in Claim claim, Int128 free, int claims) => free >= 0
        ? claim.Base + claim.Used + Division.Divide(free, claims, Rounding.Down)
        : claim.Base + Int128.Max(0, claim.Used - Division.Divide(-free, claims, Rounding.Up));

    private static bool IsShort(in Claim claim) => claim.Used * 4 >= (claim.Limit - claim.Base) * 3;

    private static bool IsWorth(in Claim claim, Int128 change) => change * Worth >= claim.Limit - claim.Base;
}
