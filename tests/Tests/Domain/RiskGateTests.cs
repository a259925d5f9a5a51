using System.Numerics;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Domain;

/// <summary>The order-rate cap's count and the price collar against plain arithmetic, and what parameters that came later leave as it was.</summary>
public sealed class RiskGateTests
{
    private static readonly Instrument Nexo = ShippedInstruments.Find("NEXOUSDT")!;

    [Fact]
    public void RecentOrders_RandomTimes_AreThoseOfTheLastTenSeconds() => Cases.Check(Arb.From(Gen.Choose(0, int.MaxValue)), 200, seed =>
    {
        var random = new Random(seed);
        var (orders, times) = (new RecentOrders(), new List<long>());
        var now = 0L;
        for (var i = 0; i < 120; i++)
        {
            now += random.Next(4) switch { 0 => 0, 1 => random.Next(1, 1_000), 2 => 1_000_000_000, _ => random.Next(1, 2_000_000_000) };
            if (random.Next(3) > 0)
            {
                orders.Add(now);
                times.Add(now);
            }

            Assert.Equal(times.Count(t => t > now - 10_000_000_000), orders.Count(now));
        }
    });

    [Fact]
    public void Collar_RandomPrices_IsTheFractionOfTheMid() => Cases.Check(Arb.From(Gen.Choose(0, int.MaxValue)), 500, seed =>
    {
        var random = new Random(seed);
        var parameters = With("price_collar_ppm", random.Next(1, 20_000));
        var (bid, ask) = (random.NextInt64(1, 1_000_000_000_000), random.NextInt64(1, 1_000_000_000_000));
        var middle = bid + ask;
        var price = random.Next(2) == 0 ? random.NextInt64(1, 2_000_000_000_000) : (long)(new BigInteger(middle) * (1_000_000 + parameters.PriceCollarPpm) / 2_000_000) + random.Next(-1, 2);

        // |price − mid| / mid > collar / 10⁶, in fractions.
        var distance = BigInteger.Abs((2 * new BigInteger(price)) - middle);
        Assert.Equal(distance * 1_000_000 > new BigInteger(parameters.PriceCollarPpm) * middle, RiskGate.IsBeyondCollar(parameters, price, middle));
    });

    [Fact]
    public void LaterParameters_AtTheirDefaults_LeaveNoTrace()
    {
        var text = StrategyConfiguration.Default.ToJson();
        Assert.DoesNotContain("max_orders_10s", text, StringComparison.Ordinal);
        Assert.Equal(text, StrategyConfiguration.FromJson(text).ToJson());
        var changed = StrategyConfiguration.Default.With("max_orders_10s", "40");
        Assert.Equal("40", StrategyConfiguration.FromJson(changed.ToJson())["max_orders_10s"]);
        Assert.Equal(text, changed.With("max_orders_10s", "0").ToJson());
    }

    [Fact]
    public void OrderRate_BelowAFirstQuote_IsRefused()
    {
        var e = Assert.Throws<ConfigurationException>(() => new StrategyParameters(SampleRuns.Configure("levels=3 max_orders_10s=5"), Nexo));
        Assert.Contains("max_orders_10s (5) must be at least twice levels (3)", e.Message, StringComparison.Ordinal);
    }

    private static StrategyParameters With(string name, long value) => new(SampleRuns.Configure(FormattableString.Invariant($"{name}={value}")), Nexo);
}
