using System.Text;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Instruments;

namespace EventSourcedMM.Tests.Live.Instruments;

public sealed class InstrumentJsonTests
{
    private const string Own = """{"symbol":"ABCUSDT","baseAsset":"ABC","quoteAsset":"USDT","tick":"0.001","lot":"0.01","minQuantity":"0.02","minNotional":"5","note":"x"}""";

    private const string Info = """{"symbol":"ABCUSDT","baseAsset":"ABC","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","maxPrice":"1000000.00000000","tickSize":"0.01000000"},{"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},{"filterType":"NOTIONAL","minNotional":"5.00000000"}]}""";

    [Theory]
    [InlineData(Own)]
    [InlineData("""{"instruments":[{"symbol":"XUSDT"},""" + Own + "]}")]
    public void Read_OwnForm_IsRead(string json)
    {
        var instrument = Read(json)!;
        Assert.Equal((100_000L, 1_000_000L, 2_000_000L), (instrument.Tick, instrument.Lot, instrument.MinQuantity));
        Assert.Equal("5", instrument.FormatMoney(instrument.MinNotional));
        Assert.Equal((8, 8, 8), (instrument.PriceScale.Decimals, instrument.QuantityScale.Decimals, instrument.CommissionDecimals));
    }

    [Theory]
    [InlineData(Info)]
    [InlineData("""{"timezone":"UTC","symbols":[{"symbol":"XUSDT"},""" + Info + "]}")]
    [InlineData("""{"stream":"x","data":{"symbols":[""" + Info + "]}}")]
    [InlineData("""{"id":1,"status":200,"result":{"symbols":[""" + Info + "]}}")]
    public void Read_ExchangeInfo_IsRead(string json)
    {
        var instrument = Read(json)!;
        Assert.Equal((1_000_000L, 1_000L, 1_000L), (instrument.Tick, instrument.Lot, instrument.MinQuantity));
        Assert.Equal("5", instrument.FormatMoney(instrument.MinNotional));
        Assert.Equal((8, 8), (instrument.PriceScale.Decimals, instrument.QuantityScale.Decimals));
    }

    [Fact]
    public void Read_ExchangeInfoOfAHugeSupply_ChoosesAScaleThatHoldsIt()
    {
        var instrument = Read(Info.Replace("9000.00000000", "46116860414.00", StringComparison.Ordinal).Replace("\"stepSize\":\"0.00001000\"", "\"stepSize\":\"1.00\"", StringComparison.Ordinal).Replace("\"minQty\":\"0.00001000\"", "\"minQty\":\"1.00\"", StringComparison.Ordinal))!;
        Assert.Equal((5, 5), (instrument.QuantityScale.Decimals, instrument.CommissionDecimals));
        Assert.Equal(100_000, instrument.Lot);
        Assert.Equal("5", instrument.FormatMoney(instrument.MinNotional));
    }

    [Theory]
    [InlineData("\"tick\":\"0.001\"", "\"tick\":\"0\"", "Tick must be positive")]
    [InlineData("\"tick\":\"0.001\"", "\"tick\":0.001", "\"tick\" is missing or not a text")]
    [InlineData("\"tick\":\"0.001\"", "\"tick\":\"0.0000000001\"", "not a decimal with at most 8 places")]
    [InlineData("\"tick\":\"0.001\",", "", "\"tick\" is missing")]
    [InlineData("\"note\"", "\"tickSize\"", "\"tickSize\" is not known")]
    [InlineData("\"minQuantity\":\"0.02\"", "\"minQuantity\":\"0.001\"", "MinQuantity must be at least one lot")]
    [InlineData("\"note\":\"x\"", "\"quantityDecimals\":19", "\"quantityDecimals\" is not a whole number")]
    [InlineData("}", "", "not JSON")]
    public void Read_ImpossibleValue_NamesPlaceAndField(string good, string bad, string reason)
    {
        var error = Assert.Throws<InstrumentException>(() => Read(Own.Replace(good, bad, StringComparison.Ordinal)));
        Assert.StartsWith("here: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRICE_FILTER", "NO_FILTER", "there is no PRICE_FILTER")]
    [InlineData("LOT_SIZE", "NO_FILTER", "there is no LOT_SIZE")]
    [InlineData("\"tickSize\":\"0.01000000\"", "\"tickSize\":\"0.00000000\"", "switched off tickSize")]
    public void Read_ExchangeInfoWithoutAFilter_SaysWhich(string good, string bad, string reason) =>
        Assert.Contains(reason, Assert.Throws<InstrumentException>(() => Read(Info.Replace(good, bad, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_AnotherSymbol_IsNotThere()
    {
        Assert.Null(InstrumentJson.Read(Encoding.UTF8.GetBytes(Own), "BTCUSDT", "here", InstrumentSource.File));
        Assert.Null(InstrumentJson.Read(Encoding.UTF8.GetBytes("""{"symbols":[]}"""), "BTCUSDT", "here", InstrumentSource.File));
    }

    [Theory]
    [InlineData("BTCUSDT", "0.01", "0.00001")]
    [InlineData("ETHUSDT", "0.01", "0.0001")]
    [InlineData("NEXOUSDT", "0.001", "0.01")]
    public void Find_ShippedSymbol_HasItsSteps(string symbol, string tick, string lot)
    {
        var instrument = ShippedInstruments.Find(symbol)!;
        Assert.Equal((tick, lot, InstrumentSource.Shipped), (instrument.FormatPrice(instrument.Tick), instrument.FormatQuantity(instrument.Lot), instrument.Source));
        Assert.Equal("5", instrument.FormatMoney(instrument.MinNotional));
        Assert.Equal(instrument, instrument.ToEvent().ToInstrument());
    }

    [Fact]
    public void Find_SymbolNotShipped_IsNull() => Assert.Null(ShippedInstruments.Find("NOSUCHUSDT"));

    private static Instrument? Read(string json) => InstrumentJson.Read(Encoding.UTF8.GetBytes(json), "ABCUSDT", "here", InstrumentSource.File);
}
