using System.Globalization;
using System.Numerics;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Portfolio;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Projections.Portfolio;

/// <summary>The portfolio's verdicts by hand, and against a naive twin that adds everything up anew at each fact.</summary>
public sealed class PortfolioEngineTests
{
    private const long Today = 20_000;
    private static readonly Int128 Usdt = Int128.Parse("10000000000000000", CultureInfo.InvariantCulture);

    [Fact]
    public void Start_WithoutAnyFact_GivesEachSymbolItsPart()
    {
        var book = new Book("max_notional=100 share_quote=true quote_capital=60");
        Assert.Equal([("AUSDT", PortfolioMode.Quote, 50 * Usdt, 30 * Usdt), ("BUSDT", PortfolioMode.Quote, 50 * Usdt, 30 * Usdt)], book.Verdicts.Select(v => (v.Symbol, v.Mode, v.NotionalLimit, v.QuoteLimit)));
        Assert.All(book.Verdicts, v => Assert.True(v.LimitsQuote));
    }

    [Fact]
    public void DayLoss_OverAllSymbols_HaltsAllUntilTheNextDay()
    {
        var book = new Book("day_loss=10");
        book.Report("AUSDT", Today, -6);
        Assert.Equal(2, book.Verdicts.Count);
        book.Report("BUSDT", Today, -4);
        Assert.All(book.Verdicts[2..], v => Assert.Equal((PortfolioMode.Halt, PortfolioReason.DayLoss, 10 * Usdt, 10 * Usdt), (v.Mode, v.Reason, v.Observed, v.Allowed)));
        Assert.Equal(["AUSDT", "BUSDT"], book.Verdicts[2..].Select(v => v.Symbol));

        // A loss that was made good stays a loss of its day.
        book.Report("BUSDT", Today, 50);
        Assert.Equal(4, book.Verdicts.Count);
        book.Report("AUSDT", Today + 1, 0);
        Assert.All(book.Verdicts[4..], v => Assert.Equal((PortfolioMode.Quote, PortfolioReason.None), (v.Mode, v.Reason)));
        Assert.Equal((Today, 6), (book.State.LossDay, book.Verdicts.Count));
    }

    [Fact]
    public void DayLoss_OfEarlierRunsOfTheDay_Counts()
    {
        var book = new Book("day_loss=10", carried: -7);
        book.Report("AUSDT", Today, -3);
        Assert.Equal(PortfolioMode.Halt, book.Verdicts[^1].Mode);
        book.Report("AUSDT", Today + 1, -3);
        Assert.Equal(PortfolioMode.Quote, book.Verdicts[^1].Mode);
    }

    // The other symbol's last PnL is of yesterday: it made nothing today yet.
    [Fact]
    public void DayLoss_SymbolThatHasNotBegunTheDay_CountsNothing()
    {
        var book = new Book("day_loss=10");
        book.Report("AUSDT", Today, -9);
        book.Report("BUSDT", Today + 1, -9);
        Assert.Equal(PortfolioMode.Quote, book.Verdicts[^1].Mode);
        Assert.Equal(-9 * Usdt, book.State.DayPnl);
    }

    [Fact]
    public void MaxHalted_AsManyHalted_HaltsAllWhileTheyAre()
    {
        var book = new Book("max_halted=2");
        book.Report("AUSDT", Today, -1, halted: HaltReason.StopLoss);
        Assert.Equal(2, book.Verdicts.Count);
        book.Report("BUSDT", Today, -1, halted: HaltReason.Drawdown);
        Assert.Equal((PortfolioMode.Halt, PortfolioReason.SymbolsHalted, (Int128)2), (book.Verdicts[^1].Mode, book.Verdicts[^1].Reason, book.Verdicts[^1].Observed));
        book.Report("AUSDT", Today, -1);
        Assert.Equal(PortfolioMode.Quote, book.Verdicts[^1].Mode);
    }

    [Theory]
    [InlineData(60, -39, PortfolioMode.Quote)]
    [InlineData(60, -40, PortfolioMode.NoNewRisk)]
    public void GrossInventory_AddedWithoutSign_AllowsNoNewRisk(int first, int second, PortfolioMode expected)
    {
        var book = new Book("max_gross_inventory=100");
        book.Report("AUSDT", Today, 0, inventory: first);
        book.Report("BUSDT", Today, 0, inventory: second);
        Assert.Equal(expected, book.Verdicts[^1].Mode);
    }

    [Fact]
    public void GrossInventory_BelowTheLimitAgain_HoldsUntil95Percent()
    {
        var book = new Book("max_gross_inventory=100");
        book.Report("AUSDT", Today, 0, inventory: 100);
        book.Report("AUSDT", Today, 0, inventory: 95);
        Assert.Equal(PortfolioMode.NoNewRisk, book.Verdicts[^1].Mode);
        book.Report("AUSDT", Today, 0, inventory: 94);
        Assert.Equal(PortfolioMode.Quote, book.Verdicts[^1].Mode);
    }

    [Fact]
    public void Budget_UsedUpSoFar_AllowsNoNewRiskUntilNineTenths()
    {
        var book = new Book("budget_percent=80");
        book.Budget(new BudgetReported { Orders = 79, OrdersAllowed = 100, OrdersOfDay = 10, OrdersOfDayAllowed = 200_000, Weight = 0, WeightAllowed = 6_000 });
        Assert.Equal(2, book.Verdicts.Count);
        book.Budget(new BudgetReported { Orders = 80, OrdersAllowed = 100, WeightAllowed = 6_000 });
        Assert.Equal((PortfolioMode.NoNewRisk, PortfolioReason.OrderBudget, (Int128)80, (Int128)100), (book.Verdicts[^1].Mode, book.Verdicts[^1].Reason, book.Verdicts[^1].Observed, book.Verdicts[^1].Allowed));
        book.Budget(new BudgetReported { Orders = 72, OrdersAllowed = 100, WeightAllowed = 6_000 });
        Assert.Equal(4, book.Verdicts.Count);
        book.Budget(new BudgetReported { Orders = 71, OrdersAllowed = 100, Weight = 4_800, WeightAllowed = 6_000 });
        Assert.Equal((PortfolioMode.NoNewRisk, PortfolioReason.RequestWeight), (book.Verdicts[^1].Mode, book.Verdicts[^1].Reason));
        book.Budget(new BudgetReported { Orders = 71, OrdersAllowed = 100, Weight = 0, WeightAllowed = 6_000 });
        Assert.Equal(PortfolioMode.Quote, book.Verdicts[^1].Mode);
    }

    // Two symbols of one account: before the account was seen nobody bids, then each half of it.
    [Fact]
    public void Quote_OfTheAccount_IsDividedOnceItIsSeen()
    {
        var book = new Book("share_quote=true");
        Assert.All(book.Verdicts, v => Assert.Equal((true, (Int128)0), (v.LimitsQuote, v.QuoteLimit)));
        book.Report("AUSDT", Today, 0, free: 1000);
        book.Report("BUSDT", Today, 0, free: 1000);
        book.Report("AUSDT", Today, 0, free: 1000);
        Assert.Equal((500 * Usdt, 500 * Usdt), (book.Last("AUSDT").QuoteLimit, book.Last("BUSDT").QuoteLimit));
        Assert.True(book.Last("AUSDT").QuoteLimit + book.Last("BUSDT").QuoteLimit <= 1000 * Usdt);
    }

    // What somebody else's orders hold is not there: 400 are locked, 100 of them by our own bid.
    [Fact]
    public void Quote_LockedByOthers_IsNotOurs()
    {
        var book = new Book("share_quote=true");
        book.Report("AUSDT", Today, 0, free: 600, locked: 400, bids: 100);
        Assert.Equal(700 * Usdt, book.State.Capital.Amount);
    }

    // A fill's fact and the balance that it leads to arrive apart: what lasts less than two seconds is not believed.
    [Fact]
    public void Quote_FillBeforeItsBalance_MovesNoLimit()
    {
        var book = new Book("share_quote=true");
        book.Report("AUSDT", Today, 0, free: 900, locked: 100, bids: 100);
        book.Report("BUSDT", Today, 0);
        var before = book.Verdicts.Count;
        book.Report("AUSDT", Today, 0, spent: 100);
        Assert.Equal(1000 * Usdt, book.State.Capital.Amount);
        book.Report("AUSDT", Today, 0, spent: 100, free: 900);
        Assert.Equal((1000 * Usdt, before), (book.State.Capital.Amount, book.Verdicts.Count));
    }

    [Fact]
    public void Quote_Withdrawn_IsBelievedAfterTwoSeconds()
    {
        var book = new Book("share_quote=true");
        foreach (var (at, free) in new[] { (0, 1000), (1, 1000), (2, 400), (3, 500), (4, 450) })
        {
            book.At(at);
            book.Report("AUSDT", Today, 0, free: free);
            book.Report("BUSDT", Today, 0);
        }

        // The smallest of the changes that were seen.
        Assert.Equal(500 * Usdt, book.State.Capital.Amount);
        Assert.True(book.Last("AUSDT").QuoteLimit + book.Last("BUSDT").QuoteLimit <= 500 * Usdt);
    }

    [Fact]
    public void Facts_OfAStrangerOrOfVerdictsNeverGiven_StopIt()
    {
        var book = new Book("day_loss=10");
        Assert.Throws<InvariantBrokenException>(() => book.Report("CUSDT", Today, 0));
        Assert.Throws<InvariantBrokenException>(() => book.Report("AUSDT", Today, 0, verdict: 3));
    }

    [Theory]
    [InlineData("quote_capital=5", "share_quote")]
    [InlineData("day_loss=0.00000000000000001", "decimals")]
    public void Rules_ThatContradictThemselves_AreRefused(string words, string says) =>
        Assert.Contains(says, Assert.Throws<ConfigurationException>(() => new PortfolioRules(Configure(words))).Message, StringComparison.Ordinal);

    /// <summary>Random facts: mode and reason of every verdict are those of a twin that adds up anew, and the same facts give the same bytes.</summary>
    [Fact]
    public void Verdicts_RandomFacts_AreTheNaiveTwins()
    {
        var kinds = new HashSet<(PortfolioMode, PortfolioReason)>();
        Cases.Check(Arb.From(Gen.Choose(0, int.MaxValue)), 200, seed =>
        {
            var first = Random(seed, out var expected);
            var second = Random(seed, out _);
            Assert.Equal(first.State.Hash(), second.State.Hash());
            Assert.Equal(first.Bytes, second.Bytes);
            Assert.Equal(expected, first.Verdicts.Select(v => (v.Symbol, v.Mode, v.Reason)));
            kinds.UnionWith(first.Verdicts.Select(v => (v.Mode, v.Reason)));
        });
        Assert.Equal(5, kinds.Count);
    }

    private static Book Random(int seed, out List<(string, PortfolioMode, PortfolioReason)> expected)
    {
        var random = new Random(seed);
        var limits = (Loss: random.Next(0, 60), Halted: random.Next(0, 3), Gross: random.Next(0, 120), Percent: random.Next(0, 2) * 80);
        var book = new Book(FormattableString.Invariant($"day_loss={limits.Loss} max_halted={limits.Halted} max_gross_inventory={limits.Gross} budget_percent={limits.Percent} max_notional=1"));
        var twin = new Twin(limits.Loss, limits.Halted, limits.Gross, limits.Percent);
        var last = twin.Judge();
        expected = [("AUSDT", last.Item1, last.Item2), ("BUSDT", last.Item1, last.Item2)];
        for (var i = 0; i < 40; i++)
        {
            if (random.Next(5) == 0)
            {
                var orders = random.Next(0, 100);
                book.Budget(new BudgetReported { Orders = orders, OrdersAllowed = 100 });
                twin.Orders(orders);
            }
            else
            {
                var symbol = random.Next(2) == 0 ? "AUSDT" : "BUSDT";
                var (day, pnl, inventory) = (Today + (i / 15), random.Next(-40, 20), random.Next(-80, 80));
                var halted = random.Next(4) == 0 ? HaltReason.StopLoss : HaltReason.None;
                book.Report(symbol, day, pnl, inventory: inventory, halted: halted);
                twin.Fact(symbol, day, pnl, inventory, halted);
            }

            var now = twin.Judge();
            if (now != last)
            {
                expected.Add(("AUSDT", now.Item1, now.Item2));
                expected.Add(("BUSDT", now.Item1, now.Item2));
                last = now;
            }
        }

        return book;
    }

    private static PortfolioConfiguration Configure(string words) => words
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(w => w.Split('='))
        .Aggregate(PortfolioConfiguration.Off, (c, kv) => c.With(kv[0], kv[1]));

    // Whole units of the quote asset, plainly.
    private sealed class Twin(int loss, int mostHalted, int gross, int percent)
    {
        private readonly SortedDictionary<string, (long Day, BigInteger Pnl, BigInteger Inventory, bool Halted)> facts = [];
        private long lossDay;
        private bool isGross;
        private bool isOrders;

        public void Fact(string symbol, long day, int pnl, int inventory, HaltReason halted) => facts[symbol] = (day, pnl, inventory, halted != HaltReason.None);

        public void Orders(int used) => isOrders = percent > 0 && (isOrders ? used >= 72 : used >= 80);

        public (PortfolioMode, PortfolioReason) Judge()
        {
            var day = facts.Values.Select(f => f.Day).DefaultIfEmpty(Today).Max();
            var pnl = facts.Values.Where(f => f.Day == day).Aggregate(BigInteger.Zero, (s, f) => s + f.Pnl);
            lossDay = loss > 0 && pnl <= -loss ? day : lossDay;
            if (lossDay == day)
            {
                return (PortfolioMode.Halt, PortfolioReason.DayLoss);
            }

            if (mostHalted > 0 && facts.Values.Count(f => f.Halted) >= mostHalted)
            {
                return (PortfolioMode.Halt, PortfolioReason.SymbolsHalted);
            }

            var sum = facts.Values.Aggregate(BigInteger.Zero, (s, f) => s + BigInteger.Abs(f.Inventory));
            isGross = gross > 0 && (isGross ? sum * 100 >= gross * 95 : sum >= gross);
            return isGross ? (PortfolioMode.NoNewRisk, PortfolioReason.GrossInventory)
                : isOrders ? (PortfolioMode.NoNewRisk, PortfolioReason.OrderBudget)
                : (PortfolioMode.Quote, PortfolioReason.None);
        }
    }

    // A portfolio of two symbols, told by hand; each symbol answers every verdict with its next fact unless told otherwise.
    private sealed class Book
    {
        private readonly Outbox outbox = new();
        private readonly ByteBuffer bytes = new();
        private long sequence;
        private long time = Today * 86_400_000_000_000;
        private long balances;

        public Book(string words, int carried = 0)
        {
            Step(new PortfolioStarted
            {
                Run = "paper-test",
                Rules = PortfolioRules.Version,
                Configuration = Configure(words).ToJson(),
                QuoteAsset = "USDT",
                Symbols = "AUSDT 16\nBUSDT 14",
                Day = Today,
                Carried = carried * Usdt,
            });
        }

        public PortfolioState State { get; } = new();

        public List<PortfolioVerdict> Verdicts { get; } = [];

        public byte[] Bytes => bytes.Span.ToArray();

        public void At(int seconds) => time = (Today * 86_400_000_000_000) + (seconds * 1_000_000_000L);

        // Limits come back in portfolio money, whatever money the symbol has.
        public PortfolioVerdict Last(string symbol) => Verdicts.Last(v => v.Symbol == symbol);

        public void Budget(BudgetReported budget) => Step(budget);

        public void Report(string symbol, long day, int pnl, int inventory = 0, int spent = 0, int bids = 0, HaltReason halted = HaltReason.None, int? free = null, int locked = 0, long? verdict = null)
        {
            // AUSDT has money of 16 decimals, BUSDT of 14.
            var unit = symbol == "BUSDT" ? Usdt / 100 : Usdt;
            balances += free is null ? 0 : 1;
            Step(new SymbolReported
            {
                Symbol = symbol,
                Day = day,
                DayPnl = pnl * unit,
                Inventory = inventory * unit,
                Spent = spent * unit,
                Bids = bids * unit,
                Halted = halted,
                Verdict = verdict ?? Verdicts.Where(v => v.Symbol == symbol).Select(v => v.Verdict).LastOrDefault(),
                QuoteFree = (free ?? 0) * unit,
                QuoteLocked = locked * unit,
                BalanceTime = free is null ? 0 : balances,
            });
        }

        private void Step<T>(in T payload)
            where T : struct, IPayload<T>
        {
            PortfolioEngine.Step(State, new EventHeader(++sequence, T.Type, T.Version, 0, time, Cause.None), payload, outbox);
            for (var i = 0; i < outbox.Count; i++)
            {
                bytes.Write(outbox.Payload(i));
                var verdict = PayloadBytes.Read<PortfolioVerdict>(outbox.Payload(i), new LevelArena());
                var scale = verdict.Symbol == "BUSDT" ? 100 : 1;
                Verdicts.Add(verdict with { NotionalLimit = verdict.NotionalLimit < 0 ? -1 : verdict.NotionalLimit * scale, QuoteLimit = verdict.QuoteLimit * scale });
            }

            sequence += outbox.Count;
            outbox.Clear();
        }
    }
}
