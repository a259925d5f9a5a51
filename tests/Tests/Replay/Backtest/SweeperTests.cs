using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Replay.Backtest;

/// <summary>A sweep's sets are the single backtests, event for event, whatever the number of threads; and so is one backtest.</summary>
public sealed class SweeperTests
{
    private static readonly string[] Words = ["gamma=0.05", "gamma=0.339 levels=2", "gamma=1 order_size=0.01", "gamma=0.1 requote_ticks=40 volatility_step_ms=500", "gamma=2 inventory_skew=3"];

    [Fact]
    public void Sweep_OfARecordedDay_IsItsSingleBacktestsEventForEvent()
    {
        var requests = Words.Select(Btc).ToArray();
        var inputs = Inputs();
        var alone = requests.Select(request =>
        {
            var log = new RunText();
            return (Log: log, Result: new Backtester(request, inputs, log).Run());
        }).ToArray();
        Assert.Equal(Words.Length, alone.Select(a => StateHash.Of(a.Result.State)).Distinct().Count());
        Assert.Contains(alone, a => a.Result.Metrics.Fills > 100);
        foreach (var threads in (int[])[1, 2, 3, 16])
        {
            var logs = requests.Select(_ => new RunText()).ToArray();
            var results = new Sweeper(requests, inputs) { Threads = threads, Log = set => logs[set] }.Run();
            for (var set = 0; set < requests.Length; set++)
            {
                Assert.Equal(StateHash.Of(alone[set].Result.State), StateHash.Of(results[set].State));
                Assert.Equal(alone[set].Result.Started.Run, results[set].Started.Run);
                Assert.Equal(alone[set].Result.Metrics.Marks, results[set].Metrics.Marks);
                Assert.Equal(alone[set].Log.Events.Select(Bytes), logs[set].Events.Select(Bytes));
            }
        }
    }

    /// <summary>Gaps, empty sides, partial books, midnights, windows: whatever the recording holds, sets do not touch each other.</summary>
    [Fact]
    public void Sweep_OfAnyRecording_IsItsSingleBacktests() =>
        Cases.Check(SyntheticCase.Arbitrary(20, 200), 100, given =>
        {
            var lines = given.Lines();
            var inputs = LineRecording.Record(lines);
            var request = Differential.Request(given, lines);
            var requests = new List<BacktestRequest>();
            foreach (var change in (string[])["gamma=0.2", "gamma=3 inventory_skew=0", "order_size=0.3"])
            {
                string[] words = [.. given.Words, .. change.Split(' ')];
                if (SyntheticCase.Fits(words))
                {
                    requests.Add(request with { Configuration = SampleRuns.Configure(string.Join(' ', words)) });
                }
            }

            if (requests.Count == 0)
            {
                return;
            }

            var alone = requests.Select(r => Run(log => [new Backtester(r, inputs, log(0)).Run()])).ToArray();
            foreach (var threads in (int[])[1, 2])
            {
                var swept = Run(log => new Sweeper(requests, inputs) { Threads = threads, Log = log }.Run());
                Assert.Equal(alone.SelectMany(a => a), swept);
            }

            var two = requests.Select(r => Run(log => [new Backtester(r, inputs, log(0)) { Threads = 2 }.Run()])).SelectMany(a => a);
            Assert.Equal(alone.SelectMany(a => a), two);
        });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Sweep_SetsThatCannotRun_TheFirstIsNamedWhateverTheThreads(int threads)
    {
        // Two sets do not fit the instrument; a session needs an end, which this open window has not.
        var requests = ((string[])["gamma=0.1", "gamma=0.2", "horizon_mode=session", "horizon_mode=session gamma=1"]).Select(Btc).ToArray();
        var e = Assert.Throws<SweepException>(() => new Sweeper(requests, Inputs()) { Threads = threads }.Run());
        Assert.Equal(2, e.Set);
        Assert.IsType<ConfigurationException>(e.InnerException);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Reading_ThatFailsInTheMiddle_FailsOnceItIsReachedAndNotBefore(int threads)
    {
        var inputs = Inputs();
        InputStream[] broken = [inputs[0] with { Open = () => new Breaking(inputs[0].Open(), 9_000), OpenBlocks = () => new DecodingSource(new Breaking(inputs[0].Open(), 9_000)) }];
        long stamp = 0;
        using (var source = inputs[0].Open())
        {
            for (var i = 0; i < 8_900; i++)
            {
                source.Read(out var header, out _);
                stamp = Math.Max(stamp, header.ReceiveTime);
            }
        }

        var requests = Words.Select(Btc).ToArray();
        Assert.Equal("record 9000 is damaged", Assert.Throws<InvalidDataException>(() => new Sweeper(requests, broken) { Threads = threads }.Run()).Message);
        Assert.Equal("record 9000 is damaged", Assert.Throws<InvalidDataException>(() => new Backtester(requests[0], broken, new CountingLog()) { Threads = threads }.Run()).Message);

        // A window that ends before the damage never comes to it, though it was read ahead.
        var before = requests.Select(r => r with { To = stamp }).ToArray();
        var whole = new Sweeper(before, broken) { Threads = threads }.Run();
        var alone = new Backtester(before[1], inputs, new CountingLog()).Run();
        Assert.Equal(StateHash.Of(alone.State), StateHash.Of(whole[1].State));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sweep_StoppedByItsProgress_StopsWithThatError(int threads)
    {
        var sweeper = new Sweeper([.. Words.Select(Btc)], Inputs(), (_, _) => throw new OperationCanceledException("stop")) { Threads = threads };
        Assert.Throws<OperationCanceledException>(sweeper.Run);
    }

    private static BacktestRequest Btc(string words) => new()
    {
        Symbol = "BTCUSDT",
        Configuration = words.Split(' ').Select(w => w.Split('=')).Aggregate(ConfigurationFile.Load(null, "BTCUSDT"), (c, kv) => c.With(kv[0], kv[1])),
    };

    private static InputStream[] Inputs() =>
        [.. new MarketDays(SampleRuns.Stores).Select("BTCUSDT", long.MinValue, long.MaxValue, null).Days.Select(d => d.ToInput())];

    private static string[] Run(Func<Func<int, IStartableLog>, IReadOnlyList<BacktestResult>> run)
    {
        var logs = new SortedDictionary<int, RunText>();
        try
        {
            var results = run(set =>
            {
                lock (logs)
                {
                    return logs[set] = new RunText();
                }
            });
            return [.. results.SelectMany((r, set) => logs[set].Events.Select(Bytes).Append(StateHash.Of(r.State).ToString()))];
        }
        catch (EmptyWindowException)
        {
            return [];
        }
    }

    private static string Bytes((EventType Type, Cause Cause, byte[] Payload) e) => $"{e.Type} {e.Cause} {Convert.ToHexStringLower(e.Payload)}";

    private sealed class Breaking(IEventSource source, long at) : IEventSource
    {
        private long read;

        public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload) => ++read == at
            ? throw new InvalidDataException($"record {at} is damaged")
            : source.Read(out header, out payload);

        public void Dispose() => source.Dispose();
    }
}
