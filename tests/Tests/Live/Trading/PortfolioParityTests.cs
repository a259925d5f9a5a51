using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventSourcedMM.Stores;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>
/// Two symbols on paper under limits over both: the portfolio's stream executed again gives the same verdicts, its facts follow
/// from the symbols' runs, and a symbol's run is the backtest of its recording with the verdicts that it was told.
/// </summary>
public sealed class PortfolioParityTests
{
    private const string Both = "BTCUSDT,NEXOUSDT";

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Paper_GrossInventoryOfBoth_VerdictStopsASideAndEverythingVerifies()
    {
        await using var bench = await CaptureBench.StartAsync(Both, "200", change: o => o with { Align = true, Repeat = true });

        // Any BTC that is bought or sold makes more than this; before, each symbol may hold half of 300.
        var live = await LiveBench.TradeAsync(
            bench, Both,
            s => s.Symbols.All(x => x.State.Portfolio.Mode == PortfolioMode.NoNewRisk && x.State.BidReason == SideReason.PortfolioLimit | x.State.AskReason == SideReason.PortfolioLimit),
            change: o => o with { Portfolio = PortfolioConfiguration.Off.With("max_gross_inventory", "5").With("max_notional", "300").With("share_quote", "true").With("quote_capital", "400") });
        var stores = new StoreSet(bench.Store);
        foreach (var symbol in Both.Split(','))
        {
            AssertVerified(stores, live.Run, symbol);
        }

        var run = new RunFinder(stores).Find($"{live.Run}/BTCUSDT");
        var refusals = new Explainer(stores, run).Refusals();
        Assert.Contains(refusals, r => r.Bid == SideReason.PortfolioLimit || r.Ask == SideReason.PortfolioLimit);
        var explained = new Explainer(stores, run).Sequence(refusals.Last(r => r.Bid == SideReason.PortfolioLimit || r.Ask == SideReason.PortfolioLimit).Sequence);
        Assert.True(explained.Reproduced, string.Join("; ", explained.Mismatches));
        Assert.Contains(explained.Sections.SelectMany(s => s.Terms), t => t.How.Contains("max_gross_inventory", StringComparison.Ordinal));

        // Each of the two is certified with what was executed of their portfolio.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificates = Both.Split(',').ToDictionary(s => s, s => LiveAudit.AssertCertified(stores, new RunFinder(stores).Find($"{live.Run}/{s}"), key));
        Assert.All(certificates.Values, c => Assert.True((long)JsonNode.Parse(c)!["certificate"]!["result"]!["portfolio"]!["verdicts"]! > 1));

        // A verdict that is told otherwise than it was given is found on both sides.
        using var folder = new TempFolder();
        await using var other = new JournalStore(folder, TimeProvider.System);
        var forged = LiveBench.Forge<PortfolioVerdict>(other, run, Sequence(run, EventType.PortfolioVerdict)!.Value, v => v with { NotionalLimit = v.NotionalLimit + 1 });
        var verification = new RunVerifier(new StoreSet(other, bench.Store)).Verify((forged.Store, forged.Name));
        Assert.False(verification.Identical);
        Assert.Contains("otherwise", Assert.Single(verification.Portfolio!.Problems), StringComparison.Ordinal);
        using var aside = new TempFolder();
        var store = new JournalStore(aside, TimeProvider.System);
        LiveAudit.Copy(stores, [.. RunInputs.Days(stores, run).Select(d => d.Name), StreamName.Portfolio(live.Run)], store);
        var told = Sequence(run, EventType.PortfolioVerdict)!.Value;
        Forgery.Write(run, store, (h, p) => [(h, h.Sequence == told ? Forgery.Change<PortfolioVerdict>(p, v => v with { NotionalLimit = v.NotionalLimit + 1 }) : p)]);
        var check = CertificateCheck.Run(Encoding.UTF8.GetBytes(certificates["BTCUSDT"]), "c.json", key, new StoreSet(store));
        Assert.Contains(check.Findings, f => f is { Name: "stream", Holds: false } && f.Text.StartsWith(run.Name.Value, StringComparison.Ordinal));
        Assert.Contains(check.Findings, f => f is { Name: "execution", Holds: false } && f.Text.StartsWith($"portfolio/{live.Run} executed again is not as stored", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Paper_LossOfTheDayOverBoth_HaltsBothAndOutlivesItsRun()
    {
        await using var bench = await CaptureBench.StartAsync(Both, "200", change: o => o with { Align = true, Repeat = true });
        var (reconfigured, capital) = (false, PortfolioConfiguration.Off.With("day_loss", "0.5"));
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        var live = await LiveBench.TradeAsync(
            bench, Both,
            s =>
            {
                // Nothing is quoted before the settings change on the way, which is an input of the replay as well.
                if (!reconfigured && s.Symbols.All(x => x.Events > 0))
                {
                    reconfigured = true;
                    var words = LiveReconfiguration.Apply(s, s.Symbols.ToDictionary(x => x.Symbol, x => x.Configuration.With("max_spread_ppm", "0")), "the test", clock);
                    Assert.Equal(["BTCUSDT: max_spread_ppm 1 to 0", "NEXOUSDT: max_spread_ppm 1 to 0"], words);
                    var refused = Assert.Throws<ConfigurationException>(() => LiveReconfiguration.Apply(s, s.Symbols.ToDictionary(x => x.Symbol, x => x.Configuration.With("volatility_lag", "3")), "the test", clock));
                    Assert.Contains("volatility_lag (5 to 3)", refused.Message, StringComparison.Ordinal);
                }

                return s.IsHaltedTogether && s.Symbols.All(x => x.State.Stop.Reason == StopReason.Portfolio);
            },
            change: o => o with { Portfolio = capital, Strategies = o.Strategies.ToDictionary(x => x.Key, x => x.Value.With("max_spread_ppm", "1")) });
        var stores = new StoreSet(bench.Store);
        foreach (var symbol in Both.Split(','))
        {
            AssertVerified(stores, live.Run, symbol);
        }

        var run = new RunFinder(stores).Find($"{live.Run}/NEXOUSDT");
        var last = new Explainer(stores, run).Refusals()[^1];
        Assert.Equal((StopReason.Portfolio, PortfolioReason.DayLoss), (last.Stop, last.Portfolio));
        var explained = new Explainer(stores, run).Sequence(last.Sequence);
        Assert.Contains("day_loss", explained.Headline, StringComparison.Ordinal);
        Assert.True(explained.Reproduced, string.Join("; ", explained.Mismatches));

        // Whoever lost had quoted: only the new settings let him, and its decision is explained with them.
        var explainedAfter = 0;
        foreach (var changed in Both.Split(',').Select(symbol => new RunFinder(stores).Find($"{live.Run}/{symbol}")))
        {
            if (Sequence(changed, EventType.QuoteDecided, Sequence(changed, EventType.ConfigurationChanged)!.Value) is { } decision)
            {
                var after = new Explainer(stores, changed).Sequence(decision);
                Assert.True(after.Reproduced, string.Join("; ", after.Mismatches));
                explainedAfter++;
            }
        }

        Assert.True(explainedAfter > 0, "nobody quoted");
        var refusedRun = await Assert.ThrowsAsync<LiveRunException>(() => LiveBench.TradeAsync(bench, Both, _ => true, change: o => o with { Portfolio = capital, StartAnew = true }));
        Assert.Contains(live.Run, refusedRun.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// At a venue, with less quote than the two would bid together: each keeps to its part, and what the account has not is never asked of the venue. Orders and cash
    /// are the venue's.
    /// </summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task AtAVenue_LittleQuoteForBoth_NobodyBidsWhatTheAccountHasNot()
    {
        await using var bench = await CaptureBench.StartAsync(Both, "200", change: o => o with
        {
            Align = true, Repeat = true, Queue = EventSourcedMM.Domain.Orders.QueueModel.Optimistic,
            Accounts = [AccountOptions.Usual with { Balances = AccountOptions.ParseBalances("BTC=0.01,NEXO=200,USDT=80") }],
        });
        LiveOptions Change(LiveOptions o) => LiveVenueFailureTests.Options(bench, Both, bench.Endpoint) with
        {
            Strategies = o.Strategies.ToDictionary(x => x.Key, x => LiveEndingTests.Eager(x.Value).With("order_size", x.Key == "BTCUSDT" ? "0.0005" : "20").With("max_inventory", x.Key == "BTCUSDT" ? "0.004" : "500").With("inventory_threshold", x.Key == "BTCUSDT" ? "0.003" : "400")),
            Portfolio = PortfolioConfiguration.Off.With("max_notional", "70").With("share_quote", "true").With("day_loss", "1000"),
        };
        var live = await LiveBench.TradeAsync(bench, Both, s => s.Look(x => x.State.Ledger.Fills > 1).All(enough => enough), change: Change);
        var stores = new StoreSet(bench.Store);
        var account = (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0];
        Assert.Equal(0, account.GetProperty("openOrders").GetInt32());
        var spent = 0m;
        foreach (var symbol in Both.Split(','))
        {
            AssertExecutedAgain(stores, live.Run, symbol);
            var run = new RunFinder(stores).Find($"{live.Run}/{symbol}");
            Assert.DoesNotContain(Rejections(run), r => r.Reason == EventSourcedMM.Domain.Orders.OrderRejectReason.Balance);
            var executed = RunExecution.Execute(stores, run).Result.State;
            spent += decimal.Parse(executed.Instrument!.FormatMoney(executed.Ledger.Cash), System.Globalization.CultureInfo.InvariantCulture);
        }

        var held = account.GetProperty("balances").EnumerateArray().Where(b => b.GetProperty("asset").GetString() == "USDT").Sum(b => decimal.Parse(b.GetProperty("free").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(80 + spent, held);
    }

    private static List<OrderRejected> Rejections(StoredRun run)
    {
        var found = new List<OrderRejected>();
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == EventType.OrderRejected)
            {
                found.Add(EventSourcedMM.Stores.Schemas.PayloadBytes.Read<OrderRejected>(payload, new EventSourcedMM.Domain.Canonical.LevelArena()));
            }
        }

        return found;
    }

    private static Verification AssertExecutedAgain(StoreSet stores, string name, string symbol)
    {
        var run = new RunFinder(stores).Find($"{name}/{symbol}");
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.True(verification.Identical, string.Join("; ", verification.Damage) + verification.Difference + verification.Portfolio?.Difference + string.Join("; ", verification.Portfolio?.Problems ?? []));
        Assert.True(verification.Portfolio is { Facts: > 3, Verdicts: > 1 }, $"{verification.Portfolio?.Facts} facts, {verification.Portfolio?.Verdicts} verdicts");
        return verification;
    }

    private static void AssertVerified(StoreSet stores, string name, string symbol)
    {
        var run = new RunFinder(stores).Find($"{name}/{symbol}");
        var verification = AssertExecutedAgain(stores, name, symbol);
        var portfolio = verification.Portfolio!;
        Assert.Equal(stores.Find(portfolio.Portfolio)!.Value.Info.Version, portfolio.Compared);

        // The backtest of what was recorded, told the same verdicts, is the run; verified anew it takes them from the run that it names.
        var request = RunExecution.Request(stores, run.Started) with { Told = ToldInput.OfLive(run) };
        using var recorder = new RunRecorder(stores.Primary);
        var result = new Backtester(request, RunInputs.Of(stores, run), recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        var backtest = new RunFinder(stores).Find(recorder.Stream.Parts[1]);
        Assert.Null(RunDiff.Diverge(run, backtest));
        Assert.Equal(verification.StateHash, StateHash.Of(result.State));
        var again = new RunVerifier(stores).Verify((backtest.Store, backtest.Name));
        Assert.True(again.Identical, string.Join("; ", again.Damage) + again.Difference);
    }

    private static long? Sequence(StoredRun run, EventType type, long after = 0)
    {
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out _))
        {
            if (header.Type == type && header.Sequence > after)
            {
                return header.Sequence;
            }
        }

        return null;
    }
}
