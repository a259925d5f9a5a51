using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores;
using EventSourcedMM.VenueSim.Market;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Fifty symbols at once, each the BTCUSDT recording under another name, over five connections into fifty journals.</summary>
public sealed class ManySymbolsTests(ITestOutputHelper output)
{
    private const int Many = 50;

    [Fact]
    [Trait("Category", "Slow")]
    public Task Capture_FiftySymbols_KeepsFiftyBooks() => RunAsync("1", 20_000);

    /// <summary>The rate that issue and docs name: on two idle cores, the venue's own work included. The figures are printed.</summary>
    [Fact]
    [Trait("Category", "Soak")]
    public Task Capture_FiftySymbolsAtTenTimesTheRate_KeepsFiftyBooks() => RunAsync("10", 2_000_000);

    private async Task RunAsync(string speed, long messages)
    {
        var names = Enumerable.Range(1, Many).Select(i => string.Create(CultureInfo.InvariantCulture, $"B{i:00}USDT")).ToArray();
        await using var bench = await CaptureBench.StartAsync("BTCUSDT", speed, change: o => o with { Repeat = true, WeightLimit = 1_000_000, Symbols = [.. names.Select(n => Renamed(o.Symbols[0], n))] });
        var worst = 0L;
        var began = Stopwatch.StartNew();
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var report = await bench.CaptureAsync(
            string.Join(',', names),
            s =>
            {
                worst = Math.Max(worst, s.Delay?.NinetyNine ?? 0);
                return s.Messages > messages && s.Symbols.All(b => b.Book == BookState.Synced);
            },
            TimeSpan.FromMinutes(4));
        var used = Process.GetCurrentProcess().TotalProcessorTime - processor;
        output.WriteLine(FormattableString.Invariant(
            $"{report.Messages:N0} messages in {began.Elapsed.TotalSeconds:0.0} s, {report.Messages / began.Elapsed.TotalSeconds:N0} a second; venue and capture used {used.TotalSeconds:0.0} s of processor, {used.TotalMicroseconds / report.Messages:0.0} µs a message; 99 % at worst {worst / 1e6:0} ms late"));
        Assert.True(report.Messages > messages, $"{report.Messages} messages within the time");
        Assert.Equal((Many, Many), (report.Symbols.Count, report.Symbols.Count(s => s.Book == BookState.Synced)));
        Assert.Equal((0, 0), (report.Losses, report.HoleCount));
        Assert.All(report.Symbols, s => Assert.Equal((s.Symbol, 0L, 0L), (s.Symbol, s.Gaps, s.MissingTrades)));
        Assert.Equal(Many / 10, report.Connections);

        // What was recorded replays to the book that the capture had.
        foreach (var symbol in report.Symbols.Where((_, i) => i % 10 == 0))
        {
            Assert.Equal(symbol.LastUpdateId, CaptureBench.Fold(bench.Store, symbol.Streams).Tracker.LastUpdateId);
        }
    }

    private static SymbolRecording Renamed(SymbolRecording recording, string symbol) =>
        recording with { Symbol = symbol, Days = [.. recording.Days.Select(open => (Func<IEventSource>)(() => new RenamedSource(open(), symbol)))] };

    private sealed class RenamedSource(IEventSource source, string symbol) : IEventSource
    {
        public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
        {
            if (!source.Read(out header, out payload))
            {
                return false;
            }

            if (header.Type == EventType.InstrumentDefined)
            {
                var reader = new CanonicalReader(payload, new LevelArena());
                var instrument = default(InstrumentDefined);
                InstrumentDefined.Describe(ref reader, ref instrument);
                var record = Stores.Records.Of(header, instrument with { Symbol = symbol });
                EventRecord.Read(record, out var start);
                payload = record.AsSpan(start);
            }

            return true;
        }

        public void Dispose() => source.Dispose();
    }
}
