using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Inventory;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Quoting;

/// <summary>The model's two prices and how they became ours. All steps are in docs/model.md, in this order.</summary>
public struct QuotePrices
{
    // Beyond this a price is no multiple of the tick that 64 bits and 53 bits of mantissa both hold exactly.
    private const double LargestPrice = 9_007_199_254_740_992.0;

    /// <summary>s: mid in quote.</summary>
    public double Mid;

    /// <summary>Reservation price, spread and quotes of the model.</summary>
    public ModelQuote Model;

    /// <summary>Extra shift of both quotes beyond the threshold, in quote.</summary>
    public double InventoryShift;

    /// <summary>Bid before rounding and clamps, in quote.</summary>
    public double ModelBid;

    /// <summary>Ask before rounding and clamps, in quote.</summary>
    public double ModelAsk;

    /// <summary>Our bid in price units, a multiple of the tick; not positive when there is none.</summary>
    public long Bid;

    /// <summary>Our ask in price units, a multiple of the tick.</summary>
    public long Ask;

    /// <summary>What moved the bid.</summary>
    public QuoteClamp BidClamps;

    /// <summary>What moved the ask.</summary>
    public QuoteClamp AskClamps;

    /// <summary>Computes the prices.</summary>
    /// <returns>False when the model's prices are not finite or too large to be prices.</returns>
    public static bool TryCompute(QuoteSetup setup, in QuoteInputs inputs, out QuotePrices prices)
    {
        var nobody = default(Untraced);
        return TryCompute(setup, inputs, out prices, ref nobody);
    }

    /// <summary>Computes the prices and tells somebody every step that is not in the result.</summary>
    /// <returns>False when the model's prices are not finite or too large to be prices.</returns>
    public static bool TryCompute<TTrace>(QuoteSetup setup, in QuoteInputs inputs, out QuotePrices prices, ref TTrace trace)
        where TTrace : struct, IQuoteTrace
    {
        var instrument = setup.Instrument;
        var parameters = setup.Parameters;
        var priceFactor = (double)instrument.PriceScale.Factor;
        prices = default;
        prices.Mid = (inputs.BestBid + inputs.BestAsk) / (2.0 * priceFactor);
        var q = inputs.Inventory / (double)instrument.QuantityScale.Factor;
        prices.Model = parameters.Horizon == HorizonMode.Stationary
            ? GueantLehalleFernandezTapia.Quotes(prices.Mid, q, Math.Sqrt(inputs.Variance), setup.LogTerm, setup.StationarySlope)
            : AvellanedaStoikov.Quotes(prices.Mid, q, parameters.Gamma, inputs.Variance, inputs.Horizon, setup.LogTerm);
        var pressure = InventoryControl.Pressure(inputs.Inventory, parameters.InventoryThreshold, parameters.MaxInventory);
        prices.InventoryShift = InventoryControl.Shift(inputs.Inventory, pressure, parameters.InventorySkew, 0.5 * prices.Model.Spread);
        prices.ModelBid = prices.Model.Bid + prices.InventoryShift;
        prices.ModelAsk = prices.Model.Ask + prices.InventoryShift;

        var bid = prices.ModelBid * priceFactor;
        var ask = prices.ModelAsk * priceFactor;
        if (!(Math.Abs(bid) < LargestPrice) || !(Math.Abs(ask) < LargestPrice))
        {
            return false;
        }

        // Never tighter than the model: bids round down to the tick, asks up.
        var tick = instrument.Tick;
        prices.Bid = Division.FloorToMultiple((long)Math.Floor(bid), tick);
        prices.Ask = Division.CeilingToMultiple((long)Math.Ceiling(ask), tick);
        trace.Rounded(prices.Bid, prices.Ask);
        prices.Clamp(parameters, instrument, inputs, ref trace);
        return true;
    }

    private void Clamp<TTrace>(StrategyParameters parameters, Instrument instrument, in QuoteInputs inputs, ref TTrace trace)
        where TTrace : struct, IQuoteTrace
    {
        var tick = instrument.Tick;
        var midTwice = inputs.BestBid + inputs.BestAsk;
        if (parameters.MinHalfSpread > 0)
        {
            // floor((2·mid − 2·distance) / 2 ticks) is the highest tick at least the distance below the mid.
            var highest = Division.Divide(midTwice - (2 * parameters.MinHalfSpread), 2 * tick, Rounding.Down) * tick;
            var lowest = Division.Divide(midTwice + (2 * parameters.MinHalfSpread), 2 * tick, Rounding.Up) * tick;
            AtMostBid(highest, QuoteClamp.MinimumSpread, ref trace);
            AtLeastAsk(lowest, QuoteClamp.MinimumSpread, ref trace);
        }

        if (parameters.MaxDistance > 0)
        {
            var lowest = Division.Divide(midTwice - (2 * parameters.MaxDistance), 2 * tick, Rounding.Up) * tick;
            var highest = Division.Divide(midTwice + (2 * parameters.MaxDistance), 2 * tick, Rounding.Down) * tick;
            trace.Bound(QuoteClamp.MaximumDistance, Side.Bid, lowest, Bid);
            trace.Bound(QuoteClamp.MaximumDistance, Side.Ask, highest, Ask);
            if (Bid < lowest)
            {
                Bid = lowest;
                BidClamps |= QuoteClamp.MaximumDistance;
            }

            if (Ask > highest)
            {
                Ask = highest;
                AskClamps |= QuoteClamp.MaximumDistance;
            }
        }

        if (parameters.JoinBest)
        {
            AtMostBid(Division.FloorToMultiple(inputs.BestBid, tick), QuoteClamp.JoinBest, ref trace);
            AtLeastAsk(Division.CeilingToMultiple(inputs.BestAsk, tick), QuoteClamp.JoinBest, ref trace);
        }

        // Post-only last: nothing may match at once. Market levels can lie off the tick grid.
        AtMostBid(Division.FloorToMultiple(inputs.BestAsk - 1, tick), QuoteClamp.PostOnly, ref trace);
        AtLeastAsk(Division.CeilingToMultiple(inputs.BestBid + 1, tick), QuoteClamp.PostOnly, ref trace);
    }

    private void AtMostBid<TTrace>(long highest, QuoteClamp clamp, ref TTrace trace)
        where TTrace : struct, IQuoteTrace
    {
        trace.Bound(clamp, Side.Bid, highest, Bid);
        if (Bid > highest)
        {
            Bid = highest;
            BidClamps |= clamp;
        }
    }

    private void AtLeastAsk<TTrace>(long lowest, QuoteClamp clamp, ref TTrace trace)
        where TTrace : struct, IQuoteTrace
    {
        trace.Bound(clamp, Side.Ask, lowest, Ask);
        if (Ask < lowest)
        {
            Ask = lowest;
            AskClamps |= clamp;
        }
    }
}
