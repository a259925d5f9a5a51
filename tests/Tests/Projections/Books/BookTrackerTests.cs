using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Tests.Projections.Books;

/// <summary>Every transition of the book's state machine, and every message that makes none.</summary>
public sealed class BookTrackerTests
{
    /// <summary>
    /// A script of messages and the transition of the last one. d U u: a diff; s id: a snapshot; p id: a partial book;
    /// x: a diff that crosses; e: a diff that empties the asks; n U u: a diff that changes nothing; r: a restart.
    /// The snapshot has 100 × 1 and 102 × 1.
    /// </summary>
    [Theory]
    [InlineData("s10", "Buffering Synced SnapshotApplied 0 0 10")]
    [InlineData("s10 d11-12", "-")]
    [InlineData("s10 d9-11", "-")]
    [InlineData("s10 d8-10", "-")]
    [InlineData("d11-12", "-")]
    [InlineData("d11-12 s10", "Buffering Synced SnapshotApplied 0 0 12")]
    [InlineData("d8-9 d10-10 d11-12 s10", "Buffering Synced SnapshotApplied 0 0 12")]
    [InlineData("d12-13 s10", "Buffering Buffering SnapshotTooOld 12 10 10")]
    [InlineData("d11-12 d14-15 s10", "Buffering Gap MissingUpdates 13 14 15")]
    [InlineData("d11-12 d14-15 s10 s13", "Gap Synced SnapshotApplied 0 0 15")]
    [InlineData("s10 d12-13", "Synced Gap MissingUpdates 11 12 13")]
    [InlineData("s10 d12-13 d14-15", "-")]
    [InlineData("s10 d12-13 s11", "Gap Synced SnapshotApplied 0 0 13")]
    [InlineData("s10 d12-13 s9", "Gap Gap SnapshotTooOld 12 9 9")]
    [InlineData("s10 d12-13 s40", "Gap Synced SnapshotApplied 0 0 40")]
    [InlineData("s10 x11-11", "Synced Crossed BestPricesCrossed 11 11 11")]
    [InlineData("s10 x11-11 d12-12", "-")]
    [InlineData("s10 x11-11 u12-12", "Crossed Synced BestPricesUncrossed 12 12 12")]
    [InlineData("s10 x11-11 d13-13", "Crossed Gap MissingUpdates 12 13 13")]
    [InlineData("s10 e11-11", "Synced OneSided SideEmptied 11 11 11")]
    [InlineData("s10 e11-11 f12-12", "OneSided Synced SideRefilled 12 12 12")]
    [InlineData("s10 r", "Synced Buffering Restarted 11 0 0")]
    [InlineData("r", "Buffering Buffering Restarted 1 0 0")]
    [InlineData("p5", "Buffering Partial PartialBook 0 0 5")]
    [InlineData("p5 p6", "-")]
    [InlineData("d3-4 p5", "-")]
    [InlineData("s10 p11", "-")]
    [InlineData("p5 s10", "Partial Synced SnapshotApplied 0 0 10")]
    [InlineData("s10 s20", "-")]
    [InlineData("s10 s20 d21-21", "Synced Synced SnapshotApplied 11 21 21")]
    [InlineData("s10 s20 d15-19", "Synced Synced SnapshotApplied 11 15 19")]
    [InlineData("s10 s20 d22-22", "Synced Gap MissingUpdates 11 22 22")]
    [InlineData("s10 s20 d11-20 d22-22", "Synced Gap MissingUpdates 21 22 22")]
    [InlineData("s10 s20 s15 d21-21", "Synced Synced SnapshotApplied 11 21 21")]
    [InlineData("x1-1 s0", "Buffering Crossed SnapshotApplied 0 0 1")]
    public void Apply_Script_MakesTheTransition(string script, string transition)
    {
        var tracker = new BookTracker();
        foreach (var word in script.Split(' '))
        {
            Play(tracker, word);
        }

        var change = tracker.LastChange;
        Assert.Equal(transition, tracker.Changed
            ? $"{change.From} {change.To} {change.Reason} {change.ExpectedUpdateId} {change.FirstUpdateId} {change.FinalUpdateId}"
            : "-");
        if (tracker.Changed)
        {
            Assert.Equal(change.To, tracker.State);
        }
    }

    [Fact]
    public void Apply_SnapshotThatNoDiffReaches_LosesTheBook()
    {
        var tracker = new BookTracker();
        Play(tracker, "s1000000");
        for (var id = 1; id <= BookTracker.MaxBehindSnapshot; id++)
        {
            Play(tracker, $"d{id}-{id}");
            Assert.Equal(BookState.Synced, tracker.State);
        }

        Play(tracker, "d5000-5000");
        Assert.Equal((BookState.Gap, BookReason.SnapshotTooNew), (tracker.State, tracker.LastChange.Reason));

        // A snapshot of this stream puts it right again.
        Play(tracker, "s4999");
        Assert.Equal((BookState.Synced, 5_000L), (tracker.State, tracker.LastUpdateId));
    }

    [Fact]
    public void Apply_OldDiffsAfterTheBookJoined_NeverLoseIt()
    {
        var tracker = new BookTracker();
        Play(tracker, "s10");
        Play(tracker, "d11-11");
        for (var i = 0; i < 2 * BookTracker.MaxBehindSnapshot; i++)
        {
            Play(tracker, "d5-6");
        }

        Assert.Equal((BookState.Synced, 11L, 1L, 2L * BookTracker.MaxBehindSnapshot), (tracker.State, tracker.LastUpdateId, tracker.DiffsApplied, tracker.DiffsIgnored));
    }

    [Fact]
    public void Apply_MoreDiffsThanAreKept_DropsTheOldest()
    {
        var tracker = new BookTracker();
        for (var id = 1; id <= BookTracker.MaxBuffered + 5; id++)
        {
            Play(tracker, $"d{id}-{id}");
        }

        Assert.Equal(BookTracker.MaxBuffered, tracker.BufferedCount);
        Play(tracker, "s4");
        Assert.Equal(BookReason.SnapshotTooOld, tracker.LastChange.Reason);
        Play(tracker, "s5");
        Assert.Equal((BookState.Synced, BookTracker.MaxBuffered + 5L), (tracker.State, tracker.LastUpdateId));
    }

    [Fact]
    public void WouldApply_OnlyTheNextDiffOfAFollowedBook()
    {
        var tracker = new BookTracker();
        Assert.False(tracker.WouldApply(Diff(1, 1)));
        Play(tracker, "s10");
        Assert.True(tracker.WouldApply(Diff(11, 11)));
        Assert.True(tracker.WouldApply(Diff(5, 11)));
        Assert.False(tracker.WouldApply(Diff(9, 10)));
        Assert.False(tracker.WouldApply(Diff(12, 12)));
    }

    [Fact]
    public void Apply_DiffThatEndsBeforeItBegins_IsRefused() =>
        Assert.Throws<InvariantBrokenException>(() => new BookTracker().Apply(Diff(5, 4)));

    [Fact]
    public void Checkpoint_OfACarriedBook_SetsAnEmptyOneAndBothGoOnAlike()
    {
        var carried = new BookTracker();
        foreach (var word in "s10 s20 d11-11 x12-12".Split(' '))
        {
            Play(carried, word);
        }

        var checkpoint = carried.Checkpoint();
        var alone = new BookTracker();
        alone.Apply(checkpoint);
        carried.Apply(checkpoint);
        foreach (var word in "u13-13 d30-30 d31-31 s30 e32-32".Split(' '))
        {
            Play(carried, word);
            Play(alone, word);
            Assert.Equal(carried.Changed, alone.Changed);
            Assert.Equal((carried.State, carried.LastUpdateId, carried.DiffsApplied), (alone.State, alone.LastUpdateId, alone.DiffsApplied));
            Assert.Equal(NaiveBook.Describe(carried.Book), NaiveBook.Describe(alone.Book));
        }
    }

    [Fact]
    public void Checkpoint_OfAnotherBook_StopsTheReplay()
    {
        var tracker = new BookTracker();
        Play(tracker, "s10");
        var other = new BookTracker();
        Play(other, "s10");
        Play(other, "d11-11");
        Assert.Throws<InvariantBrokenException>(() => tracker.Apply(other.Checkpoint()));
    }

    private static DepthDiff Diff(long first, long final, Level[]? bids = null, Level[]? asks = null) => new()
    {
        FirstUpdateId = first,
        FinalUpdateId = final,
        Bids = new LevelList(bids ?? [new Level(99, 1)]),
        Asks = new LevelList(asks ?? []),
    };

    private static void Play(BookTracker tracker, string word)
    {
        long[] ids = [.. word[1..].Split('-', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        switch (word[0])
        {
            case 'd': tracker.Apply(Diff(ids[0], ids[1])); break;
            case 'x': tracker.Apply(Diff(ids[0], ids[1], [new Level(103, 1)])); break;
            case 'u': tracker.Apply(Diff(ids[0], ids[1], [new Level(103, 0)])); break;
            case 'e': tracker.Apply(Diff(ids[0], ids[1], [], [new Level(102, 0)])); break;
            case 'f': tracker.Apply(Diff(ids[0], ids[1], [], [new Level(102, 5)])); break;
            case 's': tracker.Apply(new BookSnapshot { LastUpdateId = ids[0], Bids = new LevelList(new Level(100, 1)), Asks = new LevelList(new Level(102, 1)) }); break;
            case 'p': tracker.Apply(new PartialBook { LastUpdateId = ids[0], Bids = new LevelList(new Level(100, 1)), Asks = new LevelList(new Level(102, 1)) }); break;
            case 'r': tracker.Restart(); break;
            default: throw new ArgumentException(word);
        }
    }
}
