using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Support;

/// <summary>Backtests over the bundled recordings, in memory.</summary>
public static class SampleRuns
{
    /// <summary>2024-07-24 in Asia/Taipei, the NEXOUSDT sample's full day.</summary>
    public static readonly (long From, long To) NexoDay = (1_721_750_400_000_000_000, 1_721_836_800_000_000_000);

    private static readonly Lazy<StoreSet> Samples = new(() => new StoreSet(
        new JournalStore(SampleStore.Ensure() ?? throw new InvalidOperationException("data/sample is missing."), TimeProvider.System)));

    /// <summary>The bundled recordings as a store.</summary>
    public static StoreSet Stores => Samples.Value;

    /// <summary>A configuration from key=value words.</summary>
    public static StrategyConfiguration Configure(string words) => words
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(w => w.Split('='))
        .Aggregate(StrategyConfiguration.Default, (c, kv) => c.With(kv[0], kv[1]));

    /// <summary>Runs a sample: NEXOUSDT its full day, BTCUSDT all of it.</summary>
    public static SampleRun Run(string symbol, string words, QueueModel queue, long feePpm = 1000, StoreSet? stores = null)
    {
        var (from, to) = symbol == "NEXOUSDT" ? NexoDay : (long.MinValue, long.MaxValue);
        var days = new MarketDays(stores ?? Stores).Select(symbol, from, to, null);
        var log = new FillLog();
        var request = new BacktestRequest
        {
            Symbol = symbol,
            From = from,
            To = to,
            Configuration = Configure(words),
            Queue = queue,
            FeePartsPerMillion = feePpm,
        };
        var result = new Backtester(request, [.. days.Days.Select(d => d.ToInput())], log).Run();
        return new SampleRun(result, log.Fills, log.Events);
    }

    private sealed class FillLog : IStartableLog
    {
        private readonly LevelArena arena = new();

        public List<(long Time, OrderFilled Fill)> Fills { get; } = [];

        public long Events { get; private set; }

        public void Start(in RunStarted started)
        {
        }

        public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
        {
            Events++;
            if (type == EventType.OrderFilled)
            {
                var reader = new CanonicalReader(payload, arena);
                var fill = default(OrderFilled);
                OrderFilled.Describe(ref reader, ref fill);
                Fills.Add((time, fill));
            }

            return Events;
        }
    }
}

/// <summary>A finished run with its fills.</summary>
public sealed record SampleRun(BacktestResult Result, IReadOnlyList<(long Time, OrderFilled Fill)> Fills, long Events);
