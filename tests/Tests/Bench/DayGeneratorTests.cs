using EventSourcedMM.Bench.Days;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Stores.Archive;

namespace EventSourcedMM.Tests.Bench;

/// <summary>Tiled days: the same bytes every time, and ids, times, prices and books without a break over tiles and midnight.</summary>
public sealed class DayGeneratorTests : IDisposable
{
    private const long Midnight = 1_723_161_600_000_000_000; // 2024-08-09T00:00:00Z
    private const long Second = 1_000_000_000;

    // A tile is eleven minutes: forwards, backwards over midnight, and forwards again.
    private const long First = Midnight - (900 * Second);
    private const long Length = 1_500 * Second;
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Days_MadeTwice_AreTheSameBytesAndGoOnWithoutABreak()
    {
        var (store, other) = (Make("one"), Make("other"));
        var names = store.List("market/");
        Assert.Equal(["market/BTCUSDT/2024-08-08/tiled", "market/BTCUSDT/2024-08-09/tiled"], names.Select(n => n.Value));
        Assert.Equal(names.Select(n => store.ReadManifest(n)!.ContentHash), names.Select(n => other.ReadManifest(n)!.ContentHash));

        var seen = new Seen();
        var arena = new LevelArena();
        foreach (var name in names)
        {
            using var source = store.OpenSource(name);
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref seen);
            }
        }

        // Two joins of tiles and a midnight were passed.
        Assert.Equal(("market/BTCUSDT/2024-08-08/tiled", store.ReadManifest(names[0])!.Events), seen.Continued);
        Assert.True(seen.Diffs > 14_000 && seen.Trades > 40_000 && seen.Checkpoints == 1, $"{seen.Diffs} diffs, {seen.Trades} trades, {seen.Checkpoints} checkpoints");
        Assert.InRange(seen.Last, First + Length - (2 * Second), First + Length);
        Assert.InRange(seen.LongestPause, 1, 2 * Second);

        // The largest step of the mid is within a tile: a join has none that is larger.
        Assert.True(seen.LargestStepLater <= seen.LargestStepOfTheFirstTile, $"{seen.LargestStepLater} against {seen.LargestStepOfTheFirstTile}");
    }

    private JournalStore Make(string name)
    {
        var store = new JournalStore(Path.Combine(folder, name), TimeProvider.System);
        var sample = ArchiveSamples.SampleStore;
        new DayGenerator(store, Tile.Read(sample.List("market/BTCUSDT/").Select(n => (IEventSource)sample.OpenSource(n))), 0).Run(First, Length);
        return store;
    }

    private sealed class Seen : IEventHandler
    {
        private readonly BookTracker tracker = new();
        private long updateId;
        private long tradeId;
        private long midTwice;

        public (string Stream, long Sequence) Continued { get; private set; }

        public int Diffs { get; private set; }

        public int Trades { get; private set; }

        public int Checkpoints { get; private set; }

        public long Last { get; private set; } = First;

        public long LongestPause { get; private set; }

        public long LargestStepOfTheFirstTile { get; private set; }

        public long LargestStepLater { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            Assert.True(header.ReceiveTime >= Last, $"{header.ReceiveTime} after {Last}");
            LongestPause = Math.Max(LongestPause, header.ReceiveTime - Last);
            Last = header.ReceiveTime;
            switch (payload)
            {
                case RecordingStarted started:
                    Continued = (started.ContinuedFrom, started.ContinuedFromSequence);
                    break;
                case BookSnapshot snapshot:
                    tracker.Apply(snapshot);
                    updateId = snapshot.LastUpdateId;
                    break;
                case BookCheckpoint checkpoint:
                    // What is kept over midnight is the book that the day before ended with.
                    Assert.Equal(updateId, checkpoint.LastUpdateId);
                    Assert.Equal(tracker.Book.Bids.ToLevels(), checkpoint.Bids.Span.ToArray());
                    Assert.Equal(tracker.Book.Asks.ToLevels(), checkpoint.Asks.Span.ToArray());
                    Checkpoints++;
                    break;
                case DepthDiff diff:
                    Assert.Equal(updateId + 1, diff.FirstUpdateId);
                    updateId = diff.FinalUpdateId;
                    tracker.Apply(diff);
                    Assert.Equal(BookState.Synced, tracker.State);
                    Step(header, tracker.Book.MidTwice);
                    Diffs++;
                    break;
                case Trade trade:
                    Assert.Equal(Trades == 0 ? trade.TradeId : tradeId + 1, trade.TradeId);
                    tradeId = trade.TradeId;
                    Trades++;
                    break;
            }
        }

        private void Step(in EventHeader header, long next)
        {
            var step = Diffs == 0 ? 0 : Math.Abs(next - midTwice);
            midTwice = next;
            if (header.ReceiveTime < First + (660 * Second))
            {
                LargestStepOfTheFirstTile = Math.Max(LargestStepOfTheFirstTile, step);
            }
            else
            {
                LargestStepLater = Math.Max(LargestStepLater, step);
            }
        }
    }
}
