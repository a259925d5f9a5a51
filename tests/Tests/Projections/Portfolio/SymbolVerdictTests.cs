using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Portfolio;

namespace EventSourcedMM.Tests.Projections.Portfolio;

/// <summary>What a verdict, a change of the configuration or a measured clock does to a symbol's engine: a book by hand, 100.00 to 100.04, 0.1 wanted on each side.</summary>
public sealed class SymbolVerdictTests
{
    private static readonly Int128 Money = (Int128)10_000_000_000_000_000;

    [Fact]
    public void Halt_ByThePortfolio_CancelsEverythingAndSaysWhy()
    {
        var by = Quoting();
        by.Control(new PortfolioVerdict { Verdict = 4, Symbol = "TESTUSDT", Mode = PortfolioMode.Halt, Reason = PortfolioReason.DayLoss, NotionalLimit = -1 });
        Assert.Equal((0, StopReason.Portfolio, (long)PortfolioReason.DayLoss, 4L), (by.State.Orders.Count, by.State.Stop.Reason, by.State.Stop.Observed, by.State.Stop.Limit));
        by.Control(new PortfolioVerdict { Verdict = 5, Symbol = "TESTUSDT", NotionalLimit = -1 });
        Assert.Equal(2, by.State.Orders.Count);
    }

    [Fact]
    public void NoNewRisk_WithoutInventory_PullsBothSides()
    {
        var by = Quoting();
        by.Control(new PortfolioVerdict { Verdict = 1, Symbol = "TESTUSDT", Mode = PortfolioMode.NoNewRisk, Reason = PortfolioReason.GrossInventory, NotionalLimit = -1 });
        Assert.Equal((0, SideReason.PortfolioLimit, SideReason.PortfolioLimit), (by.State.Orders.Count, by.State.BidReason, by.State.AskReason));
    }

    [Fact]
    public void NoNewRisk_WhenLong_OffersWhatIsHeldAndBidsNothing()
    {
        var by = Quoting();
        by.FillBid(6_000_000);
        by.Control(new PortfolioVerdict { Verdict = 1, Symbol = "TESTUSDT", Mode = PortfolioMode.NoNewRisk, Reason = PortfolioReason.GrossInventory, NotionalLimit = -1 });
        var order = Assert.Single(by.State.Orders.Span.ToArray());
        Assert.Equal((Side.Ask, 5_000_000L), (order.Side, order.Remaining));
        Assert.True(order.Remaining <= by.State.Inventory);
    }

    // 6 of the quote at about 100 are 0.06 less commission either way; with 0.1 wanted each side is smaller.
    [Fact]
    public void NotionalLimit_OfTheVerdict_BoundsInventoryWithOrdersInFlight()
    {
        var by = Quoting();
        by.Control(new PortfolioVerdict { Verdict = 1, Symbol = "TESTUSDT", NotionalLimit = 6 * Money });
        Assert.Equal((SideReason.Reduced, SideReason.Reduced), (by.State.BidReason, by.State.AskReason));
        Assert.All(by.State.Orders.Span.ToArray(), o => Assert.True((Int128)o.Price * o.Remaining <= 6 * Money));
        by.FillBid(4_000_000);
        by.Timer();
        var value = (Int128)by.State.Inventory * by.State.Tracker.Book.MidTwice / 2;
        Assert.True(value + by.State.Orders.Value(Side.Bid) <= 6 * Money, "more than the part is at risk");
    }

    [Fact]
    public void QuoteLimit_SpentAndBidTogether_IsNotExceeded()
    {
        var by = Quoting();
        by.Control(new PortfolioVerdict { Verdict = 1, Symbol = "TESTUSDT", NotionalLimit = -1, LimitsQuote = true, QuoteLimit = 7 * Money });
        Assert.Equal((SideReason.Reduced, SideReason.Quoted), (by.State.BidReason, by.State.AskReason));
        var bid = by.State.Orders.Span.ToArray().Single(o => o.Side == Side.Bid);
        Assert.True((Int128)bid.Price * bid.Remaining <= 7 * Money);
        by.FillBid(bid.Remaining);
        by.Timer();
        Assert.True(-by.State.Ledger.Cash + by.State.Orders.Value(Side.Bid) <= 7 * Money);
        Assert.Equal(SideReason.PortfolioLimit, by.State.BidReason);
        by.Control(new PortfolioVerdict { Verdict = 2, Symbol = "TESTUSDT", NotionalLimit = -1, LimitsQuote = true, QuoteLimit = 20 * Money });
        Assert.Equal(SideReason.Quoted, by.State.BidReason);
    }

    [Theory]
    [InlineData("OTHER", 1)]
    [InlineData("TESTUSDT", 0)]
    public void Verdict_OfAnotherSymbolOrAnOlderOne_StopsTheRun(string symbol, long verdict) =>
        Assert.Throws<InvariantBrokenException>(() => Quoting().Control(new PortfolioVerdict { Verdict = verdict, Symbol = symbol }));

    [Fact]
    public void Facts_OfTheState_AreWhatOrdersAndFillsSay()
    {
        var by = Quoting();
        by.FillBid(6_000_000);
        by.Timer();
        Assert.True(SymbolFacts.TryTake(by.State, 77, new Cause(1, 9), out var fact));
        var mid = by.State.Tracker.Book.MidTwice;
        var orders = by.State.Orders.Span.ToArray();
        var bids = orders.Where(o => o.Side == Side.Bid).Aggregate((Int128)0, (s, o) => s + ((Int128)o.Price * o.Remaining));
        var asks = orders.Where(o => o.Side == Side.Ask).Aggregate((Int128)0, (s, o) => s + ((Int128)o.Price * o.Remaining));
        var value = ((Int128)by.State.Inventory * mid + 1) / 2;
        Assert.Equal((77L, 1L, 9L, value, bids, -by.State.Ledger.Cash), (fact.Sequence, fact.MarketStream, fact.MarketSequence, fact.Inventory, fact.Bids, fact.Spent));
        Assert.Equal(Int128.Max(value + bids, asks - value), fact.Exposure);
        Assert.Equal(by.State.Risk.DayPnl, fact.DayPnl);
    }

    [Fact]
    public void Configuration_ChangedWhileQuoting_AppliesFromThereOn()
    {
        var by = Quoting();
        by.Reconfigure("order_size=0.05 min_half_spread=0.03");
        Assert.All(by.State.Orders.Span.ToArray(), o => Assert.Equal(5_000_000L, o.Remaining));
        Assert.Throws<InvariantBrokenException>(() => by.Reconfigure("volatility_window=5"));
    }

    [Theory]
    [InlineData(10_000_000, 2_000_000, StopReason.None)]
    [InlineData(10_000_001, 0, StopReason.ClockError)]
    [InlineData(-11_000_001, 2_000_000, StopReason.ClockError)]
    [InlineData(11_000_000, 2_000_000, StopReason.None)]
    public void Clock_BeyondTheLargestError_StopsQuotingUntilItIsRight(long offset, long roundTrip, StopReason expected)
    {
        var by = Quoting("max_clock_error_ms=10");
        by.Control(new ClockMeasured { Offset = offset, RoundTrip = roundTrip, Allowed = 500_000_000 });
        Assert.Equal(expected, by.State.Stop.Reason);
        by.Control(new ClockMeasured { Offset = 5_000_000, RoundTrip = 0, Allowed = 500_000_000 });
        Assert.Equal((StopReason.None, 2), (by.State.Stop.Reason, by.State.Orders.Count));
    }

    [Fact]
    public void Clock_WithoutTheParameter_DecidesNothing()
    {
        var by = Quoting();
        by.Control(new ClockMeasured { Offset = 400_000_000, RoundTrip = 0, Allowed = 500_000_000 });
        Assert.Equal((StopReason.None, 2), (by.State.Stop.Reason, by.State.Orders.Count));
    }

    private static HandFeed Quoting(string words = "")
    {
        var by = new HandFeed(words);
        Assert.Equal(2, by.State.Orders.Count);
        return by;
    }
}
