using System.Globalization;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Portfolio;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>The portfolios of a store's live runs: what the day has lost already, and what dead processes left.</summary>
internal static class PortfolioRuns
{
    private const string Day = "day";
    private const string DayPnl = "dayPnl";
    private const string LossDay = "lossDay";
    private const string QuoteAsset = "quoteAsset";

    /// <summary>The notes by which a day's PnL outlives its run.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Notes(PortfolioState state) =>
    [
        new(Day, state.Day.ToString(CultureInfo.InvariantCulture)),
        new(DayPnl, state.OwnDayPnl.ToString(CultureInfo.InvariantCulture)),
        new(LossDay, state.LossDay.ToString(CultureInfo.InvariantCulture)),
        new(QuoteAsset, state.Started.QuoteAsset),
    ];

    /// <summary>Seals the portfolios of a mode whose runs are over or are left as they are.</summary>
    /// <param name="store">The store.</param>
    /// <param name="mode">The mode.</param>
    /// <param name="goesOn">The run that goes on; its portfolio stays as it is.</param>
    /// <param name="engineVersion">Version of the engine that seals.</param>
    public static void EndOthers(JournalStore store, LiveMode mode, string goesOn, string engineVersion)
    {
        foreach (var name in Of(store, mode))
        {
            if (store.ReadManifest(name) is null && name.Parts[1] != goesOn)
            {
                using var log = new PortfolioLog(store, name);
                if (log.State.Running)
                {
                    log.End("its run is over or was left", engineVersion);
                }
            }
        }
    }

    /// <summary>PnL of a day in the ended portfolios of a mode and quote asset, in the portfolio's money.</summary>
    /// <param name="store">The store.</param>
    /// <param name="mode">The mode.</param>
    /// <param name="quoteAsset">The asset that the PnL is in.</param>
    /// <param name="day">UTC day (days since the epoch).</param>
    /// <param name="dayLoss">day_loss of the portfolio that begins; 0 for none.</param>
    /// <exception cref="LiveRunException">The day has lost its limit already: names the run.</exception>
    public static Int128 Carried(JournalStore store, LiveMode mode, string quoteAsset, long day, Int128 dayLoss)
    {
        Int128 sum = 0;
        var today = day.ToString(CultureInfo.InvariantCulture);
        foreach (var name in Of(store, mode))
        {
            if (store.ReadManifest(name) is not { } manifest || manifest.Note(QuoteAsset) != quoteAsset)
            {
                continue;
            }

            if (dayLoss > 0 && manifest.Note(LossDay) == today)
            {
                throw new LiveRunException($"The symbols of run {name.Parts[1]} have lost the portfolio's day_loss today (UTC): no other {mode.Name()} run with a day_loss starts before midnight UTC.");
            }

            sum += manifest.Note(Day) == today && Int128.TryParse(manifest.Note(DayPnl), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var pnl) ? pnl : 0;
        }

        return dayLoss > 0 && -sum >= dayLoss
            ? throw new LiveRunException($"The {mode.Name()} runs of today (UTC) have lost {PortfolioRules.Format(-sum)} {quoteAsset}, which reaches day_loss ({PortfolioRules.Format(dayLoss)}): none starts before midnight UTC.")
            : sum;
    }

    private static StreamName[] Of(JournalStore store, LiveMode mode) => [.. store.ListAsync($"portfolio/{mode.Name()}-").ToBlockingEnumerable()];
}
