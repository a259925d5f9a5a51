using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace EventSourcedMM.Tests.Support;

public sealed class LongestFirstTests
{
    [Fact]
    public void Order_OfAllCollections_BeginsWithTheLongOnesAndIsTheSameHoweverTheyCome()
    {
        var assembly = new TestAssembly(Reflector.Wrap(typeof(LongestFirstTests).Assembly));
        ITestCollection[] all =
        [
            .. typeof(LongestFirstTests).Assembly.GetTypes().Where(t => t.Name.EndsWith("Tests", StringComparison.Ordinal)).Select(t => new TestCollection(assembly, null, "Test collection for " + t.FullName)),
            new TestCollection(assembly, null, Web.BrowserCollection.Name),
        ];

        string[] ordered = [.. new LongestFirst().OrderTestCollections(all).Select(c => c.DisplayName)];

        Assert.Equal(all.Select(c => c.DisplayName).Order(StringComparer.Ordinal), ordered.Order(StringComparer.Ordinal));
        Assert.Equal([Web.BrowserCollection.Name, "Test collection for " + typeof(Cli.Determinism.DebugBuildTests).FullName], ordered[..2]);
        Assert.Equal(ordered, new LongestFirst().OrderTestCollections(all.Reverse()).Select(c => c.DisplayName));
        var named = typeof(LongestFirst).Assembly.GetCustomAttribute<TestCollectionOrdererAttribute>();
        Assert.NotNull(named);
        Assert.NotNull(Type.GetType($"{typeof(LongestFirst).FullName}, {typeof(LongestFirst).Assembly.GetName().Name}"));
    }
}
