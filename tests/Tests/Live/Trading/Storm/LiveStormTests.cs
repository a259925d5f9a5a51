using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Tests.Live.Gateway;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Trading.Storm;

/// <summary>
/// Live runs with all their parts (streams, books, recording, engine, signed orders) at simulated venues that do everything wrong that
/// they know, their processes killed and started again: each ends with venue and engine agreeing on orders, trades, position and cash
/// to the last digit, and its journal executed again is the same.
/// </summary>
public sealed class LiveStormTests(ITestOutputHelper output)
{
    private const int AccountsAVenue = 8;
    private const int Venues = 125;

    // A request is good for a minute of the venue's clock: at this speed a second and a half, which a busy machine keeps.
    private const string Speed = "40";

    // Every kind of fault, often enough that a session of some minutes of the venue's time meets many of them.
    internal const string Faults = "drop=0.05%,duplicate=1%,reorder=0.5%,delay=0.5%:50ms..5s,stall=1/3m:2s..30s,cut=1/3m,half-open=1/15m,stale-snapshot=20%,slow-snapshot=10%:1s..5s,"
        + "server-error=2%,wrong-clock=1/10m:10s..60s:-3s..3s,shutdown=1/8m:1s..10s,lost-answer=2%,unknown-status=3%,cut-request=1%,early-report=10%,double-report=10%,"
        + "late-report=5%:1s..30s,fill-before-cancel=5%,half-replace=5%,no-balance=2%,ban=0.05%:5s..20s";

    [Fact]
    [Trait("Category", "Slow")]
    public Task Storm_AFewLiveSessions_EndInAgreement() => StormAsync(first: 1, venues: 1);

    // MM_STORM=FIRST-LAST runs some of the venues, for a machine that cannot give it half an hour at once.
    [Fact]
    [Trait("Category", "Soak")]
    public Task Storm_AThousandLiveSessions_EndInAgreement()
    {
        var part = (Environment.GetEnvironmentVariable("MM_STORM") ?? $"1-{(Environment.GetEnvironmentVariable("MM_SOAK") == "1" ? Venues : 2)}").Split('-');
        var first = int.Parse(part[0], CultureInfo.InvariantCulture);
        return StormAsync(first, int.Parse(part[1], CultureInfo.InvariantCulture) - first + 1);
    }

    private async Task StormAsync(int first, int venues)
    {
        var (sessions, restarts, refused) = (0, 0, 0);
        var counts = new Dictionary<EventType, long>();
        var faults = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var failures = new List<string>();
        for (var venue = first; venue < first + venues; venue++)
        {
            await using var bench = await GatewayBench.StartAsync("NEXOUSDT", Speed, AccountsAVenue, Faults, seed: (ulong)venue);
            await Task.WhenAll(Enumerable.Range(0, AccountsAVenue).Select(async account =>
            {
                var seed = (venue * 100) + account;
                var began = Stopwatch.GetTimestamp();
                using var session = new StormSession(bench, account, seed);
                try
                {
                    await session.RunAsync(kills: seed % 4).WaitAsync(TimeSpan.FromMinutes(5));
                }
                catch (Exception e)
                {
                    // The others are told as well: the message at the end has them all.
                    lock (failures)
                    {
                        failures.Add($"session {seed} after {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, {session.Phase}: {e}\n{session.Describe()}");
                    }
                }

                lock (faults)
                {
                    sessions++;
                    restarts += session.Restarts;
                    refused += session.Refused;
                    foreach (var (type, count) in session.Counts)
                    {
                        counts[type] = counts.GetValueOrDefault(type) + count;
                    }
                }
            }));
            Add(await bench.ControlAsync("/sim/status"), faults);
        }

        output.WriteLine($"{sessions} sessions, {sessions - failures.Count} in agreement; {faults.Values.Sum()} faults; {restarts} kills and restarts survived, {refused} starts refused and repeated");
        output.WriteLine($"{Count(EventType.QuoteDecided)} decisions, {Count(EventType.OrderAccepted)} orders, {Count(EventType.OrderFilled)} fills, {Count(EventType.ReconciliationClosed)} reconciliations with {Count(EventType.ReconciliationFound)} findings, {Count(EventType.ConnectionChanged)} changes of the account's connection");
        output.WriteLine(string.Join(", ", faults.OrderByDescending(f => f.Value).Select(f => $"{f.Key} {f.Value}")));
        Assert.True(failures.Count == 0, $"{failures.Count} of {sessions} sessions failed:\n{string.Join("\n\n", failures.Take(5))}");
        Assert.True(Count(EventType.OrderAccepted) > sessions * 4 && Count(EventType.OrderFilled) > 0 && restarts > 0 && faults.Values.Sum() > sessions, "the storm was none");

        long Count(EventType type) => counts.GetValueOrDefault(type);
    }

    private static void Add(JsonElement status, SortedDictionary<string, long> faults)
    {
        foreach (var fault in status.GetProperty("faults").EnumerateObject())
        {
            faults[fault.Name] = faults.GetValueOrDefault(fault.Name) + fault.Value.GetInt64();
        }
    }
}
