using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Stores.Archive;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>A capture that goes on over midnight: the day that is over moves into the archive by itself while the next is recorded, or stays where that is not wanted.</summary>
[Trait("Category", "Slow")]
public sealed class CaptureOverMidnightTests
{
    private static readonly long Midnight = new DateTimeOffset(2024, 8, 9, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;

    [Fact]
    public async Task Capture_OverMidnight_ArchivesTheFinishedDayWhileItGoesOnUnlessThatIsNotWanted()
    {
        // Time passes only while this test lets it: nothing here depends on how fast a process starts.
        await using var bench = await CaptureBench.StartAsync(
            "BTCUSDT", "max", change: o => o with { Paused = true, Symbols = [o.Symbols[0] with { From = Midnight - 60_000_000_000, To = Midnight + 280_000_000_000 }] });
        var clock = new Trickle(bench);
        using var folder = new TempFolder();
        using var other = new TempFolder();
        using var archiving = new CaptureProcess(bench, "BTCUSDT", folder);
        using var leaving = new CaptureProcess(bench, "BTCUSDT", other, "--no-archive");
        foreach (var capture in new[] { archiving, leaving })
        {
            await capture.UntilAsync(c => c.Status.Durable > 0, "it had recorded something", clock.PassAsync);
        }

        await clock.PassAsync(Midnight + 5_000_000_000);
        await archiving.UntilAsync(c => c.Error.Contains("is archived in", StringComparison.Ordinal), "it had archived the day", clock.PassAsync);
        foreach (var capture in new[] { archiving, leaving })
        {
            await capture.UntilAsync(c => c.Status is { Durable: > 0, Stream: var stream } && stream.Contains("/2024-08-09/", StringComparison.Ordinal), "it had recorded the second day", clock.PassAsync);
        }

        // It goes on after it has archived.
        var then = archiving.Status.Durable;
        await archiving.UntilAsync(c => c.Status.Durable > then, "more of the second day was on disk", clock.PassAsync);
        var (code, ended) = await archiving.TerminateAsync();
        var (otherCode, otherEnded) = await leaving.TerminateAsync();
        Assert.Equal((0, 0), (code, otherCode));
        Assert.Equal(("stopped by the user", 2L), (ended.GetProperty("reason").GetString(), ended.GetProperty("daysSealed").GetInt64()));

        // The first day is in the archive alone, whole, and its hash is that of what is read there.
        var store = new JournalStore(folder, TimeProvider.System);
        var (day, next) = Days(ended);
        Assert.Contains($"{day} is archived in ", archiving.Error, StringComparison.Ordinal);
        Assert.DoesNotContain($"{next} is archived", archiving.Error, StringComparison.Ordinal);
        Assert.Equal((false, true), (store.HasJournal(day), store.HasJournal(next)));
        Assert.NotNull(store.FindArchive(day));
        var manifest = store.ReadManifest(day)!;
        var records = ArchiveSamples.Records(store.OpenSource(day));
        Assert.Equal((manifest.Events, manifest.ContentHash), (records.Count, HashOf(day, records)));
        Assert.True(records.Count > 1_000, $"{records.Count} events before midnight");

        // The second goes on from it, and both together are what the venue sent, each diff once. (A machine that stands still for seconds
        // may lose a connection: what is missing then lies in a hole that is told.)
        var first = new First();
        CaptureBench.Walk(store, next.Value, first);
        Assert.Equal((day.Value, manifest.Events), (first.Started.ContinuedFrom, first.Started.ContinuedFromSequence));
        var recorded = CaptureBench.Diffs(store, [day.Value, next.Value]);
        var sent = CaptureBench.Diffs(CaptureBench.BundledStore, CaptureBench.BundledDays("BTCUSDT"));
        var due = sent.GetRange(sent.IndexOf(recorded[0]), sent.IndexOf(recorded[^1]) - sent.IndexOf(recorded[0]) + 1);
        Assert.Equal(recorded.Distinct().Order(), recorded);
        var holes = ended.GetProperty("holes").EnumerateArray().Select(h => (First: h.GetProperty("firstMissing").GetInt64(), Last: h.GetProperty("lastMissing").GetInt64())).ToArray();
        Assert.All(due.Except(recorded), d => Assert.Contains(holes, h => h.First <= d.First && d.Final <= h.Last));
        Assert.True(CaptureBench.Fold(store, [day.Value, next.Value]).Tracker.Follows);

        // Where it is not wanted, the same day stays in the journal, sealed.
        var left = new JournalStore(other, TimeProvider.System);
        var (otherDay, otherNext) = Days(otherEnded);
        Assert.DoesNotContain(otherDay.Value, leaving.Error, StringComparison.Ordinal);
        Assert.Equal((true, true), (left.HasJournal(otherDay), left.HasJournal(otherNext)));
        Assert.Null(left.FindArchive(otherDay));
        Assert.NotNull(left.ReadManifest(otherDay));
        Assert.NotEmpty(CaptureBench.Diffs(left, [otherDay.Value]));
    }

    private static (StreamName Day, StreamName Next) Days(System.Text.Json.JsonElement ended)
    {
        StreamName[] streams = [.. ended.GetProperty("symbols")[0].GetProperty("streams").EnumerateArray().Select(s => StreamName.Parse(s.GetString()!))];
        Assert.Equal(["2024-08-08", "2024-08-09"], streams.Select(s => s.Parts[2]));
        return (streams[0], streams[1]);
    }

    private static Digest HashOf(StreamName stream, List<byte[]> records)
    {
        using var hash = new ContentHash(stream);
        foreach (var record in records)
        {
            hash.Add(record);
        }

        return hash.Current;
    }

    // The venue's clock, a twentieth of a second at a time: a connection on which nothing comes would be given up.
    private sealed class Trickle(CaptureBench bench)
    {
        private long now = bench.Venue.StartTime;

        public Task PassAsync() => StepAsync(now + 50_000_000);

        public async Task PassAsync(long until)
        {
            while (now < until)
            {
                await StepAsync(Math.Min(until, now + 1_000_000_000));
            }
        }

        private Task StepAsync(long until)
        {
            now = until;
            return bench.ControlAsync(string.Create(CultureInfo.InvariantCulture, $"/sim/step?until={now}"), post: true);
        }
    }

    private sealed class First : IEventHandler
    {
        private RecordingStarted? started;

        public RecordingStarted Started => started!.Value;

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is RecordingStarted it)
            {
                started ??= it;
            }
        }
    }
}
