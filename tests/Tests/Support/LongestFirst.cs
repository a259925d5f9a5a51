using EventSourcedMM.Tests.Cli.Determinism;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Live.Trading;
using EventSourcedMM.Tests.Replay.Twin;
using EventSourcedMM.Tests.Stores.Archive;
using EventSourcedMM.Tests.Stores.Postgres;
using EventSourcedMM.Tests.Web;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("EventSourcedMM.Tests.Support.LongestFirst", "EventSourcedMM.Tests")]

namespace EventSourcedMM.Tests.Support;

/// <summary>
/// The order in which collections of tests start: those that take long before the others, so that none of them is left alone at the end
/// while a core stands idle. The others follow in an order that has nothing to do with their names' beginnings: what waits runs beside
/// what computes. The order is the same in every run, unlike the test runner's own.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // Measured on two cores: each takes fifteen seconds and more.
    private static readonly string[] Long =
    [
        BrowserCollection.Name,
        .. ((Type[])
        [
            typeof(DebugBuildTests), typeof(PostgresCommandTests), typeof(LiveKilledTests), typeof(LiveProcessEndTests), typeof(ModeTests), typeof(StormTests), typeof(ModelTwinTests),
            typeof(ArchiveRoundTripTests), typeof(PostgresLiveTests), typeof(PostgresForwarderTests), typeof(Simulation.PublicClientsTests), typeof(CaptureKilledTests),
        ]).Select(t => "Test collection for " + t.FullName),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Array.IndexOf(Long, c.DisplayName) is >= 0 and var rank ? rank : Long.Length).ThenBy(c => Scattered(c.DisplayName)).ThenBy(c => c.DisplayName, StringComparer.Ordinal);

    // FNV-1a: the runtime's own hash of a text is another one in every process.
    private static uint Scattered(string text) => text.Aggregate(2_166_136_261, (hash, letter) => unchecked((hash ^ letter) * 16_777_619));
}
