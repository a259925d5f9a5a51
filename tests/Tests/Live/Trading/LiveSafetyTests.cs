using System.CommandLine;
using System.Reflection;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>What no operator does on purpose: a run that is let go of, numbers that are wrong in memory, a venue that refuses everything or halts.</summary>
public sealed class LiveSafetyTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Dispose_WhileItRuns_CancelsAndEndsTheRun()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        var session = await LiveVenueFailureTests.StartAsync(bench, "NEXOUSDT", g => g);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "nobody asks", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);

        // Another one that is started meanwhile says that this one lives, by whom, and advises nothing that would take its orders away.
        var notes = new List<string>();
        var refused = await Assert.ThrowsAsync<RunningElsewhereException>(() => LiveVenueFailureTests.StartAsync(bench, "NEXOUSDT", g => g, notes.Add));
        Assert.StartsWith($"A living process (process {Environment.ProcessId} on ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(notes, n => n.Contains("died", StringComparison.Ordinal) || n.Contains("guard", StringComparison.Ordinal));
        Assert.NotEqual(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        await Task.Run(session.Dispose).WaitAsync(TimeSpan.FromSeconds(40));
        Assert.True(running.IsCompletedSuccessfully);
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        Assert.True(session.Cancelled[0].Confirmed, session.Cancelled[0].Detail);
        Assert.Equal("kill switch: the program that ran it let go of it", LiveVenueFailureTests.EndOf(bench.Store, session.Symbols[0].Stream));
        Assert.Equal("kill switch: the program that ran it let go of it", (await running).Reason);

        // Nothing of it is held any more, and there is nothing to go on with.
        Assert.Empty(RunMarker.Running(bench.Store));
        Assert.Null(LiveRuns.Unfinished(bench.Store, LiveMode.Testnet));
        session.Dispose();
    }

    [Theory]
    [InlineData("market", "but the recording does not say so")]
    [InlineData("timer", "Realised + unrealised")]
    [Trait("Category", "Slow")]
    public async Task BrokenInvariant_WhereNoOrderIsSpokenOf_CancelsAtTheVenueBeforeTheRunEnds(string where, string says)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120", change: o => o with { Repeat = true });
        var sealedBefore = true;
        var cancelledBy = 0L;
        LiveSession? session = null;
        session = await LiveVenueFailureTests.StartAsync(bench, "NEXOUSDT", g => new LiveVenueFailureTests.BrokenGateway(g)
        {
            AtSweep = () =>
            {
                sealedBefore = bench.Store.ListAsync("").ToBlockingEnumerable().Any(n => bench.Store.ReadManifest(n) is not null);
                cancelledBy = session!.Symbols[0].Events;
            },
        });
        using var disposing = session;
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        var symbol = session.Symbols[0];
        lock (symbol.Gate)
        {
            // A bit in memory that is wrong: the next event that looks at it finds out.
            if (where == "timer")
            {
                Set(symbol.State, nameof(EngineState.Ledger), Ledger.From(symbol.State.Ledger.State with { Realised = symbol.State.Ledger.Realised + 1 }));
            }
            else
            {
                Set(symbol.State.Market, "TransitionDue", true);
            }
        }

        var report = await running;
        Assert.True(symbol.IsBroken);
        Assert.Contains(says, report.Reason, StringComparison.Ordinal);
        Assert.Contains(says, symbol.Failure!.Message, StringComparison.Ordinal);

        // The venue first: nothing was sealed and the run had not ended when it was asked to cancel.
        Assert.False(sealedBefore);
        Assert.True(cancelledBy < symbol.Events, "the run's last event was written before anything was cancelled");
        Assert.Equal(0, await LiveVenueFailureTests.OpenOrdersAsync(bench));
        Assert.True(session.Cancelled[0].Confirmed, session.Cancelled[0].Detail);
        var end = LiveVenueFailureTests.EndOf(bench.Store, symbol.Stream);
        Assert.StartsWith(RunEnded.StoppedItself, end, StringComparison.Ordinal);
        Assert.Contains(says, end, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT", end, StringComparison.Ordinal);

        // Between the event that broke it and its end only what the account told: how its orders ended.
        var types = Types(bench.Store, symbol.Stream);
        var last = types.FindLastIndex(t => t is EventType.OrderSubmitted or EventType.QuoteDecided or EventType.Marked);
        Assert.Contains(types[last..], t => t is EventType.OrderCancelled or EventType.OrderExpired);
        Assert.NotNull(bench.Store.ReadManifest(symbol.Stream));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Venue_ThatRefusesEveryOrder_IsNotAskedAtTheSpeedOfTheRoundTrip()
    {
        const long seconds = 60;
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", "no-balance=100%", change: o => o with { Repeat = true });
        using var session = await LiveVenueFailureTests.StartAsync(bench, "NEXOUSDT", g => g);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        var first = 0L;
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s =>
        {
            first = first == 0 && s.State.LastOrderId > 0 ? s.State.Now : first;
            return first > 0 && s.State.Now - first > seconds * Nanoseconds.PerSecond;
        })[0]);
        await stop.CancelAsync();
        await running;
        var symbol = session.Symbols[0];
        Assert.Null(symbol.Failure);
        Assert.Empty(session.Unsettled);

        // At 0.25, 0.5, 1 … 30, 60 … s each side has asked some ten times; at the round trip's speed it would have been thousands.
        var types = Types(bench.Store, symbol.Stream);
        var asked = types.Count(t => t == EventType.OrderSubmitted);
        Assert.InRange(asked, 4, 40);
        Assert.Equal(asked, types.Count(t => t == EventType.OrderRejected));
        Assert.Equal("kill switch: the test has seen enough", LiveVenueFailureTests.EndOf(bench.Store, symbol.Stream));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Venue_ThatHaltsTheSymbol_IsNotAskedUntilItTradesAgain()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", change: o => o with { Repeat = true });
        using var session = await LiveVenueFailureTests.StartAsync(bench, "NEXOUSDT", g => g);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Orders.Count > 0)[0]);
        var port = KeyLeakTests.FreePort();
        await using var health = HealthServer.Start(session, null, port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Contains("\nmm_account_up 1\n", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        await bench.ControlAsync("/sim/symbol?symbol=NEXOUSDT&status=HALT", post: true);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Disconnected && s.State.Orders.Count == 0)[0]);
        Assert.Contains("its status is HALT", session.Gateway!.Status.Why, StringComparison.Ordinal);
        using (var sick = await http.GetAsync("/health"))
        {
            var said = System.Text.Json.JsonDocument.Parse(await sick.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal((System.Net.HttpStatusCode.ServiceUnavailable, false, false), (sick.StatusCode, said.GetProperty("healthy").GetBoolean(), said.GetProperty("accountUp").GetBoolean()));
            Assert.Contains(said.GetProperty("reasons").EnumerateArray(), r => r.GetString()!.Contains("no orders may be sent: NEXOUSDT: ", StringComparison.Ordinal));
            Assert.Contains("\nmm_account_up 0\n", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        }

        var asked = session.Look(s => s.State.LastOrderId)[0];
        var since = session.Look(s => s.State.Now)[0];
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Now - since > 30 * Nanoseconds.PerSecond)[0]);
        Assert.Equal(asked, session.Look(s => s.State.LastOrderId)[0]);
        await bench.ControlAsync("/sim/symbol?symbol=NEXOUSDT&status=TRADING", post: true);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => !s.State.Disconnected && s.State.LastOrderId > asked)[0]);
        while (true)
        {
            using var well = await http.GetAsync("/health", stop.Token);
            if (well.IsSuccessStatusCode)
            {
                break;
            }

            await Task.Delay(20, stop.Token);
        }

        await stop.CancelAsync();
        await running;
        Assert.Null(session.Symbols[0].Failure);
    }

    /// <summary>Commissions in a third asset, by the real way: its price is asked for, is an event before it counts, and every fill is valued with it to the last digit.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Commission_InBnb_IsValuedAtTheRateThatIsRecordedBeforeIt()
    {
        const decimal rate = 580.25m;
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", change: o => o with
        {
            Repeat = true,
            Queue = QueueModel.Optimistic,
            Accounts = [AccountOptions.Usual with { BnbPrice = rate, Balances = AccountOptions.ParseBalances("NEXO=1000,USDT=100000,BNB=5") }],
        });
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        using var session = await LiveSession.StartAsync(LiveEndingTests.Eager(LiveVenueFailureTests.Options(bench, "NEXOUSDT", bench.Endpoint)), bench.Store, clock, _ => { }, default);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        await LiveVenueFailureTests.UntilAsync(() => session.Look(s => s.State.Ledger.Fills > 3)[0]);
        await stop.CancelAsync();
        await running;
        var symbol = session.Symbols[0];
        var (ledger, instrument) = (symbol.State.Ledger, symbol.State.Instrument!);
        var fills = Payloads<OrderFilled>(bench.Store, symbol.Stream);
        Assert.All(fills, f => Assert.Equal(FeeAsset.Other, f.CommissionAsset));
        var types = Types(bench.Store, symbol.Stream);
        Assert.True(types.IndexOf(EventType.RateObserved) is >= 0 and var observed && observed < types.IndexOf(EventType.OrderFilled), "no rate before the first fill");
        Assert.Equal(("BNB", rate), Payloads<RateObserved>(bench.Store, symbol.Stream).Select(r => (r.Asset, (decimal)r.Rate / instrument.PriceScale.Factor)).Single());

        // The account's own numbers: nothing but BNB was taken, and its value is what the run's PnL bears.
        var account = (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0];
        var paid = 5 - Balance("BNB");
        Assert.True(paid > 0);
        Assert.Equal(paid * rate, decimal.Parse(instrument.FormatMoney(ledger.Fees), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(ledger.Fees, ledger.FeesElsewhere);
        Assert.Equal(1_000 + decimal.Parse(instrument.FormatQuantity(ledger.Position), System.Globalization.CultureInfo.InvariantCulture), Balance("NEXO"));
        Assert.Equal(100_000 + decimal.Parse(instrument.FormatMoney(ledger.Cash), System.Globalization.CultureInfo.InvariantCulture), Balance("USDT"));
        Assert.DoesNotContain(EventType.ReconciliationFound, types);
        var (code, said, error) = Verify(bench.Store, session.Run);
        Assert.True(code == 0, said + error);

        decimal Balance(string asset) => account.GetProperty("balances").EnumerateArray().Where(b => b.GetProperty("asset").GetString() == asset)
            .Sum(b => decimal.Parse(b.GetProperty("free").GetString()!, System.Globalization.CultureInfo.InvariantCulture) + decimal.Parse(b.GetProperty("locked").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task RunOfTwoSymbols_ThatFails_SaysWhyInThePortfolioTooAndIsVerifiedByRunAndSymbol()
    {
        const string both = "BTCUSDT,NEXOUSDT";
        await using var bench = await CaptureBench.StartAsync(both, "300", change: o => o with { Align = true, Repeat = true });
        var live = await LiveBench.TradeAsync(
            bench, both,
            s => s.Look(x => x.Events > 20).All(enough => enough),
            s =>
            {
                lock (s.Symbols[0].Gate)
                {
                    s.Symbols[0].Stop(new InvalidOperationException("what it stands on failed"));
                }
            },
            o => o with { Portfolio = PortfolioConfiguration.Off.With("day_loss", "1000") });
        Assert.Equal("what it stands on failed", live.Report.Reason);
        var ended = Payloads<PortfolioEnded>(bench.Store, StreamName.Portfolio(live.Run)).Single();
        Assert.Equal("what it stands on failed", ended.Reason);
        foreach (var symbol in both.Split(','))
        {
            var (code, said, error) = Verify(bench.Store, $"{live.Run}/{symbol}");
            Assert.True(code == 0, said + error);
            Assert.Contains("identical: ", said, StringComparison.Ordinal);
            Assert.Contains(symbol, said, StringComparison.Ordinal);
            Assert.Contains("facts follow from this run", said, StringComparison.Ordinal);
        }

        var ambiguous = Verify(bench.Store, live.Run);
        Assert.Equal(2, ambiguous.Code);
        Assert.Contains("add the symbol, as in RUN/SYMBOL", ambiguous.Error, StringComparison.Ordinal);
        Assert.Contains($"{live.Run}/NEXOUSDT", ambiguous.Error, StringComparison.Ordinal);
        Assert.Equal(2, Verify(bench.Store, $"{live.Run}/ETHUSDT").Code);
    }

    private static (int Code, string Output, string Error) Verify(JournalStore store, string run)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = new RootCommand { VerifyCommand.Create() }.Parse(["verify", run, "--store", store.Root]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    // What only the engine itself sets.
    private static void Set(object of, string name, object value) =>
        of.GetType().GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.SetValue(of, value);

    private static List<EventType> Types(JournalStore store, StreamName stream)
    {
        var types = new List<EventType>();
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out _))
        {
            types.Add(header.Type);
        }

        return types;
    }

    private static List<T> Payloads<T>(JournalStore store, StreamName stream)
        where T : struct, IPayload<T>
    {
        var found = new List<T>();
        using var source = new UpcastSource(store.OpenSource(stream));
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == T.Type)
            {
                found.Add(PayloadBytes.Read<T>(payload, new LevelArena()));
            }
        }

        return found;
    }
}
