using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Tests.Projections.Accounting;

/// <summary>Nothing is offered that is not there: targets are cut to the balances, and what our orders could take is counted.</summary>
public sealed class AccountStateTests
{
    private const long Unit = 100_000_000;
    private static readonly Instrument Nexo = ShippedInstruments.Find("NEXOUSDT")!;

    // Lot 0.01, smallest order 5 USDT; two levels of 50 at 1.2.
    [Theory]
    [InlineData(100, 100, 2, SideReason.Quoted, 50, 50)]
    [InlineData(70, 100, 2, SideReason.Reduced, 50, 20)]
    [InlineData(51, 100, 1, SideReason.Reduced, 50, 0)]
    [InlineData(10, 100, 1, SideReason.Reduced, 10, 0)]
    [InlineData(4, 100, 0, SideReason.NoBalance, 0, 0)]
    [InlineData(0, 100, 0, SideReason.NoBalance, 0, 0)]
    public void Cut_OfTheAsks_OffersWhatIsThere(long baseHeld, long quoteHeld, int left, SideReason expected, long first, long second)
    {
        var account = Account(baseHeld, quoteHeld);
        Level[] targets = [new(120_000_000, 50 * Unit), new(120_100_000, 50 * Unit)];
        var count = 2;
        Assert.Equal(expected, account.Cut(Side.Ask, Nexo, targets, ref count, SideReason.Quoted));
        Assert.Equal(left, count);
        Assert.Equal((first, second), (count > 0 ? targets[0].Quantity / Unit : 0, count > 1 ? targets[1].Quantity / Unit : 0));
    }

    [Fact]
    public void Cut_OfTheBids_BidsWhatCanBePaid()
    {
        // 70 USDT pay 50 at 1.2 and 8.34 at 1.199, which is 9.99966 USDT.
        var account = Account(0, 70);
        Level[] targets = [new(120_000_000, 50 * Unit), new(119_900_000, 50 * Unit)];
        var count = 2;
        Assert.Equal(SideReason.Reduced, account.Cut(Side.Bid, Nexo, targets, ref count, SideReason.Quoted));
        Assert.Equal((2, 50 * Unit, 834_000_000L), (count, targets[0].Quantity, targets[1].Quantity));
    }

    [Fact]
    public void Covers_OrdersInFlight_AreCounted()
    {
        var account = Account(100, 100);
        Assert.True(account.Covers(Side.Ask, 50 * Unit, new Level(120_000_000, 50 * Unit)));
        Assert.False(account.Covers(Side.Ask, 50 * Unit, new Level(120_000_000, (50 * Unit) + 1)));
        Assert.True(account.Covers(Side.Bid, (Int128)40 * Unit * Unit, new Level(120_000_000, 50 * Unit)));
        Assert.False(account.Covers(Side.Bid, ((Int128)40 * Unit * Unit) + 1, new Level(120_000_000, 50 * Unit)));
    }

    [Fact]
    public void Fills_BetweenTwoReports_MoveWhatIsThere()
    {
        var account = Account(100, 100);
        account.Apply(new OrderFilled { Side = Side.Bid, Price = 120_000_000, Quantity = 10 * Unit, CommissionAsset = FeeAsset.Base, Commission = 1_000_000, CommissionValue = (Int128)1_000_000 * 120_000_000 });
        Assert.Equal(((110 * Unit) - 1_000_000, (Int128)88 * Unit * Unit), (account.Base, account.Quote));
        account.Apply(new OrderFilled { Side = Side.Ask, Price = 120_000_000, Quantity = 10 * Unit, CommissionAsset = FeeAsset.Quote, CommissionValue = Unit * Unit });
        Assert.Equal(((100 * Unit) - 1_000_000, (Int128)99 * Unit * Unit), (account.Base, account.Quote));
    }

    [Fact]
    public void Backtest_HasNoAccount_AndNothingIsCut()
    {
        var account = new AccountState();
        Level[] targets = [new(120_000_000, 50 * Unit)];
        var count = 1;
        Assert.Equal(SideReason.Quoted, account.Cut(Side.Ask, Nexo, targets, ref count, SideReason.Quoted));
        Assert.Equal((1, true), (count, account.Covers(Side.Ask, 1_000_000 * (Int128)Unit, targets[0])));
    }

    private static AccountState Account(long baseHeld, long quoteHeld)
    {
        var account = new AccountState();
        account.Apply(new BalanceReported { BaseFree = baseHeld * Unit / 2, BaseLocked = baseHeld * Unit / 2, QuoteFree = (Int128)quoteHeld * Unit * Unit, QuoteLocked = 0 });
        return account;
    }
}
