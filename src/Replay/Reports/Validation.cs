using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Replay.Reports;

/// <summary>One of the seed's three questions with its answer in numbers.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answer">True for yes.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Threshold">What it is held against.</param>
/// <param name="Unit">Unit of both.</param>
public sealed record Validation(string Question, bool Answer, double Value, double Threshold, string Unit)
{
    /// <summary>The three questions after a day.</summary>
    public static Validation[] Of(BacktestResult result, StrategyConfiguration configuration)
    {
        var pnl = result.Metrics.Pnl!;
        var inventory = result.Metrics.Inventory!;
        var instrument = result.State.Instrument!;
        var maximum = (double)configuration.Exact("max_inventory");
        var deviation = configuration.Real("validate_pnl_deviation");
        if (deviation == 0 && result.State.HasMarket)
        {
            deviation = 0.01 * maximum * (result.State.MidTwice / 2.0 / instrument.PriceScale.Factor);
        }

        var step = configuration.Whole("mark_seconds");
        var mean = configuration.Real("validate_mean_pnl");
        var centre = configuration.Real("validate_inventory_share") * maximum;
        return
        [
            new($"Is the mean PnL per {step} s positive?", pnl.Mean > mean, pnl.Mean, mean, instrument.QuoteAsset),
            new($"Is the standard deviation of PnL per {step} s reasonable?", pnl.Deviation <= deviation, pnl.Deviation, deviation, instrument.QuoteAsset),
            new("Is the inventory centred (|mean q|)?", Math.Abs(inventory.Mean) <= centre, Math.Abs(inventory.Mean), centre, instrument.BaseAsset),
        ];
    }
}
