using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Bench.Parts;

/// <summary>
/// The live path on one thread: a message's bytes through the parser, stepped by engine and zero-latency venue, then it and what was
/// decided appended to their journals (without fsync). Each message's time goes into a histogram, and that of those after which the
/// engine had decided something into another: hardly one message in a hundred decides, so the first says nothing about decisions.
/// </summary>
internal static class LivePath
{
    /// <summary>Runs the recording through it so many times, each as a day of its own, the first only to compile.</summary>
    public static void Run(Recording recording, int rounds, TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("live-path").FullName;
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                var times = new Times(recording.Lines.Count);
                var store = new JournalStore(Path.Combine(folder, $"{round}"), TimeProvider.System);
                GC.Collect();
                var (gen0, gen1, gen2, bytes) = (GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2), GC.GetTotalAllocatedBytes());
                var (decisions, hash) = Pass(recording, store, times);
                var collected = $"GC {GC.CollectionCount(0) - gen0}/{GC.CollectionCount(1) - gen1}/{GC.CollectionCount(2) - gen2}";
                var allocated = (GC.GetTotalAllocatedBytes() - bytes) / 1e6;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"live path, round {round + 1}: {recording.Lines.Count:N0} messages, {decisions:N0} decisions; {collected}, {allocated:0.0} MB allocated, state {hash[..12]}"));
                var last = round == rounds - 1 ? output : TextWriter.Null;
                Print("every message, decided and stored", times.Stored, output, last);
                Print("messages that decided: bytes in to decision", times.Deciding[..times.Decided], output, last);
                Print("messages that decided: bytes in to journal", times.DecidingStored[..times.Decided], output, TextWriter.Null);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(string what, long[] times, TextWriter output, TextWriter histogram)
    {
        Array.Sort(times);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what}: {times.Length:N0}, µs p50 {At(0.5):0.0}  p90 {At(0.9):0.0}  p99 {At(0.99):0.0}  p99.9 {At(0.999):0.0}  max {At(1):0.0}"));
        for (var (edge, at) = (0.5, 0); at < times.Length; edge *= 2)
        {
            var until = at;
            while (until < times.Length && Microseconds(times[until]) < edge)
            {
                until++;
            }

            histogram.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    below {edge,8:0.0} µs {until - at,8:N0} {new string('#', (int)(60L * (until - at) / times.Length))}"));
            at = until;
        }

        double At(double share) => times.Length == 0 ? 0 : Microseconds(times[Math.Min(times.Length - 1, (int)(share * times.Length))]);

        static double Microseconds(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds;
    }

    private static (long Decisions, string Hash) Pass(Recording recording, JournalStore store, Times times)
    {
        using var market = store.CreateDetached(StreamName.Market("BTCUSDT", "2024-08-08", "live"));
        using var run = store.CreateDetached(StreamName.Run("live", "BTCUSDT"));
        var path = new Steps(market.Writer, run.Writer);
        var parser = new StreamParser(Recording.Instrument);
        path.Begin(recording.Lines[0].Stamp);
        for (var i = 0; i < recording.Lines.Count; i++)
        {
            var (stamp, message) = recording.Lines[i];
            var before = path.State.Decisions;
            var start = Stopwatch.GetTimestamp();
            path.On(stamp, parser.Parse(message), parser.Message);
            var decided = Stopwatch.GetTimestamp();
            path.Write();
            var stored = Stopwatch.GetTimestamp();
            times.Stored[i] = stored - start;
            if (path.State.Decisions != before)
            {
                times.Deciding[times.Decided] = decided - start;
                times.DecidingStored[times.Decided++] = stored - start;
            }
        }

        return (path.State.Decisions, StateHash.Of(path.State).ToString());
    }

    // Ticks of the stopwatch.
    private sealed class Times(int messages)
    {
        public long[] Stored { get; } = new long[messages];

        public long[] Deciding { get; } = new long[messages];

        public long[] DecidingStored { get; } = new long[messages];

        public int Decided { get; set; }
    }

    private sealed class Steps(JournalWriter market, JournalWriter run) : IRunLog
    {
        private readonly EventBatch recorded = new(256 * 1024);
        private readonly EventBatch decided = new(256 * 1024);
        private ZeroLatencySession session = null!;
        private long sequence;
        private long written;
        private long nextDue;

        public EngineState State { get; } = new();

        public void Begin(long now)
        {
            session = new ZeroLatencySession(State, this, new RunMetrics());
            Fold(now, new RecordingStarted { Recording = "live", Source = "bench", ReceiveClock = "ns", Recorder = "bench" });
            Fold(now, Recording.Instrument.ToEvent());

            // Without the limits that would end it early.
            session.Start(RunHeader.Create(new BacktestRequest { Symbol = "BTCUSDT", Configuration = LiquidQuoting.With() }, State.Instrument!, [], now, long.MaxValue), new Cause(1, sequence));
            Write();
            nextDue = (now / 1_000_000_000 * 1_000_000_000) + 1_000_000_000;
        }

        public void On(long now, MessageKind kind, MarketMessage message)
        {
            while (nextDue <= now)
            {
                session.Timer(nextDue, new Cause(1, sequence));
                nextDue += 1_000_000_000;
            }

            switch (kind)
            {
                case MessageKind.DepthDiff: Market(now, message.VenueTime, message.DepthDiff); break;
                case MessageKind.Trade: Market(now, message.VenueTime, message.Trade); break;
                case MessageKind.BestQuote: Market(now, message.VenueTime, message.BestQuote); break;
                case MessageKind.BookSnapshot: Market(now, message.VenueTime, message.BookSnapshot); break;
                default: break;
            }
        }

        public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
        {
            decided.Add(new EventHeader(++written, type, version, 0, time, cause), payload);
            return written;
        }

        private void Fold<T>(long now, in T payload)
            where T : struct, IPayload<T>
        {
            var header = Record(now, 0, payload);
            session.Fold(new Cause(1, sequence), header, payload);
        }

        private void Market<T>(long now, long venue, in T payload)
            where T : struct, IPayload<T>
        {
            var header = Record(now, venue, payload);
            session.Market(new Cause(1, sequence), header, payload);
            if (State.Tracker.Changed && (typeof(T) == typeof(DepthDiff) || typeof(T) == typeof(BookSnapshot)))
            {
                var change = State.Tracker.LastChange;
                var next = Record(now, 0, change);
                session.Market(new Cause(1, sequence), next, change);
            }
        }

        private EventHeader Record<T>(long now, long venue, in T payload)
            where T : struct, IPayload<T>
        {
            var header = new EventHeader(++sequence, T.Type, T.Version, venue, now, Cause.None);
            recorded.Add(header, payload);
            return header;
        }

        public void Write()
        {
            if (recorded.Count > 0)
            {
                market.Append(recorded);
                recorded.Clear();
            }

            if (decided.Count > 0)
            {
                run.Append(decided);
                decided.Clear();
            }
        }
    }
}
