using EventSourcedMM.Domain.Quoting;

namespace EventSourcedMM.Tests.Domain.Quoting;

public sealed class ModelConstantsTests
{
    [Fact]
    public void Create_DecimalReferences_WithinFourDoubles()
    {
        foreach ((double gamma, double k, double a, ulong log, ulong slope, ulong horizon) in DeterministicMathReference.Constants)
        {
            var constants = ModelConstants.Create(gamma, k, a);
            AssertClose(log, constants.LogTerm, gamma, k);
            AssertClose(slope, constants.GlftSlope, gamma, k);
            AssertClose(horizon, constants.RollingHorizonFactor, gamma, k);
        }
    }

    [Fact]
    public void Create_ZeroGamma_TakesTheLimits()
    {
        var constants = ModelConstants.Create(0.0, 1.5, 140.0);
        Assert.Equal(1.0 / 1.5, constants.LogTerm);
        Assert.Equal(0.0, constants.GlftSlope);
        Assert.Equal(0.0, constants.RollingHorizonFactor);
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e-200)]
    [InlineData(double.Epsilon)]
    public void Create_GammaNearZero_LogTermApproachesOneOverK(double gamma)
    {
        double logTerm = ModelConstants.Create(gamma, 1.5).LogTerm;
        Assert.InRange(logTerm, (1.0 - gamma) / 1.5, 1.0 / 1.5);
    }

    [Fact]
    public void Create_WithoutIntensity_SaysSo()
    {
        var constants = ModelConstants.Create(0.1, 1.5);
        Assert.False(constants.HasIntensity);
        Assert.Equal(0.0, constants.Intensity);
        Assert.Equal(0.0, constants.GlftSlope);
        Assert.Equal(0.0, constants.RollingHorizonFactor);
        Assert.Equal(ModelConstants.Create(0.1, 1.5, 140.0).LogTerm, constants.LogTerm);
        Assert.True(ModelConstants.Create(0.1, 1.5, 140.0).HasIntensity);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(1.0)]
    public void RollingHorizonFactor_GivesTheStationarySkew(double gamma)
    {
        const double sigma = 2.0;
        var constants = ModelConstants.Create(gamma, 1.5, 140.0);
        double horizon = AvellanedaStoikov.RollingHorizon(sigma, constants.RollingHorizonFactor);
        double article = AvellanedaStoikov.InventoryRisk(gamma, sigma * sigma, horizon);
        double stationary = GueantLehalleFernandezTapia.InventoryRisk(sigma, constants.GlftSlope);
        Assert.Equal(stationary, article, stationary * 1e-14);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(1.0)]
    public void RollingHorizonFactor_IsOneOverTwiceRootAlphaEta(double gamma)
    {
        const double k = 1.5;
        const double a = 140.0;
        const double sigma = 2.0;
        double alpha = k * gamma * sigma * sigma / 2.0;
        double eta = a * Math.Pow(1.0 + gamma / k, -(1.0 + k / gamma));
        double expected = 1.0 / (2.0 * Math.Sqrt(alpha * eta));
        double actual = AvellanedaStoikov.RollingHorizon(sigma, ModelConstants.Create(gamma, k, a).RollingHorizonFactor);
        Assert.Equal(expected, actual, expected * 1e-12);
    }

    [Theory]
    [InlineData(-0.1, 1.5, 140.0, "gamma", "γ")]
    [InlineData(double.NaN, 1.5, 140.0, "gamma", "γ")]
    [InlineData(double.PositiveInfinity, 1.5, 140.0, "gamma", "γ")]
    [InlineData(0.1, 0.0, 140.0, "k", "decay k")]
    [InlineData(0.1, -1.5, 140.0, "k", "decay k")]
    [InlineData(0.1, double.NaN, 140.0, "k", "decay k")]
    [InlineData(0.1, 1.5, -1.0, "intensity", "Intensity A")]
    [InlineData(0.1, 1.5, double.NaN, "intensity", "Intensity A")]
    [InlineData(1e300, 1e-300, 0.0, "gamma", "too far apart")]
    [InlineData(0.0, double.Epsilon, 0.0, "gamma", "too far apart")]
    [InlineData(1e-320, 1.5, 140.0, "intensity", "too far apart")]
    [InlineData(1.0, 1.0, double.Epsilon, "intensity", "too far apart")]
    public void Create_OutOfRange_NamesTheParameter(double gamma, double k, double a, string parameter, string words)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ModelConstants.Create(gamma, k, a));
        Assert.Equal(parameter, error.ParamName);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private static void AssertClose(ulong expected, double actual, double gamma, double k)
    {
        long distance = Math.Abs(unchecked((long)expected) - BitConverter.DoubleToInt64Bits(actual));
        Assert.True(
            distance <= 4,
            $"γ = {gamma:R}, k = {k:R}: {actual:R} is {distance} doubles from {BitConverter.UInt64BitsToDouble(expected):R}");
    }
}
