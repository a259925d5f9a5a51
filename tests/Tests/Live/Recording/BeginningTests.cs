using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Live.Recording;

/// <summary>A process that dies over the first events of a recording: what is left of it, and what the next one does with it.</summary>
public sealed class BeginningTests : IDisposable
{
    private const long Start = 1_723_075_200_000_000_000;
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A live run hands the day to the operating system over any event from which a decision follows, the first one included.</summary>
    [Fact]
    public void Day_WrittenOutOverItsFirstEvent_HasItsInstrument()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        var tap = new DiesAtOnce();
        var info = new RecordingInfo { Name = "made", Source = "a test", ReceiveClock = "ns", Recorder = "test" };
        var recorder = new MarketRecorder(info, LineRecording.Instrument, name => new JournalDayWriter(store.OpenWriter(name, Durability.OnClose)), _ => { }) { Tap = tap };
        Assert.Throws<OperationCanceledException>(() => recorder.Connection(Start, up: true, "the start"));
        var left = new EventLog();
        CaptureBench.Walk(store, tap.Day!.Stream.Value, left);
        Assert.Equal([EventType.RecordingStarted, EventType.InstrumentDefined], left.Types);
    }

    /// <summary>As an earlier version left it: nothing of it can be gone on from, and nothing is held up by it.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Recording_WithoutAnInstrument_IsPassedOver()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        var earlier = await bench.CaptureAsync("NEXOUSDT", s => s.Messages > 50, TimeSpan.FromSeconds(60));
        var now = (await bench.ControlAsync("/api/v3/time")).GetProperty("serverTime").GetInt64() * 1_000_000;
        var dead = StreamName.Market("NEXOUSDT", "2024-07-23", "dead");
        using (var writer = bench.Store.OpenWriter(dead, Durability.EveryAppend))
        {
            var batch = new EventBatch();
            batch.Add(new EventHeader(1, EventType.RecordingStarted, RecordingStarted.Version, 0, now, Cause.None), new RecordingStarted { Recording = "dead", Source = "a test", ReceiveClock = "ns", Recorder = "test" });
            writer.Append(batch);
        }

        Assert.NotEmpty(earlier.Symbols);
        await bench.CaptureAsync("NEXOUSDT", s => s.Messages > 50, TimeSpan.FromSeconds(60));
        var days = bench.Store.List("market/NEXOUSDT/").Where(d => d != dead).OrderBy(d => d.Value, StringComparer.Ordinal).ToArray();
        Assert.Equal(2, days.Length);
        Assert.Equal(days[0].Value, Started(bench.Store, days[1]).ContinuedFrom);
        Assert.Equal(1, bench.Store.ReadManifest(dead)!.Events);
    }

    private static RecordingStarted Started(JournalStore store, StreamName day)
    {
        var log = new EventLog();
        CaptureBench.Walk(store, day.Value, log);
        return log.Of<RecordingStarted>().Single();
    }

    private sealed class DiesAtOnce : IMarketTap
    {
        public RecordedDay? Day { get; private set; }

        public long Floor => 0;

        public void OnRead(long timestamp)
        {
        }

        public void On<T>(RecordedDay day, in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            Day = day;
            day.WriteOut();
            throw new OperationCanceledException("dead");
        }

        public void OnClock(long now)
        {
        }

        public void WriteOut()
        {
        }

        public void Flush()
        {
        }

        public void End(string reason)
        {
        }
    }
}
