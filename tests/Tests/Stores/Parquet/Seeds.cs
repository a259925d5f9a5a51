using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>Properties over seeds of the whole range; a failure prints the seed, which repeats it.</summary>
internal static class Seeds
{
    public static Property ForAll(Action<Random> check) => ForAll((_, random) => check(random));

    public static Property ForAll(Action<int, Random> check) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => check(seed, new Random(seed)));
}
