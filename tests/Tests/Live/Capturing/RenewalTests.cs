using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Which renewals count as ones without a hole: those whose books went on with the next connection, and nothing was missing. And which holes are listed.</summary>
public sealed class RenewalTests : IAsyncLifetime
{
    private readonly TempFolder folder = new();
    private readonly CaptureTally tally = new();
    private readonly List<StreamConnection> connections = [];
    private CaptureBench bench = null!;
    private JournalStore store = null!;
    private RestClient rest = null!;
    private CaptureLane lane = null!;
    private SymbolCapture symbol = null!;

    public async Task InitializeAsync()
    {
        // Connections are real ones that nobody reads; what they bring is made up.
        bench = await CaptureBench.StartAsync("NEXOUSDT", "1");
        var clock = await SimulatedClock.OfAsync(bench.Endpoint, default);
        store = new JournalStore(folder, TimeProvider.System);
        rest = new RestClient(bench.Endpoint, clock);
        lane = new CaptureLane(clock, tally);
        var info = new RecordingInfo { Name = "made", Source = "a test", ReceiveClock = "ns", Recorder = "test" };
        var options = new CaptureOptions { Symbols = ["TESTUSDT"], Endpoint = bench.Endpoint };
        symbol = new SymbolCapture(lane, LineRecording.Instrument, info, options, clock, store, new DayFinisher("test", _ => { }, (_, _) => { }), tally);
        symbol.Resync = new BookResync(symbol, rest, clock, new SemaphoreSlim(1), 1);
        lane.Add(symbol);
        for (var id = 1; id <= 3; id++)
        {
            connections.Add(await StreamConnection.OpenAsync(id, bench.Endpoint, ["nexousdt@depth"], clock, lane, TimeSpan.FromHours(1), default));
        }

        lane.OnUp(connections[0], "the start");
        Diff(0, 1, 10);
        Snapshot(5);
        Assert.Equal(BookState.Synced, symbol.Recorder.Tracker.State);
    }

    public async Task DisposeAsync()
    {
        symbol.Abandon();
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }

        rest.Dispose();
        await store.DisposeAsync();
        await bench.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void Renewal_NextGoesOnWhereTheOldEnded_IsCounted()
    {
        Overlap();
        Diff(1, 11, 20);
        Diff(0, 11, 20);
        Diff(1, 21, 30);
        lane.OnTakenOver(connections[0], connections[1]);
        Assert.Equal((1, 0, 1), (tally.Renewals.Value, symbol.Gaps, symbol.Duplicates));
    }

    [Fact]
    public void Renewal_OldEndsBeforeTheNextHasCaughtUp_IsNotCounted()
    {
        Overlap();
        Diff(1, 21, 30);

        // The old one died: 11 to 20 came on neither.
        lane.OnTakenOver(connections[0], connections[1]);
        Assert.Equal((0, 1), (tally.Renewals.Value, symbol.Gaps));
        lane.End();
        Assert.Equal(0, tally.Renewals.Value);
    }

    [Theory]
    [InlineData(11, 1)]
    [InlineData(15, 0)]
    public void Renewal_NextSaysNothingUntilItIsAlone_IsCountedByItsFirstDiff(long first, long renewals)
    {
        Overlap();
        lane.OnTakenOver(connections[0], connections[1]);
        Assert.Equal(0, tally.Renewals.Value);
        Diff(1, first, 20);
        Assert.Equal(renewals, tally.Renewals.Value);

        // A hole that comes long after is not the renewal's.
        Diff(1, 31, 40);
        Assert.Equal(renewals, tally.Renewals.Value);
    }

    [Fact]
    public void Renewal_LostBeforeAnythingIsKnown_IsNotCounted()
    {
        Overlap();
        lane.OnTakenOver(connections[0], connections[1]);
        lane.OnDown(connections[1], "the connection broke");
        lane.End();
        Assert.Equal((0, 1), (tally.Renewals.Value, tally.Losses.Value));
    }

    /// <summary>The recording lacks what the snapshot stood for, although the book was whole all the time: one hole with what the break cost, listed once.</summary>
    [Fact]
    public void Hole_TheBookWasAheadOfTheDiffsWhenTheLineBroke_IsListedOnce()
    {
        lane.OnDown(connections[0], "the line broke");
        lane.OnUp(connections[1], "a break");
        Diff(1, 41, 100);
        Snapshot(120);
        Assert.Equal((BookState.Synced, 120), (symbol.Recorder.Tracker.State, symbol.Recorder.Tracker.LastUpdateId));
        var first = Assert.Single(tally.Holes());
        Assert.Equal((11, 120, true), (first.FirstMissing, first.LastMissing, first.Until > 0));

        lane.OnDown(connections[1], "the line broke");
        lane.OnUp(connections[2], "a break");
        Diff(2, 150, 155);
        Assert.Equal((2, 101, 149, true), (tally.HoleCount, tally.Holes()[1].FirstMissing, tally.Holes()[1].LastMissing, tally.Holes()[1].Until == 0));
        Snapshot(152);
        Diff(2, 156, 160);
        Assert.Equal((2, 101, true), (tally.HoleCount, tally.Holes()[1].FirstMissing, tally.Holes()[1].Until > 0));
        Assert.StartsWith("the line broke", tally.Holes()[1].Why, StringComparison.Ordinal);
    }

    /// <summary>A snapshot that was ahead of the diffs closes the hole for the book at once: the recording's hole is listed all the same.</summary>
    [Fact]
    public void Hole_ClosedByASnapshotThatWasThere_IsListedAsWhatItStandsFor()
    {
        Diff(0, 11, 100);
        Snapshot(120);
        Diff(0, 115, 130);
        Diff(0, 131, 140);
        Assert.Equal((BookState.Synced, 140), (symbol.Recorder.Tracker.State, symbol.Recorder.Tracker.LastUpdateId));
        var hole = Assert.Single(tally.Holes());
        Assert.Equal((1, 101, 114, "a snapshot stands for these"), (tally.HoleCount, hole.FirstMissing, hole.LastMissing, hole.Why));
        Assert.Equal((Start + 100, Start + 130), (hole.From, hole.Until));
        Assert.Contains(tally.Incidents(), i => i.Text.Contains("update ids 101 to 114 were never received; the snapshot stands for them", StringComparison.Ordinal));
    }

    /// <summary>After a reset of the venue, whose update ids begin anew, what is missing is listed as before.</summary>
    [Fact]
    public void Hole_AfterTheVenueCountsFromAnew_IsListed()
    {
        Diff(0, 11, 50_000_000);
        Diff(0, 5, 6);
        Diff(0, 9, 10);
        Assert.Contains(tally.Holes(), h => (h.FirstMissing, h.LastMissing) == (7, 8));
    }

    /// <summary>An answer that is no book, whatever made it, is a snapshot that failed, with a line.</summary>
    [Fact]
    public void Snapshot_ThatIsNone_IsAFailedOne()
    {
        var before = tally.Snapshots.Value;
        ((IBookToSync)symbol).OnSnapshot("""{"hello":"from a proxy"}"""u8.ToArray());
        Assert.Equal((before, 1), (tally.Snapshots.Value, tally.FailedSnapshots.Value));
        Assert.Contains(tally.Incidents(), i => i.Text == "TESTUSDT: no snapshot: what the venue answered is none");
    }

    private long Start => bench.Venue.StartTime;

    private void Overlap() => lane.OnOverlap(connections[0], connections[1], "the venue ends a connection after 24 hours");

    private void Snapshot(long lastUpdateId) =>
        ((IBookToSync)symbol).OnSnapshot(Encoding.ASCII.GetBytes(LineRecording.Json(new SnapshotLine(Start, lastUpdateId, [new Level(9_900_000_000, 1_000_000)], [new Level(10_100_000_000, 1_000_000)]), 1, LineRecording.Instrument)));

    private void Diff(int connection, long first, long final)
    {
        var line = new DiffLine(Start + final, first, final, [new Level(9_900_000_000, final * 1_000_000)], []);
        lane.OnBurst(connections[connection]);
        lane.OnMessage(connections[connection], Start + final, Encoding.ASCII.GetBytes(LineRecording.Json(line, (int)final, LineRecording.Instrument)));
        lane.OnBurstEnd(connections[connection]);
    }
}
