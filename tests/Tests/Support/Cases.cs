using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Support;

/// <summary>Runs properties with counts for every day, and with many more in a soak (MM_SOAK=1).</summary>
public static class Cases
{
    /// <summary>How many times more a soak runs.</summary>
    public const int SoakFactor = 40;

    /// <summary>Whether long counts were asked for.</summary>
    public static bool IsSoak => Environment.GetEnvironmentVariable("MM_SOAK") == "1";

    /// <summary>Times the property is run; MM_CASES names another number.</summary>
    public static int Count(int daily) =>
        Environment.GetEnvironmentVariable("MM_CASES") is { Length: > 0 } named ? int.Parse(named, CultureInfo.InvariantCulture)
        : IsSoak ? daily * SoakFactor
        : daily;

    /// <summary>Checks a property that fails by throwing; a failure names the smallest case found.</summary>
    public static void Check<T>(Arbitrary<T> cases, int daily, Action<T> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Count(daily)).WithQuietOnSuccess(true), Prop.ForAll(cases, property));
}
