using System.Globalization;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores.Archive;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary>Archiving behind a capture: one day after the other whatever they wait for, behind nobody's back but its own, and stopped without a loss.</summary>
public sealed class ArchivedDaysTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempFolder folder = new();
    private readonly Clock clock = Clock.Machine;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sealed_SeveralAtOnce_ReturnsAtOnceAndArchivesOneAfterTheOther(bool server)
    {
        var (active, most) = (0, 0);
        var done = new List<string>();
        using var begun = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        void Archive(StreamName day, CancellationToken stop)
        {
            most = Math.Max(most, Interlocked.Increment(ref active));
            begun.Release();
            Assert.True(goOn.Wait(Patience, stop));
            done.Add(day.Value);
            Interlocked.Decrement(ref active);
        }

        var arrivals = Days(5).ToDictionary(d => d, _ => new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var archiving = new ArchivedDays(_ => true, Archive, server ? day => arrivals[day].Task : null, default);
        foreach (var day in Days(5))
        {
            // Nobody lets the first one end: whoever seals does not wait for it.
            archiving.Sealed(day);
        }

        foreach (var (day, arrival) in arrivals)
        {
            arrival.SetResult(day.Parts[2] != "2024-07-03");
        }

        var finishing = archiving.FinishAsync();
        for (var i = 0; i < (server ? 4 : 5); i++)
        {
            Assert.True(await begun.WaitAsync(Patience));
            Assert.False(finishing.IsCompleted);
            goOn.Release();
        }

        await finishing.WaitAsync(Patience);
        Assert.Equal(1, most);

        // What does not get to the server within the command stays where it is.
        Assert.Equal(Days(5).Select(d => d.Value).Where(d => !server || !d.Contains("-03/", StringComparison.Ordinal)), done.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Sealed_DayThatIsNotOver_IsLeftAlone()
    {
        await using var archiving = new ArchivedDays(_ => false, (_, _) => Assert.Fail("it may go on"), null, default);
        archiving.Sealed(Days(1)[0]);
        await archiving.FinishAsync();
    }

    /// <summary>Ctrl-C while the first day is archived: the rest is whole in the journal and said, and the next capture archives it.</summary>
    [Fact]
    public async Task Stopped_BetweenTwoDays_LosesNothingAndTheNextOneGoesOn()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        var days = Days(3);
        foreach (var day in days)
        {
            ArchiveSamples.Write(store, day, ArchiveSamples.SmallDay());
        }

        var before = days.ToDictionary(d => d, d => ArchiveSamples.Records(store.OpenSource(d)));
        using var interrupt = new CancellationTokenSource();
        var told = new Told(text => text.Contains("is archived in", StringComparison.Ordinal), interrupt.Cancel);
        var finished = new FinishedDays(store, clock, new Terminal(TextWriter.Null, told));
        Assert.Equal(days, finished.Earlier(["MADEUSDT"]));
        await using (var archiving = new ArchivedDays(finished.IsOver, finished.Archive, null, interrupt.Token))
        {
            await archiving.EarlierAsync(finished.Earlier(["MADEUSDT"]), default).WaitAsync(Patience);
            await archiving.FinishAsync().WaitAsync(Patience);
        }

        Assert.Equal([false, true, true], days.Select(store.HasJournal));
        Assert.Equal(2, told.Lines.Count(l => l.EndsWith("stays in the journal: the end came first; the next mm capture of MADEUSDT archives it, or mm archive.", StringComparison.Ordinal)));
        Assert.All(days, d => Assert.Equal(before[d], ArchiveSamples.Records(store.OpenSource(d))));

        var next = new FinishedDays(store, clock, new Terminal(TextWriter.Null, TextWriter.Null));
        Assert.Equal(days[1..], next.Earlier(["MADEUSDT"]));
        await using (var archiving = new ArchivedDays(next.IsOver, next.Archive, null, default))
        {
            await archiving.EarlierAsync(next.Earlier(["MADEUSDT"]), default).WaitAsync(Patience);
        }

        Assert.All(days, d => Assert.False(store.HasJournal(d)));
        Assert.All(days, d => Assert.Equal(before[d], ArchiveSamples.Records(store.OpenSource(d))));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(ArchiveFolder.RootOf(store.Root)), e => Path.GetFileName(e).StartsWith('.'));
    }

    /// <summary>The end of --for stops what earlier captures left, not the days of this one.</summary>
    [Fact]
    public async Task Ended_WithEarlierDaysLeft_StopsThoseAndArchivesItsOwn()
    {
        using var ended = new CancellationTokenSource();
        var stopped = new List<bool>();
        await using var archiving = new ArchivedDays(_ => true, (_, stop) => stopped.Add(stop.IsCancellationRequested), null, default);
        await ended.CancelAsync();
        await archiving.EarlierAsync(Days(2), ended.Token).WaitAsync(Patience);
        archiving.Sealed(Days(3)[2]);
        await archiving.FinishAsync().WaitAsync(Patience);
        Assert.Equal([true, true, false], stopped);
    }

    /// <summary>With a server that takes everything, behind a real forwarder: each day is there before it is archived, and is there whole afterwards.</summary>
    [Fact]
    public async Task Sealed_WithAServer_IsThereBeforeItIsArchived()
    {
        using var place = new TempFolder();
        var store = new JournalStore(folder, TimeProvider.System);
        var server = new JournalStore(place, TimeProvider.System);
        var days = Days(3);
        await using var forwarding = new StoreForwarding(store, server, _ => { });
        var finished = new FinishedDays(store, clock, new Terminal(TextWriter.Null, TextWriter.Null));
        var there = new List<bool>();
        void Archive(StreamName day, CancellationToken stop)
        {
            there.Add(server.ReadManifest(day) is not null);
            finished.Archive(day, stop);
        }

        await using var archiving = new ArchivedDays(finished.IsOver, Archive, forwarding.Arrived, default);
        foreach (var day in days)
        {
            ArchiveSamples.Write(store, day, ArchiveSamples.SmallDay());
            forwarding.Begin(day);
            archiving.Sealed(day);
        }

        await forwarding.FinishAsync(new Terminal(TextWriter.Null, TextWriter.Null)).WaitAsync(Patience);
        await archiving.FinishAsync().WaitAsync(Patience);
        Assert.Equal([true, true, true], there);
        Assert.All(days, d => Assert.False(store.HasJournal(d)));
        Assert.All(days, d => Assert.Equal(ArchiveSamples.Records(server.OpenSource(d)), ArchiveSamples.Records(store.OpenSource(d))));
    }

    private static StreamName[] Days(int count) =>
        [.. Enumerable.Range(1, count).Select(i => StreamName.Market("MADEUSDT", string.Create(CultureInfo.InvariantCulture, $"2024-07-{i:00}"), $"202407{i:00}T000000Z-live"))];

    // Does something when a line of a kind is written.
    private sealed class Told(Func<string, bool> isIt, Action then) : StringWriter(CultureInfo.InvariantCulture)
    {
        public List<string> Lines { get; } = [];

        public override void WriteLine(string? value)
        {
            Lines.Add(value!);
            if (isIt(value!))
            {
                then();
            }
        }
    }
}
