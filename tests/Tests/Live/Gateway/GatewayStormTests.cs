using System.Text.Json;
using EventSourcedMM.Domain.Events;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>
/// Sessions of naive makers on simulated venues with every fault that these know, killed and started again at any point:
/// each ends with venue and maker agreeing on orders, trades, position and cash to the last digit.
/// </summary>
public sealed class GatewayStormTests(ITestOutputHelper output)
{
    private const int AccountsAVenue = 8;

    // Everything the venue can do wrong, often enough that a session of a second or two of the machine's time meets some of it.
    private const string Faults = "duplicate=1%,reorder=1%,delay=1%:50ms..10s,stall=1/2m:2s..40s,cut=1/2m,half-open=1/10m,server-error=3%,"
        + "wrong-clock=1/10m:10s..60s:-3s..3s,shutdown=1/5m:1s..10s,lost-answer=2%,unknown-status=3%,cut-request=1%,early-report=10%,double-report=10%,"
        + "late-report=5%:1s..30s,fill-before-cancel=3%,half-replace=5%,no-balance=2%,ban=0.05%:5s..20s";

    [Fact]
    public Task Storm_AFewSessions_EndInAgreement() => StormAsync(venues: 1, turns: 30);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Storm_AThousandSessions_EndInAgreement() => StormAsync(venues: Environment.GetEnvironmentVariable("MM_SOAK") == "1" ? 1_000 / AccountsAVenue : 2, turns: 60);

    private async Task StormAsync(int venues, int turns)
    {
        var (sessions, restarts, orders, fills, findings, reconciliations) = (0, 0, 0, 0, 0, 0);
        var faults = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var failures = new List<string>();
        for (var venue = 0; venue < venues; venue++)
        {
            await using var bench = await GatewayBench.StartAsync("NEXOUSDT", "100", AccountsAVenue, Faults, seed: (ulong)venue + 1);
            using var stop = new CancellationTokenSource();
            var best = await bench.BestAsync();
            var following = FollowAsync();
            var running = Enumerable.Range(0, AccountsAVenue).Select(async account =>
            {
                var seed = (venue * 100) + account;
                var session = new ToySession(bench, account, seed, o => o with { ReconciliationInterval = TimeSpan.FromSeconds(30), KeepQueue = account % 2 == 0, CombineReplacements = account % 4 < 3 });
                try
                {
                    await session.RunAsync(turns, kills: seed % 4, () => best);
                }
                catch (Exception e)
                {
                    // The others are told as well: the message at the end has them all.
                    lock (failures)
                    {
                        failures.Add($"session {seed}: {e}");
                    }
                }

                lock (faults)
                {
                    sessions++;
                    restarts += session.Restarts;
                    orders += session.Maker.Count(EventType.OrderAccepted);
                    fills += session.Maker.Count(EventType.OrderFilled);
                    findings += session.Maker.Count(EventType.ReconciliationFound);
                    reconciliations += session.Maker.Count(EventType.ReconciliationClosed);
                }
            }).ToList();
            await Task.WhenAll(running);
            await stop.CancelAsync();
            await following;
            Add(await bench.ControlAsync("/sim/status"), faults);

            async Task FollowAsync()
            {
                while (!stop.IsCancellationRequested)
                {
                    best = await bench.BestAsync();
                    await Task.Delay(50);
                }
            }
        }

        output.WriteLine($"{sessions} sessions, {faults.Values.Sum()} faults, {restarts} restarts survived; {orders} orders, {fills} fills, {reconciliations} reconciliations with {findings} findings");
        output.WriteLine(string.Join(", ", faults.Select(f => $"{f.Key} {f.Value}")));
        Assert.True(failures.Count == 0, $"{failures.Count} of {sessions} sessions failed:\n{string.Join("\n\n", failures.Take(5))}");
        Assert.True(orders > sessions * 5 && fills > 0 && restarts > 0 && faults.Values.Sum() > sessions, "the storm was none");
    }

    private static void Add(JsonElement status, SortedDictionary<string, long> faults)
    {
        foreach (var fault in status.GetProperty("faults").EnumerateObject())
        {
            faults[fault.Name] = faults.GetValueOrDefault(fault.Name) + fault.Value.GetInt64();
        }
    }
}
