using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>
/// The figures that a report prints, read out of its HTML, against the naive twin's, which was written from docs/model.md alone: over
/// random recordings with holes, so that time without a trusted book is among them.
/// </summary>
public sealed partial class ReportFiguresTests
{
    private const double Money = 1e16;

    [Fact]
    public void Report_OfRandomRecordings_PrintsWhatTheNaiveTwinGives()
    {
        var (fills, trips, untrusted, dots) = (0, 0, 0, 0);
        Cases.Check(SyntheticCase.Arbitrary(60, 400), 120, given =>
        {
            if (!SyntheticCase.Fits(given.Words) || Runs(given) is not { } found)
            {
                return;
            }

            var (twin, html, settings) = found;
            CheckCards(twin, html, settings);
            CheckSplit(twin, html);
            CheckFills(twin, html);
            CheckInventory(twin, html, settings);
            CheckRoundTrips(twin, html);
            dots += CheckMarkouts(twin, html);
            fills += twin.Metrics.Fills.Count;
            trips += twin.Ledger.RoundTrips.Count;
            untrusted += twin.Metrics.Marks.Count(m => !m.Usable);
        });

        // Figures of runs in which nothing happens would prove nothing.
        Assert.True(fills > 300 && trips > 100 && untrusted > 100 && dots > 200, $"{fills} fills, {trips} round trips, {untrusted} timers without a book, {dots} mark-outs");
    }

    private static (NaiveBacktest Twin, string Html, NaiveSettings Settings)? Runs(SyntheticCase given)
    {
        var lines = given.Lines();
        var request = Differential.Request(given, lines);
        var sampler = new ReportSampler(Math.Max(request.From, lines[0].Stamp), Math.Min(request.To, lines[^1].Stamp));
        var log = new RunText();
        BacktestResult result;
        try
        {
            result = new Backtester(request, LineRecording.Record(lines), log, null, sampler).Run();
        }
        catch (EmptyWindowException)
        {
            return null;
        }

        var instrument = LineRecording.Instrument;
        var settings = new NaiveSettings(request.Configuration.ToJson());
        var twin = new NaiveBacktest(new NaiveRun(
            new NaiveInstrument(instrument.Tick, instrument.Lot, instrument.MinQuantity, BigInteger.Parse(instrument.MinNotional.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
            settings, given.Queue, given.FeePpm, log.Started.LogTerm, log.Started.StationarySlope, log.Started.Horizon, request.From, request.To));
        Assert.True(twin.Run(lines));
        var executed = new ExecutedRun(new StoredRun(null!, default, log.Started), result, log.Lines.Count, null);
        return (twin, WebUtility.HtmlDecode(ReportHtml.Write(executed, sampler, [])), settings);
    }

    private static void CheckCards(NaiveBacktest twin, string html, NaiveSettings settings)
    {
        var (metrics, trips) = (twin.Metrics, twin.Ledger.RoundTrips);
        Near((double)twin.MaxDrawdown / Money, Card("largest drawdown")[0], "drawdown");
        Near((double)metrics.Turnover / Money, Card("turnover")[0], "turnover");
        var filled = Card($"fills of {metrics.OrdersPlaced} orders, ([0-9.]+) % of the quantity");
        Near(metrics.Fills.Count, filled[0], "fills");
        Near(100 * metrics.FillRatio, filled[1], "share filled", 0.0051);
        var (mean, deviation, beyond) = metrics.Inventory(settings.Units("inventory_threshold"));
        var held = Card("mean inventory, deviation ([0-9.]+); beyond N★ ([0-9.]+) % of the time");
        Near(mean / 1e8, held[0], "mean inventory", 0.0051);
        Near(deviation / 1e8, held[1], "deviation", 0.0051);
        Near(100 * beyond, held[2], "beyond N★", 0.051);
        if (trips.Count > 0)
        {
            Near(100.0 * trips.Count(t => t > 0) / trips.Count, Card($"of {trips.Count} closed round trips won, after fees")[0], "hit rate", 0.051);
        }

        double[] Card(string pattern) => [.. Regex.Match(html, $"<div class=card><b>([^< ]*)[^<]*</b>{pattern}</div>").Groups.Cast<Group>().Skip(1).Select(g => Number(g.Value))];
    }

    // Spread captured, inventory and fees; and by book trust, from timer to timer, where each timer is a mark.
    private static void CheckSplit(NaiveBacktest twin, string html)
    {
        var (metrics, ledger) = (twin.Metrics, twin.Ledger);
        var total = Part("Total");
        var spread = (double)metrics.CapturedTwice / 2 / Money;
        var fees = (double)ledger.Fees / Money;
        Near(spread, Part("Spread captured"), "spread captured", 0.0002);
        Near(-fees, Part("Fees"), "fees");
        Near(total + fees - spread, Part("Inventory"), "inventory's part", 0.0003);
        Assert.InRange(Part("With a trusted book") + Part("Without") + (html.Contains("After the last timer", StringComparison.Ordinal) ? Part("After the last timer") : 0) - total, -0.0004, 0.0004);
        Assert.Contains($"timer after; {metrics.Fills.Count(f => !f.Usable)} fills</td>", html, StringComparison.Ordinal);
        if (metrics.Marks.Count > 0 && metrics.Marks.All(m => m.Equity is not null))
        {
            var (trusted, untrusted, last, lastUsable) = (BigInteger.Zero, BigInteger.Zero, BigInteger.Zero, true);
            foreach (var (equity, usable) in metrics.Marks)
            {
                var change = equity!.Value - last;
                (trusted, untrusted) = usable && lastUsable ? (trusted + change, untrusted) : (trusted, untrusted + change);
                (last, lastUsable) = (equity.Value, usable);
            }

            Near((double)trusted / Money, Part("With a trusted book"), "with a trusted book");
            Near((double)untrusted / Money, Part("Without"), "without");
        }

        double Part(string name) => Number(Regex.Match(html, $"<tr><td>{name}</td><td>([^<]*)</td>").Groups[1].Value);
    }

    private static void CheckFills(NaiveBacktest twin, string html)
    {
        var rows = Row().Matches(html).Select(m => m.Groups.Cast<Group>().Skip(1).Select(g => g.Value).ToArray()).ToArray();
        var expected = twin.Metrics.Fills;
        Assert.Equal(expected.Count, rows.Length);
        var position = BigInteger.Zero;
        foreach (var ((_, fill, m2, usable), row) in expected.Zip(rows))
        {
            var isBid = fill.Side == Side.Bid;
            Assert.Equal(isBid ? "▲ bought" : "▼ sold", row[2]);
            Near(fill.Quantity / 1e8, Number(row[3]), "quantity", 1e-9);
            Near(fill.Price / 1e8, Number(row[4]), "price", 1e-9);
            Assert.Equal(usable ? m2 / 2e8 : 0, row[5].Length == 0 ? 0 : Number(row[5]), 1e-9);
            Assert.Equal(fill.Rule switch { FillRule.PrintThrough => "print through", FillRule.PrintAtPrice => "print at price", _ => "book crossed" }, row[6]);
            Near(fill.Ahead / 1e8, Number(row[7]), "ahead", 1e-9);
            position += isBid ? fill.Quantity - fill.Commission : -fill.Quantity;
            Near((double)(fill.Commission * (isBid ? fill.Price : 100_000_000)) / Money, Number(row[9]), "fee");
        }

        // What the fills closed, one after another.
        var closed = rows.Where(r => r[10].Length > 0).Select(r => Number(r[10])).ToArray();
        Assert.Equal(twin.Ledger.RoundTrips.Count, closed.Length);
        Assert.All(twin.Ledger.RoundTrips.Zip(closed), pair => Near((double)pair.First / Money, pair.Second, "round trip"));
        Assert.Equal(twin.Ledger.Position, position);
    }

    private static void CheckInventory(NaiveBacktest twin, string html, NaiveSettings settings)
    {
        var bars = Titles(html, "Inventory distribution", " % of the time").Select(t => Number(t.Split(": ")[1].Split(' ')[0])).ToArray();
        var bins = twin.Metrics.Histogram(settings.Units("max_inventory"));
        Assert.Equal(bins.Length, bars.Length);
        Assert.All(bins.Zip(bars), pair => Near(100 * pair.First, pair.Second, "share of time", 0.006));
    }

    private static void CheckRoundTrips(NaiveBacktest twin, string html)
    {
        var trips = twin.Ledger.RoundTrips;
        Assert.Contains($"<desc>{trips.Count} closed round trips, {trips.Count(t => t > 0)} won.</desc>", html, StringComparison.Ordinal);
        var bars = Titles(html, "Round trips", " round trips").Select(t => (int)Number(t.Split(": ")[1].Split(' ')[0])).ToArray();
        var reach = trips.Count == 0 ? 1 : Math.Max(1e-9, trips.Max(t => (double)BigInteger.Abs(t) / Money));
        var counts = new int[20];
        foreach (var trip in trips)
        {
            counts[Math.Clamp((int)((((double)trip / Money) + reach) * 20 / (2 * reach)), 0, 19)]++;
        }

        Assert.Equal(counts, bars);
    }

    private static int CheckMarkouts(NaiveBacktest twin, string html)
    {
        var said = Titles(html, "Mark-out", " ppm").ToDictionary(t => t.Split(": ")[0], t => Number(t.Split(": ")[1].Split(' ')[0]));
        var expected = 0;
        foreach (var (side, name) in (ValueTuple<Side, string>[])[(Side.Bid, "bids"), (Side.Ask, "asks")])
        {
            foreach (var seconds in ReportSampler.Horizons)
            {
                var twins = twin.Metrics.MarkoutPpm(side, seconds);
                var key = $"{name} after {seconds} s";
                Assert.Equal(twins is not null, said.ContainsKey(key));
                if (twins is { } value)
                {
                    Assert.True(Math.Abs(value - said[key]) <= 1e-9 + (6e-5 * Math.Abs(value)), $"{key}: twin {value:R}, report {said[key]:R}");
                    expected++;
                }
            }
        }

        Assert.Equal(expected, said.Count);
        return expected;
    }

    // The words of a chart's bars or dots; each chart is there twice, for a desk and for a phone.
    private static IEnumerable<string> Titles(string html, string chart, string ending)
    {
        var from = html.IndexOf($"<h2>{chart}</h2>", StringComparison.Ordinal);
        var wide = html[from..html.IndexOf("<div class=narrow>", from, StringComparison.Ordinal)];
        return Title().Matches(wide).Select(m => m.Groups[1].Value).Where(t => t.EndsWith(ending, StringComparison.Ordinal));
    }

    // Printed with four decimals, cut.
    private static void Near(double twin, double report, string what, double tolerance = 0.000101) =>
        Assert.True(Math.Abs(twin - report) <= tolerance + (1e-9 * Math.Abs(twin)), $"{what}: twin {twin:R}, report {report:R}");

    private static double Number(string text) => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture);

    [GeneratedRegex("<title>([^<]*)</title>")]
    private static partial Regex Title();

    [GeneratedRegex("<tr><td>(\\d+)</td><td>([^<]*)</td><td class=text>(▲ bought|▼ sold)</td><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td><td class=text>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td></tr>")]
    private static partial Regex Row();
}
