using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Pnl;

/// <summary>
/// The PnL of both bundled recordings, kept in git beside this file: nothing that changes what is earned, decided or
/// filled goes unnoticed. That the figures are right, others say: the naive twins and the program in tests/python.
/// </summary>
public sealed class PnlSnapshotTests
{
    private static readonly QueueModel[] Queues = [QueueModel.Fifo, QueueModel.Optimistic, QueueModel.Pessimistic];

    [Theory]
    [InlineData("NEXOUSDT", "shipped", true, "", 1000)]
    [InlineData("NEXOUSDT", "seed", false, "", 1000)]
    [InlineData("NEXOUSDT", "stationary", true, "horizon_mode=stationary min_half_spread=0", 1000)]
    [InlineData("NEXOUSDT", "session", true, "horizon_mode=session min_half_spread=0.001", 1000)]
    [InlineData("NEXOUSDT", "levels", true, "levels=3 level_spacing=0.002 order_size=40 min_half_spread=0.001 max_notional=450", 1000)]
    [InlineData("NEXOUSDT", "free", true, "min_half_spread=0 join_best=true", 0)]
    [InlineData("BTCUSDT", "shipped", true, "", 1000)]
    [InlineData("BTCUSDT", "seed", false, "", 1000)]
    [InlineData("BTCUSDT", "tight", true, "min_half_spread=0 requote_ticks=1 min_quote_life_ms=0", 1000)]
    [InlineData("BTCUSDT", "stationary", true, "horizon_mode=stationary min_half_spread=0 requote_ticks=10", 1000)]
    [InlineData("BTCUSDT", "session", true, "horizon_mode=session min_half_spread=0 gamma=0.0005 requote_ticks=10 stop_loss=20", 1000)]
    [InlineData("BTCUSDT", "levels", true, "min_half_spread=0 levels=3 level_spacing=2 requote_ticks=50", 1000)]
    [InlineData("BTCUSDT", "free", true, "min_half_spread=0 join_best=true requote_ticks=10", 0)]
    public async Task Pnl_BundledRecording_IsTheOneKept(string symbol, string name, bool isShipped, string words, long feePpm)
    {
        var runs = Queues.Select(queue => PnlRun.Describe(symbol, isShipped, words, queue, feePpm));
        await Snapshot.Match(string.Concat(runs).TrimEnd('\n') + "\n", $"{symbol}_{name}");
    }
}
