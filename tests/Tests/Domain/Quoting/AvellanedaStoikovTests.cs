using EventSourcedMM.Domain.Quoting;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Domain.Quoting;

public sealed class AvellanedaStoikovTests
{
    [Theory]
    [InlineData(100.0, 5.0, 0.1, 2.0, 1.5, 1.0, 98.0, 1.6907704228, 97.1546147886, 98.8453852114)]
    [InlineData(100.0, -3.0, 0.1, 2.0, 1.5, 0.25, 100.3, 1.3907704228, 99.6046147886, 100.9953852114)]
    public void Quotes_ReferenceVectors_Match(
        double mid, double q, double gamma, double sigma, double k, double horizon,
        double reservation, double spread, double bid, double ask)
    {
        double logTerm = ModelConstants.Create(gamma, k).LogTerm;
        ModelQuote quote = AvellanedaStoikov.Quotes(mid, q, gamma, sigma * sigma, horizon, logTerm);
        Assert.Equal(reservation, quote.ReservationPrice, 5e-11);
        Assert.Equal(spread, quote.Spread, 5e-11);
        Assert.Equal(bid, quote.Bid, 5e-11);
        Assert.Equal(ask, quote.Ask, 5e-11);
    }

    /// <summary>The order of operations that the XML docs promise, written out again, bit for bit.</summary>
    [Property(MaxTest = 500)]
    public bool Quotes_AnyInputs_FollowTheDocumentedOrder(int a, int b, uint c, uint d, uint e)
    {
        double mid = a / 7.0;
        double q = b / 3.0;
        double gamma = c / 11.0;
        double variance = d / 13.0;
        double horizon = e / 17.0;
        double logTerm = ModelConstants.Create(gamma, 1.5).LogTerm;

        double step = gamma * variance;
        double risk = step * horizon;
        double skew = q * risk;
        double reservation = mid - skew;
        double twice = 2.0 * logTerm;
        double spread = risk + twice;
        double half = 0.5 * spread;
        var expected = new ModelQuote(reservation, spread, reservation - half, reservation + half);

        return AvellanedaStoikov.Quotes(mid, q, gamma, variance, horizon, logTerm) == expected
            && AvellanedaStoikov.ReservationPrice(mid, q, gamma, variance, horizon) == reservation
            && AvellanedaStoikov.Spread(gamma, variance, horizon, logTerm) == spread
            && AvellanedaStoikov.InventoryRisk(gamma, variance, horizon) == risk;
    }

    [Fact]
    public void Spread_BeforeTheHorizon_KeepsTheTermThePreprintDrops()
    {
        double logTerm = ModelConstants.Create(0.1, 1.5).LogTerm;
        double atEnd = AvellanedaStoikov.Spread(0.1, 4.0, 0.0, logTerm);
        double before = AvellanedaStoikov.Spread(0.1, 4.0, 1.0, logTerm);
        Assert.Equal(2.0 / 0.1 * Math.Log(1.0 + 0.1 / 1.5), atEnd, 1e-14);
        Assert.Equal(0.1 * 4.0, before - atEnd, 1e-14);
    }

    [Fact]
    public void Quotes_ZeroGamma_SymmetricAtTwoOverK()
    {
        ModelQuote quote = AvellanedaStoikov.Quotes(100.0, 7.0, 0.0, 4.0, 1.0, ModelConstants.Create(0.0, 1.5).LogTerm);
        Assert.Equal(100.0, quote.ReservationPrice);
        Assert.Equal(2.0 / 1.5, quote.Spread);
    }
}
