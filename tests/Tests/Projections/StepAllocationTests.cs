using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Projections;

/// <summary>The engine and its venue in the steady state: a market event and all that follows from it allocate nothing.</summary>
public sealed class StepAllocationTests
{
    private const int Rounds = 12;

    /// <summary>
    /// Fills and hashes included. What the runtime allocates while it compiles, or a collection leaves uncounted, comes once
    /// and elsewhere the next time; a turn that allocates does so in every round.
    /// </summary>
    [Fact]
    public void Turn_SecondHalfOfADay_AllocatesNothing()
    {
        var day = new Day().Run();
        var allocating = day.Allocating;
        for (var round = 0; round < Rounds && allocating.Count > 0; round++)
        {
            Thread.Sleep(100);
            day = new Day().Run();
            allocating.IntersectWith(day.Allocating);
        }

        Assert.True(day.Turns > 50_000 && day.Decisions > 1_000 && day.Fills > 0 && day.Hashes > 0, $"{day.Turns} turns with {day.Decisions} decisions, {day.Fills} fills and {day.Hashes} hashes");
        Assert.True(allocating.Count == 0, $"{allocating.Count} of {day.Turns} turns allocate in every round; the first at event {allocating.Min}");
    }

    private sealed class Day : IRunLog, IRunObserver
    {
        private readonly EngineState state = new();
        private readonly LevelArena arena = new();
        private readonly BacktestRequest request;
        private readonly List<InputStream> inputs;
        private readonly ZeroLatencySession session;
        private long sequence;
        private long events;
        private long half;
        private long nextDue;
        private long turn;

        public Day()
        {
            var (from, to) = SampleRuns.NexoDay;
            request = new BacktestRequest { Symbol = "NEXOUSDT", From = from, To = to, Configuration = ConfigurationFile.Load(null, "NEXOUSDT") };
            inputs = [.. new MarketDays(SampleRuns.Stores).Select("NEXOUSDT", from, to, null).Days.Select(d => d.ToInput())];
            half = inputs.Sum(i => i.Events) / 2;
            session = new ZeroLatencySession(state, this, this);
        }

        /// <summary>Turns measured: those after the first half of the recording.</summary>
        public long Turns { get; private set; }

        public long Decisions => state.Decisions;

        public long Fills { get; private set; }

        public long Hashes { get; private set; }

        /// <summary>Of the turns measured, those that allocated: by their number.</summary>
        public SortedSet<long> Allocating { get; } = [];

        public Day Run()
        {
            for (var i = 0; i < inputs.Count; i++)
            {
                using var source = inputs[i].Open();
                var feeder = new Feeder(this, i + 1);
                while (source.Read(out var header, out var payload))
                {
                    arena.Clear();
                    events++;
                    EventCatalog.Decode(header, payload, arena, ref feeder);
                }
            }

            return this;
        }

        public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
        {
            Hashes += type == EventType.StateHashed && events > half ? 1 : 0;
            return ++sequence;
        }

        public void Started(EngineState started)
        {
        }

        public void Timer(EngineState after, long due)
        {
        }

        public void Filling(EngineState before, in OrderFilled fill) => Fills += events > half ? 1 : 0;

        public void Placed(EngineState after, in OrderRequest order)
        {
        }

        private void On<T>(int stream, in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            var source = new Cause(stream, header.Sequence);
            if (!state.Running)
            {
                if (header.ReceiveTime < request.From || state.Instrument is null)
                {
                    session.Fold(source, header, payload);
                    return;
                }

                var started = RunHeader.Create(request, state.Instrument, inputs, request.From, request.To);
                session.Start(started, source);
                nextDue = request.From + state.Setup!.Parameters.Step;
            }

            while (nextDue <= header.ReceiveTime)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                session.Timer(nextDue, source);
                Measured(before);
                nextDue += state.Setup!.Parameters.Step;
            }

            var unused = GC.GetAllocatedBytesForCurrentThread();
            session.Market(source, header, payload);
            Measured(unused);
        }

        private void Measured(long before)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            turn++;
            if (events <= half)
            {
                return;
            }

            Turns++;
            if (bytes > 0)
            {
                Allocating.Add(turn);
            }
        }

        private readonly struct Feeder(Day owner, int stream) : IEventHandler
        {
            public void On<T>(in EventHeader header, in T payload)
                where T : struct, IPayload<T> => owner.On(stream, header, payload);
        }
    }
}
