using System.Text.RegularExpressions;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Tests.Support;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>Names of orders at the venue.</summary>
public sealed class ClientOrderIdTests
{
    [Fact]
    public void Id_OfAnyOrder_IsShortPlainAndReadBack()
    {
        var orders = ArbMap.Default.GeneratorFor<long>().Select(n => (n & long.MaxValue) | 1);
        Cases.Check(orders.ToArbitrary(), 300, order =>
        {
            var id = ClientOrderId.Of("live-btcusdt-20261127-0123456789", "BTCUSDT", order);
            Assert.Matches(new Regex("^[a-zA-Z0-9-_]{1,36}$"), id.ToString());
            Assert.True(ClientOrderId.TryRead(id.ToString(), out var read));
            Assert.Equal((order, ClientOrderId.TagOf("live-btcusdt-20261127-0123456789", "BTCUSDT")), (read.OrderId, read.Tag));
        });
    }

    [Fact]
    public void Id_OfTheSameOrder_IsTheSameTextForEver() =>
        Assert.Equal("mm1-CHjyppIY775-1z", ClientOrderId.Of("run-1", "BTCUSDT", 123).ToString());

    [Theory]
    [InlineData("run-1", "ETHUSDT")]
    [InlineData("run-2", "BTCUSDT")]
    [InlineData("run-1B", "TCUSDT")]
    public void Tag_OfAnotherRunOrSymbol_IsAnother(string run, string symbol) =>
        Assert.NotEqual(ClientOrderId.TagOf("run-1", "BTCUSDT"), ClientOrderId.TagOf(run, symbol));

    [Theory]
    [InlineData("")]
    [InlineData("mm1-")]
    [InlineData("mm1-9cfu8bZCLYY-")]
    [InlineData("mm1-9cfu8bZCLYY-0")]
    [InlineData("mm1-9cfu8bZCLYY-01z")]
    [InlineData("mm1-9cfu8bZCLY!-1z")]
    [InlineData("mm1-zzzzzzzzzzz-1z")]
    [InlineData("mm1-9cfu8bZCLYY-zzzzzzzzzzz")]
    [InlineData("web_0123456789abcdef")]
    [InlineData("mm1-9cfu8bZCLYY-1z-and-something-longer")]
    public void Id_OfSomebodyElse_IsNotRead(string text) => Assert.False(ClientOrderId.TryRead(text, out _));
}
