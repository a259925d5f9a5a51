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
    [Fact]
    public void Turn_SecondHalfOfADay_AllocatesNothing()
    {
        // Once to have every method compiled for good: code of the first tier puts structs on the heap.
        _ = new Day().Run();
        Thread.Sleep(500);
        var day = new Day();
        day.Run();

        Assert.True(day.Turns > 50_000 && day.Decisions > 1_000, $"{day.Turns} turns with {day.Decisions} decisions");
        Assert.True(day.Bytes == 0, $"{day.Bytes} bytes in {day.Allocating} of {day.Turns} turns; the first at event {day.First}");
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
        private bool isSteady;

        public Day()
        {
            var (from, to) = SampleRuns.NexoDay;
            request = new BacktestRequest { Symbol = "NEXOUSDT", From = from, To = to, Configuration = ConfigurationFile.Load(null, "NEXOUSDT") };
            inputs = [.. new MarketDays(SampleRuns.Stores).Select("NEXOUSDT", from, to, null).Days.Select(d => d.ToInput())];
            half = inputs.Sum(i => i.Events) / 2;
            session = new ZeroLatencySession(state, this, this);
        }

        /// <summary>Turns measured: those after the first half of the recording without a fill of ours (closing a
        /// position multiplies beyond 128 bits) and without a state hash (one in 65,536 inputs), which are not the steady state.</summary>
        public long Turns { get; private set; }

        public long Decisions => state.Decisions;

        public long Bytes { get; private set; }

        public long Allocating { get; private set; }

        public long First { get; private set; }

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
            isSteady &= type != EventType.StateHashed;
            return ++sequence;
        }

        public void Started(EngineState started)
        {
        }

        public void Timer(EngineState after, long due)
        {
        }

        public void Filling(EngineState before, in OrderFilled fill) => isSteady = false;

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
                isSteady = true;
                var before = GC.GetAllocatedBytesForCurrentThread();
                session.Timer(nextDue, source);
                Measured(before);
                nextDue += state.Setup!.Parameters.Step;
            }

            isSteady = true;
            var unused = GC.GetAllocatedBytesForCurrentThread();
            session.Market(source, header, payload);
            Measured(unused);
        }

        private void Measured(long before)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (events > half && isSteady)
            {
                Turns++;
                Bytes += bytes;
                Allocating += bytes > 0 ? 1 : 0;
                First = bytes > 0 && First == 0 ? events : First;
            }
        }

        private readonly struct Feeder(Day owner, int stream) : IEventHandler
        {
            public void On<T>(in EventHeader header, in T payload)
                where T : struct, IPayload<T> => owner.On(stream, header, payload);
        }
    }
}
