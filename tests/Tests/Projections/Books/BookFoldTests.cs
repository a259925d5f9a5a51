using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Tests.Projections.Books;

public sealed class BookFoldTests
{
    private readonly BookFold fold = new();
    private long sequence;

    [Fact]
    public void On_TransitionRecorded_GoesOn()
    {
        On(new RecordingStarted { Recording = "a" });
        On(Snapshot());
        On(Synced());
        Assert.Equal((BookState.Synced, 3L), (fold.Tracker.State, fold.Sequence));
    }

    [Fact]
    public void On_TransitionNotRecorded_StopsAtTheNextEvent()
    {
        On(Snapshot());
        var broken = Assert.Throws<InvariantBrokenException>(() => On(new Trade { Price = 1, Quantity = 1 }));
        Assert.Contains("before event 2", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void On_TransitionThatNeverWas_Stops() => Assert.Throws<InvariantBrokenException>(() => On(Synced()));

    [Fact]
    public void On_AnotherTransitionThanOurs_Stops()
    {
        On(Snapshot());
        Assert.Throws<InvariantBrokenException>(() => On(new BookStateChanged { To = BookState.Crossed, Reason = BookReason.SnapshotApplied, FinalUpdateId = 10 }));
    }

    [Fact]
    public void On_AnotherRecording_StartsFromNothing()
    {
        On(new RecordingStarted { Recording = "a" });
        On(Snapshot());
        On(Synced());
        On(new RecordingStarted { Recording = "a", ContinuedFrom = "market/X/2024-01-01/a" });
        Assert.Equal(BookState.Synced, fold.Tracker.State);
        On(new RecordingStarted { Recording = "b" });
        Assert.Equal(BookState.Buffering, fold.Tracker.State);
    }

    [Fact]
    public void On_RestartRecorded_VoidsTheBook()
    {
        On(Snapshot());
        On(Synced());
        On(new BookStateChanged { From = BookState.Synced, To = BookState.Buffering, Reason = BookReason.Restarted, ExpectedUpdateId = 11 });
        Assert.Equal((BookState.Buffering, 0), (fold.Tracker.State, fold.Tracker.Book.Bids.Count));
    }

    private static BookSnapshot Snapshot() => new()
    {
        LastUpdateId = 10,
        Bids = new LevelList(new Level(100, 1)),
        Asks = new LevelList(new Level(101, 1)),
    };

    private static BookStateChanged Synced() => new() { To = BookState.Synced, Reason = BookReason.SnapshotApplied, FinalUpdateId = 10 };

    private void On<T>(T payload)
        where T : struct, IPayload<T> => fold.On(new EventHeader(++sequence, T.Type, T.Version, 0, sequence, Cause.None), payload);
}
