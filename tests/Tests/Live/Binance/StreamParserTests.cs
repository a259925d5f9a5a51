using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Tests.Live.Binance;

public sealed class StreamParserTests
{
    private const string Diff = """{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":10,"u":12,"b":[["61737.63000000","0.00000000"]],"a":[["61837.64","1.5"],["61838","2"]]}""";

    private readonly StreamParser parser = new(Parsers.Instrument());

    [Fact]
    public void Parse_RawDepthUpdate_GivesScaledIntegers()
    {
        Assert.Equal(MessageKind.DepthDiff, parser.Parse(Diff));
        Assert.Equal(1_723_161_255_208_000_000, parser.Message.VenueTime);
        Assert.Equal((10, 12), (parser.Message.DepthDiff.FirstUpdateId, parser.Message.DepthDiff.FinalUpdateId));
        Assert.Equal([new Level(6_173_763_000_000, 0)], parser.Message.DepthDiff.Bids.Span.ToArray());
        Assert.Equal([new Level(6_183_764_000_000, 150_000_000), new Level(6_183_800_000_000, 200_000_000)], parser.Message.DepthDiff.Asks.Span.ToArray());
    }

    [Fact]
    public void Parse_MicrosecondStamps_BecomeNanoseconds()
    {
        Assert.Equal(MessageKind.Trade, parser.Parse("""{"e":"trade","E":1723161255208123,"s":"BTCUSDT","t":7,"p":"1","q":"2","T":1723161255207001,"m":true,"M":true}"""));
        Assert.Equal(1_723_161_255_208_123_000, parser.Message.VenueTime);
        Assert.Equal(1_723_161_255_207_001_000, parser.Message.Trade.TradeTime);
        Assert.True(parser.Message.Trade.BuyerIsMaker);
    }

    [Fact]
    public void Parse_TradeWithOrderIds_AsBeforeJune2024_IsRead()
    {
        var message = """{"e":"trade","E":1,"s":"BTCUSDT","t":7,"p":"1.5","q":"2","b":88,"a":50,"T":2,"m":false,"M":true}""";
        Assert.True(parser.IsFast(Encoding.UTF8.GetBytes(message)));
        Assert.Equal(MessageKind.Trade, parser.Parse(message));
        Assert.Equal((7, 150_000_000, 200_000_000, false), (parser.Message.Trade.TradeId, parser.Message.Trade.Price, parser.Message.Trade.Quantity, parser.Message.Trade.BuyerIsMaker));
    }

    [Fact]
    public void Parse_AggregateTrade_IsRead()
    {
        var message = """{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1,"s":"BTCUSDT","a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27784,"T":1498793709153,"m":true,"M":true}}""";
        Assert.True(parser.IsFast(Encoding.UTF8.GetBytes(message)));
        Assert.Equal(MessageKind.AggregateTrade, parser.Parse(message));
        var trade = parser.Message.AggregateTrade;
        Assert.Equal((26129, 1_633_102, 470_443_515, 27781, 27784, 1_498_793_709_153_000_000, true), (trade.AggregateId, trade.Price, trade.Quantity, trade.FirstTradeId, trade.LastTradeId, trade.TradeTime, trade.BuyerIsMaker));
    }

    [Theory]
    [InlineData("btcusdt@depth5")]
    [InlineData("btcusdt@depth10@100ms")]
    [InlineData("btcusdt@depth20@100ms")]
    public void Parse_PartialBook_SymbolFromEnvelope(string stream)
    {
        var message = $$$"""{"stream":"{{{stream}}}","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}}""";
        Assert.True(parser.IsFast(Encoding.UTF8.GetBytes(message)));
        Assert.Equal(MessageKind.PartialBook, parser.Parse(message));
        Assert.Equal(160, parser.Message.PartialBook.LastUpdateId);
        Assert.Equal(0, parser.Message.VenueTime);
        Assert.Equal([new Level(240_000, 1_000_000_000)], parser.Message.PartialBook.Bids.Span.ToArray());
    }

    [Theory]
    [InlineData("""{"stream":"ethusdt@depth20","data":{"lastUpdateId":160,"bids":[],"asks":[]}}""")]
    [InlineData("""{"stream":"ethusdt@kline_1m","data":{"e":"kline","s":"ETHUSDT"}}""")]
    [InlineData("""{"e":"depthUpdate","E":1,"s":"ETHUSDT","U":10,"u":9,"b":7}""")]
    [InlineData("""{"u":1,"s":"ETHUSDT","b":"1","B":"1","a":"2","A":"1"}""")]
    public void Parse_AnotherSymbol_IsNamed(string message)
    {
        Assert.Equal(MessageKind.OtherSymbol, parser.Parse(message));
        Assert.Equal("ETHUSDT", parser.Message.OtherSymbol);
    }

    [Fact]
    public void Parse_BareBook_IsSnapshotOrPartialAsToldToBe()
    {
        const string Book = """{"lastUpdateId":160,"bids":[["1","10"]],"asks":[["2","100"]]}""";
        Assert.Equal(MessageKind.BookSnapshot, parser.Parse(Book));
        Assert.Equal(MessageKind.PartialBook, new StreamParser(Parsers.Instrument(), bareBooksArePartial: true).Parse(Book));
    }

    [Theory]
    [InlineData("""{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}""", "serverShutdown", 1_770_123_456_789_000_000)]
    [InlineData("""{"e":"serverShutdown","E":1770123456789}""", "serverShutdown", 1_770_123_456_789_000_000)]
    [InlineData("""{"stream":"btcusdt@avgPrice","data":{"e":"avgPrice","E":5,"s":"BTCUSDT","i":"5m","w":"25776.86","T":4}}""", "avgPrice", 5_000_000)]
    [InlineData("""{"result":null,"id":1}""", "", 0)]
    [InlineData("""{"timezone":"UTC","serverTime":1,"rateLimits":[],"symbols":[]}""", "exchangeInfo", 0)]
    [InlineData("""[1,2]""", "", 0)]
    public void Parse_UnknownMessage_IsKeptWordForWord(string message, string name, long venueTime)
    {
        Assert.Equal(MessageKind.Unknown, parser.Parse(message));
        Assert.Equal(message, parser.Message.VenueMessage.Body);
        Assert.Equal(name, parser.Message.EventName);
        Assert.Equal(venueTime, parser.Message.VenueTime);
        Assert.NotEqual("", parser.Message.VenueMessage.Problem);
    }

    [Theory]
    [InlineData("\"61837.64\"", "\"61837.640000001\"", "9 decimals")]
    [InlineData("\"61837.64\"", "\"92233720368.54775808\"", "does not fit 64 bits")]
    [InlineData("\"61837.64\"", "\"-1\"", "not a plain decimal")]
    [InlineData("\"61837.64\"", "\"1e5\"", "not a plain decimal")]
    [InlineData("\"61837.64\"", "\".5\"", "not a plain decimal")]
    [InlineData("\"61837.64\"", "\"\"", "not a plain decimal")]
    [InlineData("\"61837.64\"", "61837.64", "a number where a decimal in a string belongs")]
    [InlineData("\"61837.64\"", "\"0.00\"", "price is zero")]
    [InlineData("\"U\":10", "\"U\":13", "beyond the last")]
    [InlineData("\"U\":10,", "", "field U is missing")]
    [InlineData("\"U\":10", "\"U\":10.0", "not a whole number")]
    [InlineData("\"U\":10", "\"U\":-10", "not a whole number")]
    [InlineData("\"U\":10", "\"U\":9223372036854775808", "does not fit 64 bits")]
    [InlineData("\"U\":10", "\"U\":\"10\"", "a string where a number belongs")]
    [InlineData("\"U\":10", "\"U\":10,\"U\":10", "stands twice")]
    [InlineData("\"U\":10", "\"U\":10,\"pu\":9", "futures")]
    [InlineData("\"E\":1723161255208", "\"E\":9223372036854776000", "does not fit 64 bits")]
    [InlineData("\"E\":1723161255208", "\"E\":9223372036854775807", "after the year 2262")]
    [InlineData("]]}", "]]", "not JSON")]
    [InlineData("]]}", "]]}x", "not JSON")]
    public void Parse_ImpossibleField_IsMalformedWithReason(string good, string bad, string reason)
    {
        var message = Diff.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Diff, message);
        Assert.Equal(MessageKind.Malformed, parser.Parse(message));
        Assert.Contains(reason, parser.Message.VenueMessage.Problem, StringComparison.Ordinal);
        Assert.Equal(message, parser.Message.VenueMessage.Body);
    }

    [Fact]
    public void Parse_EnvelopeAndPayloadDisagreeOnSymbol_IsMalformed()
    {
        Assert.Equal(MessageKind.Malformed, parser.Parse("{\"stream\":\"ethusdt@depth\",\"data\":" + Diff + "}"));
        Assert.Contains("ethusdt@depth", parser.Message.VenueMessage.Problem, StringComparison.Ordinal);
        Assert.Equal("ethusdt@depth", parser.Message.VenueMessage.Stream);
    }

    [Fact]
    public void Parse_BytesThatAreNotText_AreKeptAsBase64()
    {
        byte[] bytes = [(byte)'{', 0xFF, 0xFE];
        Assert.Equal(MessageKind.Malformed, parser.Parse(bytes));
        Assert.Equal(bytes, Convert.FromBase64String(parser.Message.VenueMessage.Body));
        Assert.Contains("base64", parser.Message.VenueMessage.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.00000001", 1)]
    [InlineData("00012.5", 1_250_000_000)]
    [InlineData("92233720368.54775807", long.MaxValue)]
    [InlineData("1.1000000000000", 110_000_000)]
    [InlineData("999999999999999999", -1)]
    public void Parse_DecimalAtTheEdge_IsExactOrMalformed(string quantity, long units)
    {
        var kind = parser.Parse($$"""{"u":1,"s":"BTCUSDT","b":"1","B":"{{quantity}}","a":"2","A":"1"}""");
        Assert.Equal(units < 0 ? MessageKind.Malformed : MessageKind.BestQuote, kind);
        if (units >= 0)
        {
            Assert.Equal(units, parser.Message.BestQuote.BidQuantity);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(18)]
    public void Parse_OtherScale_FollowsTheInstrument(int decimals)
    {
        var scaled = new StreamParser(Parsers.Instrument(quantityDecimals: decimals));
        Assert.Equal(MessageKind.Trade, scaled.Parse("""{"e":"trade","E":1,"s":"BTCUSDT","t":7,"p":"1","q":"3.00000000","T":2,"m":false}"""));
        Assert.Equal(3 * (long)Math.Pow(10, decimals), scaled.Message.Trade.Quantity);
    }
}
