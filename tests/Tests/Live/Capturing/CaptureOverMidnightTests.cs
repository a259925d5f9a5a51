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
        // The clock stands until both have subscribed, and again where it is told to: nothing here depends on how fast a process starts.
        await using var bench = await CaptureBench.StartAsync(
            "BTCUSDT", "max", change: o => o with { Paused = true, Symbols = [o.Symbols[0] with { From = Midnight - 30_000_000_000, To = Midnight + 60_000_000_000 }] });
        using var folder = new TempFolder();
        using var other = new TempFolder();
        using var archiving = new CaptureProcess(bench, "BTCUSDT", folder);
        using var leaving = new CaptureProcess(bench, "BTCUSDT", other, "--no-archive");
        while ((await bench.ControlAsync("/sim/connections")).GetProperty("connections").EnumerateArray().Count(c => c.GetProperty("streams").GetArrayLength() > 0) < 2)
        {
            Assert.DoesNotContain("mm: ", archiving.Error + leaving.Error, StringComparison.Ordinal);
            await Task.Delay(20);
        }

        await StepAsync(bench, 20);
        await archiving.UntilAsync(c => c.Error.Contains("is archived in", StringComparison.Ordinal), "it had archived the day");
        await archiving.UntilAsync(c => c.Status is { Durable: > 0, Stream: var stream } && stream.Contains("/2024-08-09/", StringComparison.Ordinal), "it had recorded the second day");
        var then = archiving.Status.Durable;
        await StepAsync(bench, 40);
        foreach (var capture in new[] { archiving, leaving })
        {
            await capture.UntilAsync(c => c.Status.Stream.Contains("/2024-08-09/", StringComparison.Ordinal) && c.Status.Durable > then, "more of the second day was on disk");
        }

        var (code, ended) = await archiving.TerminateAsync();
        var (otherCode, otherEnded) = await leaving.TerminateAsync();
        Assert.Equal((0, 0), (code, otherCode));
        Assert.Equal(("stopped by the user", 2L, 0L), (ended.GetProperty("reason").GetString(), ended.GetProperty("daysSealed").GetInt64(), ended.GetProperty("holeCount").GetInt64()));

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

        // The second goes on from it, and both together are what the venue sent: every diff, once.
        var first = new First();
        CaptureBench.Walk(store, next.Value, first);
        Assert.Equal((day.Value, manifest.Events), (first.Started.ContinuedFrom, first.Started.ContinuedFromSequence));
        var recorded = CaptureBench.Diffs(store, [day.Value, next.Value]);
        var sent = CaptureBench.Diffs(CaptureBench.BundledStore, CaptureBench.BundledDays("BTCUSDT"));
        Assert.Equal(sent.GetRange(sent.IndexOf(recorded[0]), recorded.Count), recorded);
        Assert.True(CaptureBench.Fold(store, [day.Value, next.Value]).Tracker.Follows);

        // Where it is not wanted, the same day stays in the journal, sealed.
        var left = new JournalStore(other, TimeProvider.System);
        var (otherDay, otherNext) = Days(otherEnded);
        Assert.DoesNotContain(otherDay.Value, leaving.Error, StringComparison.Ordinal);
        Assert.Equal((true, true), (left.HasJournal(otherDay), left.HasJournal(otherNext)));
        Assert.Null(left.FindArchive(otherDay));
        Assert.NotNull(left.ReadManifest(otherDay));
        Assert.Equal(CaptureBench.Diffs(store, [day.Value]), CaptureBench.Diffs(left, [otherDay.Value]));
    }

    private static Task StepAsync(CaptureBench bench, int secondsAfterMidnight) =>
        bench.ControlAsync(string.Create(CultureInfo.InvariantCulture, $"/sim/step?until={Midnight + (secondsAfterMidnight * 1_000_000_000L)}"), post: true);

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
