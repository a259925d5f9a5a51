using System.Numerics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>docs/model.md §8.1 and §8.2: the model's prices, the clamps, the targets.</summary>
public sealed class NaiveQuotes(NaiveInstrument instrument, NaiveSettings settings, double logTerm, double slope)
{
    private BigInteger m2;

    public double S { get; private set; }

    public double R { get; private set; }

    public double Spread { get; private set; }

    public double Shift { get; private set; }

    public double B1 { get; private set; }

    public double A1 { get; private set; }

    public BigInteger Bid { get; private set; }

    public BigInteger Ask { get; private set; }

    public QuoteClamp BidClamps { get; private set; }

    public QuoteClamp AskClamps { get; private set; }

    /// <summary>Prices for both sides; false when the model's are no prices.</summary>
    public bool Compute(long bid, long ask, long q, double variance, double tau)
    {
        S = (bid + ask) / (2.0 * 1e8);
        var qHat = q / 1e8;
        double half;
        if (settings.Word("horizon_mode") == "stationary")
        {
            var risk = slope * Math.Sqrt(variance);
            R = S - (qHat * risk);
            half = logTerm + (0.5 * risk);
            Spread = 2.0 * half;
        }
        else
        {
            var risk = settings.Real("gamma") * variance;
            risk = risk * tau;
            R = S - (qHat * risk);
            Spread = risk + (2.0 * logTerm);
            half = 0.5 * Spread;
        }

        var b0 = R - half;
        var a0 = R + half;
        var beyond = Math.Abs(q) - settings.Units("inventory_threshold");
        var range = settings.Units("max_inventory") - settings.Units("inventory_threshold");
        var p = beyond <= 0 ? 0.0 : beyond >= range ? 1.0 : (double)beyond / range;
        var shift = settings.Real("inventory_skew") * (0.5 * Spread);
        shift = shift * p;
        Shift = q > 0 ? -shift : shift;
        B1 = b0 + Shift;
        A1 = a0 + Shift;
        var (b, a) = (B1 * 1e8, A1 * 1e8);
        if (!(Math.Abs(b) < 9007199254740992.0 && Math.Abs(a) < 9007199254740992.0))
        {
            return false;
        }

        Bid = Down(new BigInteger(Math.Floor(b)), 1);
        Ask = Up(new BigInteger(Math.Ceiling(a)), 1);
        Clamp(bid, ask);
        return true;
    }

    /// <summary>Targets of a side and why they are so.</summary>
    public (SideReason Reason, List<Level> Targets) Targets(Side side, long q)
    {
        var best = side == Side.Bid ? Bid : Ask;
        var held = side == Side.Bid ? q : -q;
        var targets = new List<Level>();
        if (best <= 0)
        {
            return (SideReason.NoPrice, targets);
        }

        if (IsTooFar(best))
        {
            return (SideReason.PriceCollar, targets);
        }

        var room = Limit(best) - held;
        if (room <= 0)
        {
            return (Limit(best) < settings.Units("max_inventory") ? SideReason.NotionalLimit : SideReason.InventoryLimit, targets);
        }

        var size = settings.Units("order_size") / instrument.Lot * instrument.Lot;
        var spacing = BigInteger.Max(Up(settings.Units("level_spacing"), 1), instrument.Tick);
        var reason = SideReason.Quoted;
        for (var i = 0; i < settings.Whole("levels"); i++)
        {
            var price = side == Side.Bid ? best - (i * spacing) : best + (i * spacing);
            var quantity = BigInteger.Min(size, room) / instrument.Lot * instrument.Lot;
            if (i > 0 && IsTooFar(price))
            {
                return (SideReason.Reduced, targets);
            }

            if (price <= 0 || quantity < instrument.MinQuantity || price * quantity < instrument.MinNotional)
            {
                return (i == 0 ? SideReason.BelowMinimum : SideReason.Reduced, targets);
            }

            reason = quantity < size ? SideReason.Reduced : reason;
            targets.Add(new Level((long)price, (long)quantity));
            room -= quantity;
        }

        return (reason, targets);
    }

    /// <summary>Largest inventory either way at a price.</summary>
    public BigInteger Limit(BigInteger price)
    {
        var most = new BigInteger(settings.Units("max_inventory"));
        var notional = settings.Money("max_notional");
        return notional > 0 ? BigInteger.Min(most, NaiveLedger.Floor(notional, price)) : most;
    }

    // More than the collar from the mid M2/2, both multiplied by 2·10⁶.
    private bool IsTooFar(BigInteger price)
    {
        BigInteger collar = settings.Later("price_collar_ppm");
        return collar > 0 && BigInteger.Abs((2 * price) - m2) * 1_000_000 > collar * m2;
    }

    // Multiples of the tick not above, not below x / parts.
    private BigInteger Down(BigInteger x, int parts) => NaiveLedger.Floor(x, parts * new BigInteger(instrument.Tick)) * instrument.Tick;

    private BigInteger Up(BigInteger x, int parts) => NaiveLedger.Ceiling(x, parts * new BigInteger(instrument.Tick)) * instrument.Tick;

    private void Clamp(long bid, long ask)
    {
        (BidClamps, AskClamps) = (QuoteClamp.None, QuoteClamp.None);
        m2 = bid + ask;
        BigInteger h = settings.Units("min_half_spread");
        if (h > 0)
        {
            Outward(Down(m2 - (2 * h), 2), Up(m2 + (2 * h), 2), QuoteClamp.MinimumSpread);
        }

        BigInteger d = settings.Units("max_distance");
        if (d > 0)
        {
            var (lowest, highest) = (Up(m2 - (2 * d), 2), Down(m2 + (2 * d), 2));
            BidClamps |= Bid < lowest ? QuoteClamp.MaximumDistance : 0;
            AskClamps |= Ask > highest ? QuoteClamp.MaximumDistance : 0;
            Bid = BigInteger.Max(Bid, lowest);
            Ask = BigInteger.Min(Ask, highest);
        }

        if (settings.Flag("join_best"))
        {
            Outward(Down(bid, 1), Up(ask, 1), QuoteClamp.JoinBest);
        }

        Outward(Down(ask - BigInteger.One, 1), Up(bid + BigInteger.One, 1), QuoteClamp.PostOnly);
    }

    private void Outward(BigInteger highestBid, BigInteger lowestAsk, QuoteClamp clamp)
    {
        BidClamps |= Bid > highestBid ? clamp : 0;
        AskClamps |= Ask < lowestAsk ? clamp : 0;
        Bid = BigInteger.Min(Bid, highestBid);
        Ask = BigInteger.Max(Ask, lowestAsk);
    }
}
