using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Which renewals count as ones without a hole: those whose books went on with the next connection, and nothing was missing.</summary>
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
        symbol = new SymbolCapture(lane, LineRecording.Instrument, info, options, clock, store, new DayFinisher("test", null), tally);
        symbol.Resync = new BookResync(symbol, rest, clock, new SemaphoreSlim(1), 1);
        lane.Add(symbol);
        for (var id = 1; id <= 3; id++)
        {
            connections.Add(await StreamConnection.OpenAsync(id, bench.Endpoint, ["nexousdt@depth"], clock, lane, TimeSpan.FromHours(1), default));
        }

        lane.OnUp(connections[0], "the start");
        Diff(0, 1, 10);
        ((IBookToSync)symbol).OnSnapshot(Encoding.ASCII.GetBytes(LineRecording.Json(new SnapshotLine(Start, 5, [new Level(9_900_000_000, 1_000_000)], [new Level(10_100_000_000, 1_000_000)]), 1, LineRecording.Instrument)));
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

    private long Start => bench.Venue.StartTime;

    private void Overlap() => lane.OnOverlap(connections[0], connections[1], "the venue ends a connection after 24 hours");

    private void Diff(int connection, long first, long final)
    {
        var line = new DiffLine(Start + final, first, final, [new Level(9_900_000_000, final * 1_000_000)], []);
        lane.OnBurst(connections[connection]);
        lane.OnMessage(connections[connection], Start + final, Encoding.ASCII.GetBytes(LineRecording.Json(line, (int)final, LineRecording.Instrument)));
        lane.OnBurstEnd(connections[connection]);
    }
}
