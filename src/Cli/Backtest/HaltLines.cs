using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Cli.Backtest;

/// <summary>What the summary says of halts: when, which limit, and what became of the position.</summary>
internal static class HaltLines
{
    /// <summary>One paragraph a halt; nothing without any.</summary>
    public static void Write(StringBuilder text, BacktestResult result)
    {
        var instrument = result.State.Instrument!;
        foreach (var halt in result.Halts)
        {
            var what = halt.Reason == HaltReason.StopLoss ? "stop_loss: the day lost" : "max_drawdown: equity fell from its peak by";
            var resumed = halt.Resumed is { } at ? $"resumed {Shell.Moments.Text(at)}" : "not resumed within the run";
            text.AppendLine($"HALTED     {Shell.Moments.Text(halt.Time)} by {what} {Money(halt.Observed)} {instrument.QuoteAsset}, allowed are {Money(halt.Limit)}; {resumed}");
            text.AppendLine($"           {Position(halt, result, instrument)}");

            string Money(Int128 money) => BacktestSummary.Money(money, instrument.MoneyDecimals);
        }

        if (result.Halts.Count > 0)
        {
            text.AppendLine();
        }
    }

    // Orders are post-only: none of them can close a position at once, so a halt cancels the quotes and keeps it.
    private static string Position(Halt halt, BacktestResult result, Instrument instrument)
    {
        var held = $"{instrument.FormatQuantity(halt.Position)} {instrument.BaseAsset}";
        if (halt.Position == 0)
        {
            return "all quotes were cancelled; there was no position";
        }

        var size = Math.Abs(halt.Position);
        var value = result.State.HasMarket ? Projections.Accounting.Ledger.Mark(size, result.State.MidTwice) : Int128.MaxValue;
        var tooSmall = size < instrument.MinQuantity
            ? $", less than the smallest order of {instrument.FormatQuantity(instrument.MinQuantity)}: it could not be closed with one"
            : value < instrument.MinNotional
                ? $", worth less than the smallest order of {instrument.FormatMoney(instrument.MinNotional)} {instrument.QuoteAsset}: it could not be closed with one"
                : "";
        return string.Create(CultureInfo.InvariantCulture, $"all quotes were cancelled and the position of {held} was kept{tooSmall}; it is marked at mid to the end");
    }
}
