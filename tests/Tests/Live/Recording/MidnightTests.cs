using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Live.Recording;

/// <summary>A recording at midnight when the next day cannot be begun.</summary>
public sealed class MidnightTests : IDisposable
{
    private const long Midnight = 1_723_161_600_000_000_000;
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void NextDay_CannotBeBegun_TheDayBeforeIsClosedOnceAndGoneOnFrom()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        var closed = new List<RecordedDay>();
        var info = new RecordingInfo { Name = "made", Source = "a test", ReceiveClock = "ns", Recorder = "test" };
        var recorder = new MarketRecorder(info, LineRecording.Instrument, name => new JournalDayWriter(store.OpenWriter(name, Durability.OnClose)), day =>
        {
            day.Seal("test", day.Notes());
            closed.Add(day);
        });
        recorder.Connection(Midnight - Nanoseconds.PerSecond, up: true, "the start");

        // A file stands where the next day's directory has to be, for root as well.
        var obstacle = Path.Combine(folder, "market", "TESTUSDT", "2024-08-09");
        File.WriteAllText(obstacle, "");
        for (var i = 0; i < 3; i++)
        {
            Assert.ThrowsAny<IOException>(() => recorder.Connection(Midnight + i, up: true, "lost"));
            Assert.Equal("2024-08-08", Assert.Single(closed).Stream.Parts[2]);
        }

        File.Delete(obstacle);
        recorder.Connection(Midnight + 5, up: true, "there is room again");
        recorder.End("the end");
        Assert.Equal(["2024-08-08", "2024-08-09"], closed.Select(d => d.Stream.Parts[2]));
        var events = new EventLog();
        CaptureBench.Walk(store, closed[1].Stream.Value, events);
        var started = events.Of<RecordingStarted>().Single();
        Assert.Equal((closed[0].Stream.Value, closed[0].Sequence), (started.ContinuedFrom, started.ContinuedFromSequence));
        Assert.Equal([EventType.RecordingStarted, EventType.InstrumentDefined, EventType.BookCheckpoint, EventType.ConnectionChanged, EventType.RecordingEnded], events.Types);

        // It answers for the time since midnight, although its first event came later.
        Assert.Equal(5, closed[1].Trusted + closed[1].Untrusted);
    }
}
