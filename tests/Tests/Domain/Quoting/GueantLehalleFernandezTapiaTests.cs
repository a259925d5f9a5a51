using EventSourcedMM.Domain.Quoting;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Domain.Quoting;

public sealed class GueantLehalleFernandezTapiaTests
{
    private const double Sigma = 2.0;

    [Theory]
    [InlineData(0.1, 0.671244, 0.051717)]
    [InlineData(0.01, 0.672513, 0.016117)]
    [InlineData(1.0, 0.603229, 0.184806)]
    public void HalfSpreadAndSkew_ReferenceValues_Match(double gamma, double half, double s)
    {
        var constants = ModelConstants.Create(gamma, 1.5, 140.0);
        Assert.Equal(half, GueantLehalleFernandezTapia.HalfSpread(Sigma, constants.LogTerm, constants.GlftSlope), 5e-7);
        Assert.Equal(s, GueantLehalleFernandezTapia.Skew(1.0, Sigma, constants.GlftSlope), 5e-7);
    }

    /// <summary>The order of operations that the XML docs promise, written out again, bit for bit.</summary>
    [Property(MaxTest = 500)]
    public bool Quotes_AnyInputs_FollowTheDocumentedOrder(int a, int b, uint c, uint d)
    {
        double mid = a / 7.0;
        double q = b / 3.0;
        double sigma = c / 11.0;
        var constants = ModelConstants.Create(d / 13.0, 1.5, 140.0);

        double s = constants.GlftSlope * sigma;
        double skew = q * s;
        double reservation = mid - skew;
        double halfRisk = 0.5 * s;
        double half = constants.LogTerm + halfRisk;
        var expected = new ModelQuote(reservation, 2.0 * half, reservation - half, reservation + half);

        return GueantLehalleFernandezTapia.Quotes(mid, q, sigma, constants.LogTerm, constants.GlftSlope) == expected
            && GueantLehalleFernandezTapia.Quotes(mid, q, sigma, constants) == expected;
    }

    [Fact]
    public void Quotes_LongInventory_MovesBothQuotesDown()
    {
        var constants = ModelConstants.Create(0.1, 1.5, 140.0);
        ModelQuote flat = GueantLehalleFernandezTapia.Quotes(100.0, 0.0, Sigma, constants);
        ModelQuote longer = GueantLehalleFernandezTapia.Quotes(100.0, 2.0, Sigma, constants);
        Assert.Equal(2 * 0.051717, flat.Bid - longer.Bid, 1e-6);
        Assert.Equal(2 * 0.051717, flat.Ask - longer.Ask, 1e-6);
    }

    [Fact]
    public void Quotes_ConstantsWithoutIntensity_Refused()
    {
        var constants = ModelConstants.Create(0.1, 1.5);
        var error = Assert.Throws<InvalidOperationException>(
            () => GueantLehalleFernandezTapia.Quotes(100.0, 1.0, Sigma, constants));
        Assert.Contains("intensity A", error.Message, StringComparison.Ordinal);
    }
}
