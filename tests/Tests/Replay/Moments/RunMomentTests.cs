using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Moments;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Moments;

/// <summary>
/// A run that goes on from a snapshot is the run executed from its start, byte for byte, and without snapshots, or with ones
/// that are damaged, stale or forged, the same comes out.
/// </summary>
public sealed class RunMomentTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly JournalStore store;
    private readonly StoreSet stores;

    public RunMomentTests()
    {
        store = new JournalStore(folder, TimeProvider.System);
        stores = new StoreSet(store, SampleRuns.Stores.Primary);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Every snapshot of a run leads to the next one, and the last to the end: so each leads to what the start leads to.</summary>
    [Theory]
    [InlineData("NEXOUSDT", QueueModel.Fifo)]
    [InlineData("NEXOUSDT", QueueModel.Optimistic)]
    [InlineData("NEXOUSDT", QueueModel.Pessimistic)]
    [InlineData("BTCUSDT", QueueModel.Fifo)]
    [InlineData("BTCUSDT", QueueModel.Optimistic)]
    [InlineData("BTCUSDT", QueueModel.Pessimistic)]
    public void EverySnapshot_OfASamplesRun_LeadsWhereTheStartLeads(string symbol, QueueModel queue)
    {
        var run = Run(symbol, queue);
        var spacing = symbol == "NEXOUSDT" ? 16_384 : 2_048;
        var end = RunMoment.After(stores, run, long.MaxValue, spacing);
        Assert.Null(end.Difference);
        var snapshots = store.Snapshots(run.Name);
        var kept = snapshots.Sequences().Select(s => snapshots.Read(s)!).ToArray();
        Assert.True(kept.Length >= 10, $"only {kept.Length} snapshots");
        var equal = 0L;
        for (var i = 0; i < kept.Length; i++)
        {
            snapshots.DeleteAll();
            snapshots.Write(kept[i].Sequence, kept[i].State);
            var next = RunMoment.After(stores, run, i + 1 < kept.Length ? kept[i + 1].Sequence : long.MaxValue, spacing);
            Assert.Equal((kept[i].Sequence, (RunDifference?)null), (next.From, next.Difference));
            Assert.Empty(next.Notes);
            Assert.Equal(i + 1 < kept.Length ? Image(kept[i + 1]) : Image(end), Image(next));
            equal += next.Equal;
        }

        // Nothing was passed over: what the first pass compared behind the first snapshot, these did.
        Assert.Equal(end.Equal - kept[0].Sequence, equal);
        Assert.Empty(JournalVerifier.Verify(folder, run.Name).Findings);
    }

    [Fact]
    public void Moment_OfARunAndOfItsFork_IsTheSameWithAndWithoutSnapshots()
    {
        var parent = Run("BTCUSDT", QueueModel.Fifo);
        var fork = Fork(parent, 4_000);
        var random = new Random(3);
        foreach (var run in new[] { parent, fork })
        {
            var events = Info(run).Version;
            var helped = 0;
            for (var probe = 0; probe < 4; probe++)
            {
                var sequence = random.NextInt64(2, events - 3);
                var time = random.NextInt64(run.Started.WindowStart, Info(run).LastTime);
                foreach (var go in (Func<long, RunMoment>[])[s => RunMoment.After(stores, run, sequence, s), s => RunMoment.At(stores, run, time, s)])
                {
                    store.Snapshots(run.Name).DeleteAll();
                    var plain = go(long.MaxValue);
                    Assert.Equal(0, plain.From);
                    RunMoment.After(stores, run, random.NextInt64(2, events), 1_024);
                    var fast = go(1_024);
                    Assert.Equal((RunDifference?)null, fast.Difference);
                    Assert.Equal(Image(plain), Image(fast));
                    helped += fast.From > 0 ? 1 : 0;
                }
            }

            Assert.True(helped >= 4, $"only {helped} of 8 moments came from a snapshot");
        }
    }

    [Fact]
    public void Moment_WithASnapshotDamagedOrCutAnywhere_IsTheSameAndTheSnapshotIsMadeAnew()
    {
        var run = Run("BTCUSDT", QueueModel.Fifo);
        var plain = RunMoment.After(stores, run, 400, 128);
        var path = Directory.GetFiles(Path.Combine(folder, run.Name.Value, "snapshots")).Order(StringComparer.Ordinal).First();
        Directory.GetFiles(Path.GetDirectoryName(path)!).Where(p => p != path).ToList().ForEach(File.Delete);
        var bytes = File.ReadAllBytes(path);
        for (var at = 0; at < bytes.Length; at += bytes.Length / 40)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 4;
            foreach (var content in new[] { damaged, bytes[..at] })
            {
                File.WriteAllBytes(path, content);
                var moment = RunMoment.After(stores, run, 400, long.MaxValue);
                Assert.Equal(0, moment.From);
                Assert.Contains("is damaged", Assert.Single(moment.Notes), StringComparison.Ordinal);
                Assert.Equal(Image(plain), Image(moment));
            }
        }

        RunMoment.After(stores, run, 400, 128);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void Moment_WithSnapshotsOfAnotherRun_StartsFromTheFirstEvent()
    {
        var run = Run("BTCUSDT", QueueModel.Fifo);
        var other = Run("BTCUSDT", QueueModel.Optimistic);
        RunMoment.After(stores, other, 3_000, 1_024);
        var foreign = store.Snapshots(other.Name).Latest()!;
        store.Snapshots(run.Name).Write(foreign.Sequence, foreign.State);
        var moment = RunMoment.After(stores, run, foreign.Sequence + 50, long.MaxValue);
        Assert.Equal((0, (RunDifference?)null), (moment.From, moment.Difference));
        Assert.Contains("other events", Assert.Single(moment.Notes), StringComparison.Ordinal);
    }

    /// <summary>Somebody changed the state and took its hash anew: the run's own log has the hash that it should have.</summary>
    [Fact]
    public void Moment_WithAForgedSnapshot_IsHeldAgainstTheRunsOwnHash()
    {
        var run = Run("NEXOUSDT", QueueModel.Fifo);
        var plain = RunMoment.After(stores, run, long.MaxValue);
        var snapshots = EngineSnapshots.Of(stores, run)!;
        var last = snapshots.Before(long.MaxValue)!;
        last.State.Ledger.Apply(new OrderFilled { Price = 1, Quantity = 1 });
        Assert.True(snapshots.Keep(last.State, last.Venue, last.Position));
        var moment = RunMoment.After(stores, run, long.MaxValue);
        Assert.True(moment.From < last.Position.Sequence);
        Assert.Contains("has another hash", Assert.Single(moment.Notes), StringComparison.Ordinal);
        Assert.Equal(Image(plain), Image(moment));
        Assert.Empty(RunMoment.After(stores, run, long.MaxValue).Notes);
    }

    private static string Image(RunMoment moment) => Image(moment.State, moment.Venue, moment.Position);

    private static string Image(EngineState state, ZeroLatencyVenue? venue, RunPosition position)
    {
        var buffer = new ByteBuffer();
        EngineSnapshot.Write(buffer, state, venue, position);
        return Convert.ToHexString(buffer.Span);
    }

    // Behind the record of the event that it stands on.
    private static string Image(EventSourcedMM.Stores.Journal.Snapshot snapshot)
    {
        var reader = new CanonicalReader(snapshot.State, new LevelArena());
        var length = (int)reader.Unsigned();
        return Convert.ToHexString(snapshot.State.AsSpan(reader.Position + length));
    }

    private StreamInfo Info(StoredRun run) => stores.Find(run.Name)!.Value.Info;

    private StoredRun Run(string symbol, QueueModel queue, long until = long.MaxValue)
    {
        var (from, to) = symbol == "NEXOUSDT" ? SampleRuns.NexoDay : (long.MinValue, until);
        return Store(new BacktestRequest
        {
            Symbol = symbol,
            From = from,
            To = to,
            Configuration = ConfigurationFile.Load(null, symbol),
            Queue = queue,
            FeePartsPerMillion = 1000,
        });
    }

    private StoredRun Fork(StoredRun parent, long sequence)
    {
        var request = RunExecution.Request(stores, parent.Started) with { Fork = ForkPoint.Of(stores, parent.Started, sequence) };
        return Store(request with { Configuration = request.Configuration.With("gamma", "0.2"), Queue = QueueModel.Optimistic, FeePartsPerMillion = 500 });
    }

    private StoredRun Store(BacktestRequest request)
    {
        using var recorder = new RunRecorder(store);
        var result = new Backtester(request, [.. new MarketDays(stores).Select(request.Symbol, request.From, request.To, null).Days.Select(d => d.ToInput())], recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
        return new RunFinder(stores).Find(result.Started.Run);
    }
}
