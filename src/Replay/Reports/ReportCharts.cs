using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Reports;

/// <summary>The report's charts, each drawn twice: for a desk and paper, and for a phone.</summary>
internal sealed class ReportCharts
{
    private readonly StringBuilder html;
    private readonly ExecutedRun executed;
    private readonly ReportSampler sampler;
    private readonly Instrument instrument;
    private readonly ReportStretch[] samples;
    private readonly double priceUnit;
    private readonly double moneyUnit;
    private readonly double quantityUnit;

    /// <summary>Charts of a run.</summary>
    public ReportCharts(StringBuilder html, ExecutedRun executed, ReportSampler sampler)
    {
        this.html = html;
        this.executed = executed;
        this.sampler = sampler;
        instrument = executed.Result.State.Instrument!;
        samples = [.. sampler.Samples];
        priceUnit = instrument.PriceScale.Factor;
        quantityUnit = instrument.QuantityScale.Factor;
        moneyUnit = priceUnit * quantityUnit;
    }

    /// <summary>Writes all of them.</summary>
    public void Write()
    {
        if (samples.Length == 0)
        {
            html.Append("<p class=warn>No timer fired in the window: there is nothing to draw.</p>");
            return;
        }

        Figure("Price", $"Mid in {instrument.QuoteAsset} (line; its range within a stretch shaded), our bid (dots, lower) and ask (dots, upper), our purchases ▲ and sales ▼. Hatched: the book could not be trusted.", 300, Price);
        Figure("PnL and drawdown", $"PnL after fees in {instrument.QuoteAsset} (line), its highest so far (dots), the fall from it (shaded).", 220, Pnl);
        Figure("Inventory", $"q in {instrument.BaseAsset} (line; its range shaded), N★ (dots) and N_max (dashes) either way.", 220, Inventory);
        html.Append("<div class=pair><div>");
        Figure("Spread", "Millionths of the mid: the market's (line) and ours where both sides rested (dashes).", 210, Spread, half: true);
        html.Append("</div><div>");
        Figure("Volatility", $"σ in {instrument.QuoteAsset} per √second.", 210, Sigma, half: true);
        html.Append("</div></div><div class=pair><div>");
        Figure("Inventory distribution", $"Share of time in % by q, from −N_max to N_max, in {instrument.BaseAsset}.", 210, Distribution, half: true);
        html.Append("</div><div>");
        Figure("Round trips", $"Number of closed round trips by result after both fees, in {instrument.QuoteAsset}: lost (hollow), won (filled).", 210, RoundTrips, half: true);
        html.Append("</div></div>");
        Figure("Mark-out", "Mean gain in millionths of the turnover by seconds after the fill (logarithmic): bids (line, dots) and asks (dashes, circles). Positive is good for us.", 210, Markouts);
    }

    private void Figure(string title, string caption, int height, Func<int, int, Plot> draw, bool half = false)
    {
        html.Append($"<h2>{title}</h2><figure><div class=wide>{draw(half ? 520 : 1060, height)}</div><div class=narrow>{draw(360, Math.Min(height, 230))}</div><figcaption>{ReportHtml.Safe(caption)}</figcaption></figure>\n");
    }

    private Plot Timeline(string title, string description, int width, int height, IEnumerable<double> values)
    {
        var plot = new Plot(title, description, width, height, (samples[0].Time, Math.Max(samples[^1].Time, samples[0].Time + 1)), values);
        foreach (var (from, to) in Untrusted())
        {
            plot.Shade("untrusted", from, to);
        }

        return plot;
    }

    private IEnumerable<(double From, double To)> Untrusted()
    {
        for (var i = 0; i < samples.Length; i++)
        {
            if (!samples[i].Trusted)
            {
                var from = i;
                while (i + 1 < samples.Length && !samples[i + 1].Trusted)
                {
                    i++;
                }

                yield return (samples[from].Time, samples[Math.Min(i + 1, samples.Length - 1)].Time);
            }
        }
    }

    // A phone has a third of the columns: stretches are put together, smallest and largest kept.
    private IEnumerable<ReportStretch[]> Columns(Plot plot) => samples.Chunk(Math.Max(1, (int)Math.Ceiling((double)samples.Length / plot.Columns)));

    private static void Hours(Plot plot, ReportStretch[] samples)
    {
        var span = samples[^1].Time - samples[0].Time;
        long[] steps = [60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
        var step = steps.FirstOrDefault(s => span / 1_000_000_000 / s <= 9, 86_400) * 1_000_000_000;
        var first = (samples[0].Time + step - 1) / step * step;
        plot.Labels(Enumerable.Range(0, (int)Math.Min(40, ((samples[^1].Time - first) / step) + 1)).Select(i => ((double)(first + (i * step)), Label(first + (i * step)))));
    }

    private static string Label(long time)
    {
        var text = Words.Time(time);
        return text[11..16] == "00:00" ? text[5..10] : text[11..16];
    }

    private Plot Price(int width, int height)
    {
        var mids = samples.Where(s => s.MidTwice.Last > 0).ToArray();
        var values = mids.SelectMany(s => new[] { s.MidTwice.Low / 2 / priceUnit, s.MidTwice.High / 2 / priceUnit })
            .Concat(samples.Where(s => s.Bid > 0).Select(s => s.Bid / priceUnit))
            .Concat(samples.Where(s => s.Ask > 0).Select(s => s.Ask / priceUnit))
            .Concat(sampler.Fills.Select(f => f.Fill.Price / priceUnit));
        var plot = Timeline("Price with our quotes and fills", $"Mid from {mids.FirstOrDefault()?.MidTwice.Last / 2 / priceUnit} to {mids.LastOrDefault()?.MidTwice.Last / 2 / priceUnit} {instrument.QuoteAsset}, {sampler.Fills.Count} fills.", width, height, values);
        plot.Grid(v => Number(v, 6));
        Hours(plot, samples);
        var columns = Columns(plot).ToArray();
        plot.Line("ours", columns.Select(c => ((double)c[0].Time, c[^1].Bid > 0 ? c[^1].Bid / priceUnit : (double?)null)), step: true);
        plot.Line("ours ask", columns.Select(c => ((double)c[0].Time, c[^1].Ask > 0 ? c[^1].Ask / priceUnit : (double?)null)), step: true);
        var usable = columns.Where(c => c.Any(s => s.MidTwice.Last > 0)).Select(c => c.Where(s => s.MidTwice.Last > 0).ToArray()).ToArray();
        plot.Band("range", [.. usable.Select(c => ((double)c[0].Time, c.Min(s => s.MidTwice.Low) / 2 / priceUnit, c.Max(s => s.MidTwice.High) / 2 / priceUnit))]);
        plot.Line("mid", usable.Select(c => ((double)c[0].Time, (double?)(c[^1].MidTwice.Last / 2 / priceUnit))));
        foreach (var (bought, time, price) in Marks(plot))
        {
            plot.Mark(bought, time, price);
        }

        return plot;
    }

    // At most one mark a side and column: more would cover one another, and a day of fills would fill the file.
    private IEnumerable<(bool Bought, double Time, double Price)> Marks(Plot plot)
    {
        var width = (plot.X.High - plot.X.Low) / plot.Columns;
        return sampler.Fills
            .GroupBy(f => (f.Fill.Side, Column: (int)((f.Time - plot.X.Low) / width), f.Fill.Price))
            .Select(g => (g.Key.Side == Side.Bid, (double)g.First().Time, g.Key.Price / priceUnit))
            .Take(4_000);
    }

    private Plot Pnl(int width, int height)
    {
        var plot = Timeline(
            "PnL and drawdown", $"Ends at {(double)samples[^1].Equity.Last / moneyUnit} {instrument.QuoteAsset}.", width, height,
            samples.SelectMany(s => new[] { (double)s.Equity.Low / moneyUnit, (double)s.Equity.High / moneyUnit, (double)s.Peak / moneyUnit }).Append(0));
        plot.Grid(v => Number(v, 4));
        Hours(plot, samples);
        plot.Level("zero", 0, "");
        var columns = Columns(plot).ToArray();
        plot.Band("drawdown", [.. columns.Select(c => ((double)c[0].Time, (double)c.Min(s => s.Equity.Low) / moneyUnit, (double)c[^1].Peak / moneyUnit))]);
        plot.Line("peak", columns.Select(c => ((double)c[0].Time, (double?)((double)c[^1].Peak / moneyUnit))), step: true);
        plot.Line("pnl", columns.Select(c => ((double)c[0].Time, (double?)((double)c[^1].Equity.Last / moneyUnit))));
        return plot;
    }

    private Plot Inventory(int width, int height)
    {
        var parameters = executed.Result.State.Setup!.Parameters;
        var (most, threshold) = (parameters.MaxInventory / quantityUnit, parameters.InventoryThreshold / quantityUnit);
        var plot = Timeline(
            "Inventory", $"Between {samples.Min(s => s.Inventory.Low) / quantityUnit} and {samples.Max(s => s.Inventory.High) / quantityUnit} {instrument.BaseAsset}.", width, height,
            samples.SelectMany(s => new[] { s.Inventory.Low / quantityUnit, s.Inventory.High / quantityUnit }).Concat([most, -most]));
        plot.Grid(v => Number(v, 5));
        Hours(plot, samples);
        plot.Level("zero", 0, "");
        foreach (var sign in (double[])[1, -1])
        {
            plot.Level("limit", sign * most, sign > 0 ? "N_max" : "−N_max");
            plot.Level("threshold", sign * threshold, sign > 0 ? "N★" : "−N★");
        }

        var columns = Columns(plot).ToArray();
        plot.Band("inventoryrange", [.. columns.Select(c => ((double)c[0].Time, c.Min(s => s.Inventory.Low) / quantityUnit, c.Max(s => s.Inventory.High) / quantityUnit))]);
        plot.Line("inventory", columns.Select(c => ((double)c[0].Time, (double?)(c[^1].Inventory.Last / quantityUnit))), step: true);
        return plot;
    }

    private Plot Spread(int width, int height)
    {
        var plot = Timeline("Spread", "The market's and our own, in millionths of the mid.", width, height, samples.SelectMany(s => new[] { s.MarketSpreadPpm ?? 0, s.QuotedSpreadPpm ?? 0 }));
        plot.Grid(v => Number(v, 5));
        Hours(plot, samples);
        var columns = Columns(plot).ToArray();
        plot.Line("market", columns.Select(c => ((double)c[0].Time, c.Average(s => s.MarketSpreadPpm))));
        plot.Line("quoted", columns.Select(c => ((double)c[0].Time, c.Average(s => s.QuotedSpreadPpm))));
        return plot;
    }

    private Plot Sigma(int width, int height)
    {
        var plot = Timeline("Volatility", $"σ in {instrument.QuoteAsset} per √second.", width, height, samples.Select(s => s.Sigma ?? 0));
        plot.Grid(v => Number(v, 3));
        Hours(plot, samples);
        plot.Line("sigma", Columns(plot).Select(c => ((double)c[0].Time, c.Max(s => s.Sigma))));
        return plot;
    }

    private Plot Distribution(int width, int height)
    {
        var most = executed.Result.State.Setup!.Parameters.MaxInventory / quantityUnit;
        var shares = executed.Result.Metrics.Inventory!.Histogram();
        var plot = new Plot("Inventory distribution", "Share of time by inventory.", width, height, (-most, most), shares.Select(s => 100 * s).Append(0));
        plot.Grid(v => Number(v, 3));
        var step = 2 * most / InventoryStatistics.Bins;
        for (var i = 0; i < shares.Length; i++)
        {
            var (from, to) = (-most + (i * step), -most + ((i + 1) * step));
            plot.Bar("bar", from, to, 100 * shares[i], $"{Number(from, 4)} to {Number(to, 4)} {instrument.BaseAsset}: {Number(100 * shares[i], 4)} % of the time");
        }

        plot.Labels(Enumerable.Range(-2, 5).Select(i => (i * most / 2, Number(i * most / 2, 4))));
        return plot;
    }

    private Plot RoundTrips(int width, int height)
    {
        var results = sampler.Fills.Where(f => f.Closed.Quantity > 0).Select(f => (double)f.Closed.Net / moneyUnit).ToArray();
        var reach = results.Length == 0 ? 1 : Math.Max(1e-9, results.Max(Math.Abs));
        const int bins = 20;
        var counts = new int[bins];
        foreach (var value in results)
        {
            counts[Math.Clamp((int)((value + reach) * bins / (2 * reach)), 0, bins - 1)]++;
        }

        var plot = new Plot("Round trips", $"{results.Length} closed round trips, {results.Count(r => r > 0)} won.", width, height, (-reach, reach), counts.Select(c => (double)c).Append(0));
        plot.Grid(v => Number(v, 3));
        for (var i = 0; i < bins; i++)
        {
            var (from, to) = (-reach + (i * 2 * reach / bins), -reach + ((i + 1) * 2 * reach / bins));
            plot.Bar(i < bins / 2 ? "bar loss" : "bar gain", from, to, counts[i], $"{Number(from, 3)} to {Number(to, 3)} {instrument.QuoteAsset}: {counts[i]} round trips");
        }

        plot.Labels(Enumerable.Range(-2, 5).Select(i => (i * reach / 2, Number(i * reach / 2, 3))));
        return plot;
    }

    private Plot Markouts(int width, int height)
    {
        var horizons = ReportSampler.Horizons;
        var plot = new Plot(
            "Mark-out", "Gain after each fill by time.", width, height, (0, Math.Log10(horizons[^1])),
            horizons.SelectMany((_, i) => new[] { sampler.Markout(Side.Bid, i) ?? 0, sampler.Markout(Side.Ask, i) ?? 0 }).Append(0));
        plot.Grid(v => Number(v, 5));
        plot.Level("zero", 0, "");
        foreach (var (side, style) in ((Side, string)[])[(Side.Bid, ""), (Side.Ask, " ask")])
        {
            var points = horizons.Select((h, i) => (Math.Log10(h), sampler.Markout(side, i))).ToArray();
            plot.Line("curve" + style, points);
            foreach (var ((x, y), seconds) in points.Zip(horizons))
            {
                if (y is { } value)
                {
                    plot.Dot("dot" + style, x, value, $"{(side == Side.Bid ? "bids" : "asks")} after {seconds} s: {Number(value, 5)} ppm");
                }
            }
        }

        plot.Labels(horizons.Select(h => (Math.Log10(h), $"{h} s")));
        return plot;
    }

    private static string Number(double value, int digits) => value.ToString("g" + digits, System.Globalization.CultureInfo.InvariantCulture).Replace('-', '−');
}
