using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>
/// Five fills and five refusals to quote of NEXOUSDT's day, worked out by hand from the recording's own lines and
/// docs/model.md, against what mm explain says. The arithmetic stands beside each; decimal is the hand's calculator.
/// </summary>
public sealed class ExplainByHandTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    [Fact]
    public void Fill1_PrintAboveOurAsk_TakesAllOfTheSmallPrint()
    {
        // Order 188 asks 50 at 1.219 since 16:40:13 and 247.00 were displayed there. Prints of 62.75 and 19.65 at 1.219
        // leave 247 − 62.75 − 19.65 = 164.60 ahead. Then a buyer lifts 9.52 at 1.220, above our price: §10, print through,
        // fills min(50, 9.52) whatever stands ahead. Commission: ceil(1.219·9.52·0.001) = ceil(0.01160488) at 8 decimals.
        var e = Fill(1);
        Says(e, "queue", "queueAtStart", 247m);
        Says(e, "queue", "queueAhead", 247m - 62.75m - 19.65m);
        Says(e, "rule", "rule", "print through");
        Says(e, "rule", "eventPrice", 1.22m);
        Says(e, "rule", "quantity", Math.Min(50m, 9.52m));
        Says(e, "rule", "remaining", 50m - 9.52m);
        Says(e, "commission", "commission", 1.219m * 9.52m * 0.001m);
        Says(e, "accounting", "position", 0m - 9.52m);
    }

    [Fact]
    public void Fill7_PrintBelowOurBid_TakesWhatWasStillOpen()
    {
        // Order 467 bids 50 at 1.206, behind 1849.83. The level shrinks to 1666.59; prints of 86.52, 165.76, 9.61 and
        // 1404.70 at 1.206 take the queue to 1666.59 − 86.52 − 165.76 − 9.61 = 1404.70 and then to 0. Three fills took 10.98,
        // 19.41 and 16.58 of the 50; a seller's 165.35 at 1.205 takes the remaining 3.03. Base commission
        // 0.001·3.03 = 0.00303 leaves the inventory: −3.07697 + 3.03 − 0.00303 = −0.05.
        Assert.Equal(1404.70m, 1666.59m - 86.52m - 165.76m - 9.61m);
        var e = Fill(7);
        Says(e, "queue", "queueAtStart", 1849.83m);
        Says(e, "queue", "queueAhead", 0m);
        Says(e, "rule", "rule", "print through");
        Says(e, "rule", "quantity", 50m - 10.98m - 19.41m - 16.58m);
        Says(e, "rule", "remaining", 0m);
        Says(e, "commission", "commission", 3.03m * 0.001m);
        Says(e, "commission", "commissionValue", 0.00303m * 1.206m);
        Says(e, "accounting", "position", -3.07697m + 3.03m - 0.00303m);
    }

    [Fact]
    public void Fill13_AskCameBelowOurBid_TakesWhatWasStillOpen()
    {
        // Order 471 bids at 1.206 behind 1683.17. Diff 134197960 to 134197986 shows 13268.26 at 1.205 on the ask side, where
        // nothing was: §10, book crossed, up to the newly displayed quantity: min(33.66, 13268.26).
        var e = Fill(13);
        Says(e, "queue", "queueAhead", 1683.17m);
        Says(e, "rule", "rule", "book crossed");
        Says(e, "rule", "eventPrice", 1.205m);
        Says(e, "rule", "eventQuantity", 13268.26m - 0m);
        Says(e, "rule", "quantity", 33.66m);
        Says(e, "accounting", "position", 116.17366m + 33.66m - 0.03366m);
    }

    [Fact]
    public void Fill24_PrintAtOurBid_TakesWhatIsLeftBehindTheQueue()
    {
        // Order 1069 bids 50 at 1.227 behind 26.29; a print of 10 there leaves 16.29. A seller's 19.31 at 1.227: §10, print at
        // price under fifo, available 19.31 − 16.29 = 3.02, so min(50, 3.02).
        var e = Fill(24);
        Says(e, "queue", "queueAtStart", 26.29m);
        Says(e, "queue", "queueAhead", 26.29m - 10m);
        Says(e, "rule", "rule", "print at price");
        Says(e, "rule", "available", 19.31m - 16.29m);
        Says(e, "rule", "quantity", 3.02m);
        Says(e, "rule", "remaining", 46.98m);

        // Short 150.2 at a cost of −183.493..., 3.02 of it closed at 1.227: realised falls by 3.02·1.227 less its share of the cost.
        Says(e, "accounting", "closed", 3.02m);
        Says(e, "accounting", "position", -150.2m + 3.02m - 0.00302m);
    }

    [Fact]
    public void Fill134_BidCameToOurAsk_FillsUpToWhatIsNewThere()
    {
        // Order 2026 asks 50 at 1.230 behind 684.85; diff 134265995 to 134266068 shows 170.74 more on the bid side at 1.230
        // itself: it reaches our ask, min(50, 170.74) = 50. Commission 1.23·50·0.001 = 0.0615 USDT.
        var e = Fill(134);
        Says(e, "rule", "rule", "book crossed");
        Says(e, "rule", "eventPrice", 1.23m);
        Says(e, "rule", "quantity", 50m);
        Says(e, "commission", "commission", 1.23m * 50m * 0.001m);
        Says(e, "accounting", "position", -123.15m - 50m);
    }

    [Fact]
    public void Refusal_FirstTimer_SigmaHasNoChangeYet()
    {
        // The first timer takes the first sample: a change needs a second one, so 0 of volatility_warmup's 60.
        var e = new Explainer(audited.Stores, audited.Day).Refusal(null, 3);
        Says(e, "guard", "reason", "warmingUp");
        Says(e, "guard", "observed", 0m);
        Says(e, "guard", "limit", 60m);
    }

    [Fact]
    public void Refusal_AtTheInventoryLimit_NoAskButABid()
    {
        // 02:34:10.626, the first time: q = −500 = −N_max: room for an ask 500 − 500 = 0. The bid: s = (1.219 + 1.220)/2 = 1.2195;
        // γσ²(T−t) = 0.0036·3.4667e−8·14216.03 = 1.774e−6; r = 1.2195 + 500·1.774e−6 = 1.220387; half the spread
        // 0.000581733 + ½·1.774e−6 = 0.00058262; the pressure is 1, so both quotes rise by that half: the model's bid is
        // 1.220387 − 0.00058262 + 0.00058262 = 1.220387 = r. Down to the tick 1.220; min_half_spread 0.0026 allows
        // floor((1.2195 − 0.0026)/0.001) = 1.216. Room for the bid 500 + 500, so the full 50.
        var e = First(audited.Day, s => s.Ask == SideReason.InventoryLimit);
        Says(e, "inputs", "mid", (1.219m + 1.220m) / 2);
        Says(e, "inputs", "inventory", -500m);
        Near(e, "reservation", "risk", 0.0036m * 3.4666667e-8m * 14216.034m, 1e-11m);
        Near(e, "reservation", "reservationPrice", 1.2195m + (500m * 1.77416e-6m), 1e-8m);
        Near(e, "spread", "half", 0.000581733m + (0.5m * 1.77416e-6m), 1e-9m);
        Says(e, "inventoryControl", "pressure", 1m);
        Near(e, "inventoryControl", "modelBid", 1.2203871m, 1e-7m);
        Says(e, "bid", "rounded", 1.220m);
        Says(e, "bid", "minimumSpread", Math.Floor((1.2195m - 0.0026m) / 0.001m) * 0.001m);
        Says(e, "bid", "clamps", "min_half_spread");
        Says(e, "bid", "targets", "50 @ 1.216");
        Says(e, "ask", "room", 500m - 500m);
        Says(e, "ask", "targets", "none");
        Says(e, "ask", "reason", "inventoryLimit");
    }

    [Fact]
    public void Refusal_SpreadOf1638Ppm_IsAbove1600()
    {
        // 1.220 bid, 1.222 asked: floor(2 000 000·0.002 / 2.442) = floor(1638.0016…) = 1638 > 1600.
        var run = audited.HalfHour("max_spread_ppm=1600");
        var e = new Explainer(audited.Stores, run).Refusal(AuditedDay.Utc("02:31:06"), null);
        Says(e, "guard", "reason", "wideSpread");
        Says(e, "guard", "observed", Math.Floor(2_000_000m * (1.222m - 1.220m) / (1.222m + 1.220m)));
        Says(e, "guard", "limit", 1600m);
    }

    [Fact]
    public void Refusal_NothingForThreeSeconds_IsLongerThanTwo()
    {
        // The last message before the timer of 02:30:08 came at 02:30:05.073035: 2.926965 s of silence against stale_ms 2000.
        var run = audited.HalfHour("stale_ms=2000");
        var e = new Explainer(audited.Stores, run).Refusal(AuditedDay.Utc("02:30:09"), null);
        Says(e, "guard", "reason", "staleData");
        Says(e, "guard", "observed", (8m - 5.073035m) * 1_000_000_000m);
        Says(e, "guard", "limit", 2_000_000_000m);
    }

    [Fact]
    public void Refusal_ValueOfTheShortPosition_IsAboveMaxNotional()
    {
        // 120 USDT buy floor(120/1.226) = 97.87928221 at the ask's price; 98.11 are short already: room −0.23071779.
        var run = audited.HalfHour("max_notional=120");
        var e = First(run, s => s.Ask == SideReason.NotionalLimit);
        Says(e, "ask", "room", (Math.Floor(120m / 1.226m * 100_000_000m) / 100_000_000m) - 98.11m);
        Says(e, "ask", "targets", "none");
        Says(e, "ask", "reason", "notionalLimit");
    }

    [Fact]
    public void Table_InTheManual_IsWhatIsExplained()
    {
        var day = new Explainer(audited.Stores, audited.Day);
        var asked = new Dictionary<string, Func<Explanation>>
        {
            ["nothing quoted, event 3"] = () => day.Refusal(null, 3),
            ["no ask, 02:34:10.626"] = () => First(audited.Day, s => s.Ask == SideReason.InventoryLimit),
            ["nothing quoted, 02:31:06, `max_spread_ppm` 1600"] = () => new Explainer(audited.Stores, audited.HalfHour("max_spread_ppm=1600")).Refusal(AuditedDay.Utc("02:31:06"), null),
            ["nothing quoted, 02:30:09, `stale_ms` 2000"] = () => new Explainer(audited.Stores, audited.HalfHour("stale_ms=2000")).Refusal(AuditedDay.Utc("02:30:09"), null),
            ["no ask, `max_notional` 120, the first time"] = () => First(audited.HalfHour("max_notional=120"), s => s.Ask == SideReason.NotionalLimit),
        };
        foreach (var fill in (long[])[1, 7, 13, 24, 134])
        {
            asked[$"fill {fill}"] = () => Fill(fill);
        }

        var manual = File.ReadAllText(Path.Combine(Live.Samples.Root, "..", "..", "docs", "audit.md")).Split("### Worked out by hand")[1].Split("\n## ")[0];
        var rows = manual.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(l => l.Trim('|').Split(" | ")).ToArray();
        Assert.Equal(asked.Keys.Order(StringComparer.Ordinal), rows.Select(r => r[0].Trim()).Order(StringComparer.Ordinal));
        foreach (var row in rows)
        {
            var e = asked[row[0].Trim()]();
            Assert.Empty(e.Mismatches);
            foreach (var said in row[^1].Split(';', StringSplitOptions.TrimEntries))
            {
                var name = said.Split('`')[1];
                var value = Value(e, name.Split('.')[0], name.Split('.')[1]);
                Assert.Equal($"{row[0]} {name} {said[(said.LastIndexOf('`') + 1)..].Trim().Replace('−', '-')}", $"{row[0]} {name} {value}");
            }
        }
    }

    [Theory]
    [InlineData("max_drawdown=3")]
    [InlineData("max_drawdown=6 min_half_spread=0.002")]
    public void Halt_AtTheDrawdown_FallIsComputedFromEveryMidAndFillSinceTheStart(string changes)
    {
        var run = audited.HalfHour(changes);
        var explainer = new Explainer(audited.Stores, run);
        var stop = explainer.Refusals().First(s => s.Stop == StopReason.Halted);
        var halt = explainer.Sequence(stop.Sequence - 1);
        Assert.Equal(EventType.Halted, halt.Type);
        Assert.Empty(halt.Mismatches);
        Assert.Equal(3, halt.Sections.Sum(s => s.Terms.Count(t => t.Equal is true)));
    }

    [Fact]
    public void Halt_AtTheStopLoss_LossIsComputedFromFillsAndMid()
    {
        // 500 NEXO short in 24 fills; the loss at the halt is minus cash and position at the mid of that book.
        var run = audited.HalfHour("stop_loss=2");
        var explainer = new Explainer(audited.Stores, run);
        var stop = explainer.Refusals().First(s => s.Stop == StopReason.Halted);
        var halt = explainer.Sequence(stop.Sequence - 1);
        Assert.Equal(EventType.Halted, halt.Type);
        Near(halt, "halt", "observed", 8.48373885m, 0m);
        Assert.Equal(3, halt.Sections.Sum(s => s.Terms.Count(t => t.Equal is true)));
        Assert.Empty(explainer.Sequence(stop.Sequence).Mismatches);
    }

    [Fact]
    public void Decisions_SpreadOverTheDay_AreReproduced()
    {
        var explainer = new Explainer(audited.Stores, audited.Day);
        foreach (var time in (string[])["00:00:10", "02:35:00", "02:36:30", "04:00", "09:15", "13:00", "15:59:50"])
        {
            var e = explainer.At(AuditedDay.Utc(time));
            Assert.Equal(EventType.QuoteDecided, e.Type);
            Assert.Equal(20, e.Sections.Sum(s => s.Terms.Count(t => t.Equal is not null)));
            Assert.Empty(e.Mismatches);
        }
    }

    [Fact]
    public void Fills_AllOfTheBusyHalfHour_AreReproduced()
    {
        var run = audited.HalfHour("levels=3 order_size=20");
        var explainer = new Explainer(audited.Stores, run);
        var wrong = Enumerable.Range(1, 60).Select(i => explainer.Fill(i)).Where(e => !e.Reproduced).Select(e => $"{e.Headline}: {string.Join(", ", e.Mismatches)}").ToArray();
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("modelBid", "model bid")]
    [InlineData("bids", "quoted")]
    [InlineData("variance", "σ²")]
    public void Decision_LoggedOtherwise_IsAnErrorThatNamesTheTerm(string field, string named)
    {
        var run = audited.HalfHour("");
        using var folder = new Stores.TempFolder();
        var forged = new EventSourcedMM.Stores.Journal.JournalStore(folder, TimeProvider.System);
        Forgery.Write(run, forged, (header, payload) =>
        [
            (header, header.Type == EventType.QuoteDecided
                ? Forgery.Change<QuoteDecided>(payload, d => field switch
                {
                    "modelBid" => d with { ModelBid = Math.BitIncrement(d.ModelBid) },
                    "variance" => d with { Variance = d.Variance * 2 },
                    _ => d with { Bids = new LevelList([.. d.Bids.Span.ToArray().Select(l => new Level(l.Price + 100_000, l.Quantity))]) },
                })
                : payload),
        ]);
        var stores = new EventSourcedMM.Replay.Days.StoreSet(forged, audited.Stores.Primary, Support.SampleRuns.Stores.Primary);
        var e = new Explainer(stores, new RunFinder(stores).Find(run.Name.Parts[1])).At(AuditedDay.Utc("02:33"));
        Assert.False(e.Reproduced);
        Assert.Contains(e.Mismatches, m => m.Label == named);
        Assert.Contains("ERROR: this does not reproduce what is logged", EventSourcedMM.Cli.Audit.ExplanationText.Write(e), StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_WhatIsNotThere_SaysWhatIs()
    {
        var explainer = new Explainer(audited.Stores, audited.Day);
        Assert.Contains("it has events 1 to 104", Assert.Throws<NothingToExplainException>(() => explainer.Sequence(999_999)).Message, StringComparison.Ordinal);
        Assert.Contains("it has fills 1 to 169", Assert.Throws<NothingToExplainException>(() => explainer.Fill(170)).Message, StringComparison.Ordinal);
        Assert.Contains("the run starts at 2024-07-23T16:00:00Z", Assert.Throws<NothingToExplainException>(() => explainer.At(0)).Message, StringComparison.Ordinal);

        // A nanosecond after the window nothing is in force any more.
        var end = AuditedDay.Utc("16:00");
        foreach (var ask in (Func<Explanation>[])[() => explainer.At(end + 1), () => explainer.Refusal(end + 1, null)])
        {
            Assert.Contains("Nothing is known of 2024-07-24T16:00:00.0", Assert.Throws<NothingToExplainException>(ask).Message, StringComparison.Ordinal);
        }

        Assert.Contains("has no event 999999; it has events 1 to", Assert.Throws<NothingToExplainException>(() => explainer.Refusal(null, 999_999)).Message, StringComparison.Ordinal);
        Assert.Contains("Both sides were quoted then", Assert.Throws<NothingToExplainException>(() => explainer.Refusal(AuditedDay.Utc("09:00"), null)).Message, StringComparison.Ordinal);
    }

    private Explanation First(StoredRun run, Func<QuotingStretch, bool> refusal)
    {
        var explainer = new Explainer(audited.Stores, run);
        return explainer.Refusal(null, explainer.Refusals().First(refusal).Sequence);
    }

    private Explanation Fill(long id)
    {
        var explanation = new Explainer(audited.Stores, audited.Day).Fill(id);
        Assert.Empty(explanation.Mismatches);
        return explanation;
    }

    private static string Value(Explanation e, string section, string term) =>
        e.Sections.Single(s => s.Name == section).Terms.Single(t => t.Name == term).Value;

    private static void Says(Explanation e, string section, string term, string expected)
    {
        Assert.Empty(e.Mismatches);
        Assert.Equal(expected, Value(e, section, term));
    }

    private static void Says(Explanation e, string section, string term, decimal expected) => Near(e, section, term, expected, 0m);

    private static void Near(Explanation e, string section, string term, decimal expected, decimal tolerance)
    {
        Assert.Empty(e.Mismatches);
        var value = decimal.Parse(Value(e, section, term), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(value, expected - tolerance, expected + tolerance);
    }
}
