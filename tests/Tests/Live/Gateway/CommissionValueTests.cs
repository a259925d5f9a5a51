using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway.Orders;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>What a fill cost, in symbols whose quantities have fewer decimals than the venue's commissions.</summary>
public sealed class CommissionValueTests
{
    // As a coin of which a bag costs a cent: quantities at five decimals, prices at eight.
    private static readonly Instrument Coarse = new()
    {
        Symbol = "SHIBUSDT", BaseAsset = "SHIB", QuoteAsset = "USDT", PriceScale = new Scale(8), QuantityScale = new Scale(5), CommissionDecimals = 5, Tick = 1, Lot = 1, MinQuantity = 1,
    };

    [Theory]
    [InlineData("USDT", "0.01234567", 1_235, "123456700000")]
    [InlineData("SHIB", "12.34567891", 1_234_568, "1234567891")]
    [InlineData("BNB", "0.00000003", 1, "180000000")]
    public void Commission_FinerThanTheScale_IsValuedExactly(string asset, string amount, long units, string value)
    {
        var sink = new Sink();
        var commissions = new CommissionValue(Coarse);
        commissions.Observe("BNB", 600 * 100_000_000L);
        var fill = new OrderFilled { Side = Side.Ask, Price = 1_000, Quantity = 100 };
        commissions.Set(ref fill, amount, asset, sink);
        Assert.Equal(units, fill.Commission);
        Assert.Equal(Int128.Parse(value, System.Globalization.CultureInfo.InvariantCulture), fill.CommissionValue);
        Assert.Empty(sink.Without);
    }

    [Fact]
    public void Commission_InAnAssetWithoutPrice_IsSaid()
    {
        var sink = new Sink();
        var fill = new OrderFilled { Side = Side.Ask, Price = 1_000, Quantity = 100 };
        new CommissionValue(Coarse).Set(ref fill, "0.1", "BNB", sink);
        Assert.Equal(["0.1 BNB"], sink.Without);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("x")]
    [InlineData("0.1234567890123456789")]
    public void Commission_ThatIsNoDecimal_IsRefused(string amount)
    {
        var fill = new OrderFilled { Side = Side.Ask, Price = 1_000, Quantity = 100 };
        Assert.Throws<FormatException>(() => new CommissionValue(Coarse).Set(ref fill, amount, "USDT", new Sink()));
    }

    private sealed class Sink : IReportSink
    {
        public List<string> Without { get; } = [];

        public void Emit<T>(in T payload, long venueTime, long requestSequence)
            where T : struct, IPayload<T>
        {
        }

        public void Rejected(Side side, in OrderRejected rejected, long venueTime, long requestSequence, bool now)
        {
        }

        public void Contradiction(TrackedOrder order, string what) => Assert.Fail(what);

        public void Unvalued(in OrderFilled fill, string amount, string asset) => Without.Add($"{amount} {asset}");
    }
}
