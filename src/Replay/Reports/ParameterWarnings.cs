using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Replay.Reports;

/// <summary>Warnings, with numbers, when parameters make no sense for the symbol as recorded.</summary>
public static class ParameterWarnings
{
    /// <summary>A model half-spread this many times the market's is absurd.</summary>
    public const double AbsurdSpread = 20;

    /// <summary>A typical σ that is off by this factor is not typical.</summary>
    public const double FarSigma = 5;

    /// <summary>The warnings for a finished run; empty when all is plausible.</summary>
    public static List<string> Of(BacktestResult result)
    {
        var warnings = new List<string>();
        var setup = result.State.Setup!;
        var parameters = setup.Parameters;
        var instrument = setup.Instrument;
        var metrics = result.Metrics;
        if (metrics.MarketSamples == 0)
        {
            warnings.Add("The book could not be quoted on at any timer of the window: is the recording's snapshot missing?");
            return warnings;
        }

        if (result.State.Tracker.State == BookState.Partial)
        {
            warnings.Add("The recording has partial books only (depth20 and the like), no diffs: levels beyond those shown are unknown; a level that changed and changed back between two messages is not seen; at a price that was not shown when we quoted it, nobody counts as ahead of us until a book shows it. Fills are less certain than with diffs.");
        }

        if (result.Prints == PrintSource.None)
        {
            warnings.Add("The recording has neither trades nor aggregate trades: only quotes that cross ours can fill them. Record the trade stream, too.");
        }

        var mid = metrics.MarketMid(instrument);
        var halfMarket = metrics.MarketSpread(instrument) / 2;
        var variance = metrics.MeanVariance;

        // What a quote can reach within a second: the market's half-spread, or the mid's own movement if that is more.
        var reach = Math.Max(halfMarket, Math.Sqrt(variance));
        var half = setup.LogTerm;
        if (reach > 0 && half > AbsurdSpread * reach)
        {
            warnings.Add(Text($"k = {parameters.Decay:g6} (1/{instrument.QuoteAsset}) makes a half-spread of at least {half:g4} {instrument.QuoteAsset}, {half / reach:0} times what the market reaches in a second ({reach:g4}: half its spread, or σ·√1 s): hardly anything will fill. k is per {instrument.QuoteAsset} of distance; mm calibrate estimates it."));
        }
        else if (halfMarket > 0 && half < halfMarket / AbsurdSpread && parameters.MinHalfSpread == 0)
        {
            warnings.Add(Text($"k = {parameters.Decay:g6} (1/{instrument.QuoteAsset}) makes a half-spread of {half:g4} {instrument.QuoteAsset} before risk, {halfMarket / half:0} times narrower than the market's mean half-spread of {halfMarket:g4}: quotes stand wherever post-only lets them."));
        }

        var horizon = parameters.Horizon == HorizonMode.Rolling ? result.State.RollingHorizon : 0;
        if (variance > 0 && horizon > 0)
        {
            var unitSkew = parameters.Gamma * variance * horizon;
            var atLimit = unitSkew * parameters.MaxInventory / instrument.QuantityScale.Factor;
            if (atLimit > mid)
            {
                warnings.Add(Text($"γ = {parameters.Gamma:g6} with σ = {Math.Sqrt(variance):g4} {instrument.QuoteAsset}/√s and T−t = {horizon:0.###} s moves the quotes by {atLimit:g4} {instrument.QuoteAsset} at max_inventory, more than the price itself ({mid:g6}): γ is per unit of {instrument.BaseAsset} and must be rescaled to the symbol."));
            }
            else if (atLimit < halfMarket / 100 && parameters.InventorySkew == 0)
            {
                warnings.Add(Text($"γ = {parameters.Gamma:g6} moves the quotes by only {atLimit:g3} {instrument.QuoteAsset} at max_inventory: inventory is hardly controlled before the side is pulled."));
            }

            if (reach > 0 && 0.5 * unitSkew > AbsurdSpread * reach)
            {
                warnings.Add(Text($"The risk term γσ²(T−t) = {unitSkew:g4} {instrument.QuoteAsset} alone widens the half-spread to {0.5 * unitSkew / reach:0} times what the market reaches in a second ({reach:g4}): γ or the horizon is too large."));
            }
        }

        var fee = result.Started.FeePartsPerMillion / 1e6 * mid;
        var least = Math.Max(half, parameters.MinHalfSpread / (double)instrument.PriceScale.Factor);
        if (least < fee)
        {
            warnings.Add(Text($"The half-spread can be as small as {least:g4} {instrument.QuoteAsset}; a commission of {result.Started.FeePartsPerMillion} ppm is {fee:g4} a side: a round trip at such quotes loses unless the price moves our way. min_half_spread bounds it."));
        }

        var value = (Int128)parameters.OrderSize * (long)(mid * instrument.PriceScale.Factor);
        if (value < instrument.MinNotional)
        {
            warnings.Add($"order_size {instrument.FormatQuantity(parameters.OrderSize)} {instrument.BaseAsset} is worth about {instrument.FormatMoney(value)} {instrument.QuoteAsset}, less than the venue's smallest order of {instrument.FormatMoney(instrument.MinNotional)}: nothing can be quoted.");
        }

        if (parameters.OrderSize > parameters.MaxInventory)
        {
            warnings.Add($"order_size {instrument.FormatQuantity(parameters.OrderSize)} is above max_inventory {instrument.FormatQuantity(parameters.MaxInventory)}: every quote is cut to the limit.");
        }

        OfReferences(result, variance, halfMarket, warnings);
        if (result.Metrics.Fills == 0)
        {
            warnings.Add(WhyNothingFilled(result, reach));
        }

        return warnings;
    }

    // σ as expected, σ as bounded, and where the inventory is wanted: each against what the day showed.
    private static void OfReferences(BacktestResult result, double variance, double halfMarket, List<string> warnings)
    {
        var parameters = result.State.Setup!.Parameters;
        var instrument = result.State.Instrument!;
        var sigma = Math.Sqrt(variance);
        if (sigma > 0 && parameters.SigmaReference > 0 && (parameters.SigmaReference > FarSigma * sigma || parameters.SigmaReference < sigma / FarSigma))
        {
            warnings.Add(Text($"sigma_reference = {parameters.SigmaReference:g4} {instrument.QuoteAsset}/√s is {parameters.SigmaReference / sigma:g3} times the σ of the window, {sigma:g4}: the horizon derived from it does not fit. mm calibrate estimates it."));
        }

        if (parameters.VolatilityFloor > 0 && sigma > 0 && sigma <= parameters.VolatilityFloor * 1.000001)
        {
            warnings.Add(Text($"volatility_floor = {parameters.VolatilityFloor:g4} {instrument.QuoteAsset}/√s is above everything the market did in the window (its mean half-spread is {halfMarket:g4}): σ was the floor all the time, and the quotes did not follow the market's."));
        }

        if (Math.Abs(parameters.InventoryTarget) > parameters.MaxInventory)
        {
            warnings.Add($"inventory_target {instrument.FormatQuantity(parameters.InventoryTarget)} {instrument.BaseAsset} lies further from the position at the start, 0, than max_inventory {instrument.FormatQuantity(parameters.MaxInventory)}: one side is pulled until the position has come near it. A backtest starts at 0; leave the target at 0 unless the run starts with other inventory.");
        }
    }

    private static string WhyNothingFilled(BacktestResult result, double reach)
    {
        var state = result.State;
        var metrics = result.Metrics;
        var instrument = state.Instrument!;
        if (metrics.OrdersPlaced == 0)
        {
            var why = state.Decisions > 0
                ? $"of {state.Decisions} decisions none led to an order: in the last one bids were {Explain.Words.Say(state.BidReason)}, asks {Explain.Words.Say(state.AskReason)}"
                : state.Stop.Reason == Domain.Quoting.StopReason.WarmingUp
                    ? $"σ was not ready before the end ({state.Volatility!.Changes} of {state.Volatility.Warmup} mid changes of volatility_warmup)"
                    : $"quoting never began; the last reason not to: {Explain.StopExplainer.Sentence(state.Stop.Reason)}";
            return $"Nothing filled, because nothing was quoted: {why}.";
        }

        if (result.Prints == PrintSource.None)
        {
            return "Nothing filled: the recording has no prints, and no quote of the market crossed ours.";
        }

        var distance = metrics.QuotedSpreadPpm / 2e6 * metrics.MarketMid(instrument);
        var least = state.Setup!.Parameters.MinHalfSpread / (double)instrument.PriceScale.Factor;
        return Text($"Nothing filled: the quotes stood {distance:g4} {instrument.QuoteAsset} from the mid on average ({(least > state.Setup.LogTerm ? Text($"min_half_spread is {least:g4}") : Text($"1/γ·ln(1+γ/k) is {state.Setup.LogTerm:g4}"))}), and no print came that far: the market reaches {reach:g4} in a second. mm calibrate shows how often which distance is reached.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
