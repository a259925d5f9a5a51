using System.Diagnostics;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Support;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Simulation.Lockstep;

/// <summary>
/// The order of a turn in lockstep is the zero-latency session's: an engine over sockets writes the same events, decision
/// by decision and fill by fill, as the backtest of the same recording in memory.
/// </summary>
public sealed class LockstepParityTests(ITestOutputHelper output)
{
    private const string Words = "gamma=0.0001 k=800 max_inventory=500 inventory_threshold=250 order_size=50 levels=2";

    [Fact]
    public Task Lockstep_FirstHalfHourOfNexo_WritesWhatTheBacktestWrites() => CompareAsync("NEXOUSDT", Words, TimeSpan.FromMinutes(30), QueueModel.Optimistic);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Lockstep_AllOfNexo_WritesWhatTheBacktestWrites() => CompareAsync("NEXOUSDT", Words, TimeSpan.FromDays(3), QueueModel.Fifo);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Lockstep_AllOfBitcoin_WritesWhatTheBacktestWrites() => CompareAsync("BTCUSDT", "gamma=0.0001 k=0.5 order_size=0.01 max_inventory=1 inventory_threshold=0.5", TimeSpan.FromDays(3), QueueModel.Fifo);

    private async Task CompareAsync(string symbol, string words, TimeSpan length, QueueModel queue)
    {
        var days = new MarketDays(SampleRuns.Stores).Select(symbol, long.MinValue, long.MaxValue, null).Days;
        var to = days.Min(d => d.Info.FirstTime) + (length.Ticks * 100);
        var request = new BacktestRequest { Symbol = symbol, To = to, Configuration = SampleRuns.Configure(words), Queue = queue, FeePartsPerMillion = 1_000 };
        var expected = new LockstepLog();
        var stamps = new DueStamps();
        var result = new Backtester(request, [.. days.Select(d => d.ToInput()).Select(i => i with { Open = () => stamps.Of(i.Open()), OpenAt = null, OpenBlocks = () => new DecodingSource(stamps.Of(i.Open())) })], expected).Run();

        await using var bench = await CaptureBench.StartAsync(symbol, "max", change: o => o with { Lockstep = true, Queue = queue, ConnectionLife = 48 * 3_600_000_000_000, Symbols = [o.Symbols[0] with { To = to }] });
        await using var client = await LockstepClient.OpenAsync(bench.Venue, $"{symbol.ToLowerInvariant()}@depth@100ms/{symbol.ToLowerInvariant()}@trade/{symbol.ToLowerInvariant()}@bookTicker");
        var lines = new List<string>();
        var engine = new LockstepEngine(client, result.Started, lines);
        var again = new DueStamps();
        var clock = Stopwatch.StartNew();
        await engine.RunAsync(days.Select(d => again.Of(d.ToInput().Open())), to);
        output.WriteLine($"{engine.Items} items, {engine.Answers} answers, {engine.Fills} fills in {clock.Elapsed.TotalSeconds:0.0} s");

        var ours = lines.Where(LockstepLog.IsCompared).ToArray();
        var theirs = expected.Lines.Where(LockstepLog.IsCompared).ToArray();
        var apart = ours.Zip(theirs).TakeWhile(p => p.First == p.Second).Count();
        Assert.True(apart == ours.Length || apart == theirs.Length, $"they part at {apart}: {(apart < ours.Length ? ours[apart] : "")} and {(apart < theirs.Length ? theirs[apart] : "")}");

        // The end of the run cancels what is left, which only the backtest does.
        Assert.InRange(theirs.Length - ours.Length, 0, 20);
        Assert.True(engine.Fills >= 5, $"only {engine.Fills} fills");
    }
}
