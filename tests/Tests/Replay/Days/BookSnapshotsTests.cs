using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Replay.Days;

/// <summary>A book from a snapshot is the book folded from the day's start, and without the snapshots it comes out all the same.</summary>
public sealed class BookSnapshotsTests : IDisposable
{
    private const int Spacing = 500;
    private const int Never = int.MaxValue;

    private readonly TempFolder folder = new();
    private readonly StoredDay day;

    public BookSnapshotsTests()
    {
        new Importer(new JournalStore(folder, TimeProvider.System), new ImportOptions()).Run([Samples.Nexo[0]], "NEXOUSDT");
        day = Assert.Single(new MarketDays(new StoreSet(new JournalStore(folder, TimeProvider.System))).Of("NEXOUSDT"));
    }

    private string Snapshots => Path.Combine(folder, day.Name.Value, "snapshots");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Book_FromASnapshot_IsTheBookFoldedFromTheStart()
    {
        Assert.Equal(1, BookAt.Fold(day, long.MaxValue, long.MaxValue, Spacing).From);
        Assert.Equal((day.Info.Version - 1) / Spacing, Directory.GetFiles(Snapshots).Length);
        var random = new Random(1);
        var helped = 0;
        for (var probe = 0; probe < 60; probe++)
        {
            var sequence = random.NextInt64(1, day.Info.Version + 1);
            var time = random.NextInt64(day.Info.FirstTime, day.Info.LastTime + 1);
            foreach (var (lastSequence, lastTime) in new[] { (sequence, long.MaxValue), (long.MaxValue, time), (sequence, time) })
            {
                var fast = BookAt.Fold(day, lastSequence, lastTime, Spacing);
                AssertSame(Plain(lastSequence, lastTime), fast);
                helped += fast.From > 1 ? 1 : 0;
            }
        }

        Assert.True(helped > 100, $"only {helped} of 180 books were folded from a snapshot");
        Assert.Empty(JournalVerifier.Verify(folder, day.Name).Findings);
    }

    [Fact]
    public void Book_WithEveryByteOfASnapshotDamagedOrCut_IsTheSame()
    {
        BookAt.Fold(day, long.MaxValue, long.MaxValue, Spacing);
        var paths = Directory.GetFiles(Snapshots).Order(StringComparer.Ordinal).ToArray();
        paths[1..].ToList().ForEach(File.Delete);
        var bytes = File.ReadAllBytes(paths[0]);
        var plain = Plain(600, long.MaxValue);
        AssertSame(plain, BookAt.Fold(day, 600, long.MaxValue, Spacing));
        for (var at = 0; at < bytes.Length; at += 97)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[at] ^= 4;
            foreach (var content in new[] { damaged, bytes[..at] })
            {
                File.WriteAllBytes(paths[0], content);
                var book = BookAt.Fold(day, 600, long.MaxValue, Never);
                Assert.Equal(1, book.From);
                AssertSame(plain, book);
            }
        }
    }

    [Fact]
    public void Book_WithSnapshotsOfOtherEvents_StartsFromTheFirstEvent()
    {
        BookAt.Fold(day, long.MaxValue, long.MaxValue, Spacing);
        var snapshots = new JournalStore(folder, TimeProvider.System).Snapshots(day.Name);
        var state = snapshots.Read(snapshots.Sequences()[0])!.State;
        snapshots.DeleteAll();

        // Well written, but its last event does not stand there.
        snapshots.Write(550, state);
        var book = BookAt.Fold(day, 600, long.MaxValue, Never);
        Assert.Equal(1, book.From);
        AssertSame(Plain(600, long.MaxValue), book);
    }

    [Fact]
    public void Book_AfterTheSnapshotsWereDeleted_IsTheSame()
    {
        var before = BookAt.Fold(day, 1_500, long.MaxValue, Spacing);
        Assert.True(BookAt.Fold(day, 1_500, long.MaxValue, Spacing).From > 1);
        new JournalStore(folder, TimeProvider.System).Snapshots(day.Name).DeleteAll();
        var after = BookAt.Fold(day, 1_500, long.MaxValue, Spacing);
        Assert.Equal(1, after.From);
        AssertSame(before, after);
    }

    private BookAt Plain(long lastSequence, long lastTime)
    {
        // A spacing beyond the day keeps nothing; a folder put aside helps nobody.
        var aside = Snapshots + ".aside";
        if (Directory.Exists(Snapshots))
        {
            Directory.Move(Snapshots, aside);
        }

        var book = BookAt.Fold(day, lastSequence, lastTime, Never);
        Assert.Equal(1, book.From);
        if (Directory.Exists(aside))
        {
            Directory.Move(aside, Snapshots);
        }

        return book;
    }

    private static void AssertSame(BookAt expected, BookAt found)
    {
        Assert.Equal((expected.Book.Sequence, expected.Book.ReceiveTime, expected.Book.Instrument.Symbol, expected.Book.Recording.Recording), (found.Book.Sequence, found.Book.ReceiveTime, found.Book.Instrument.Symbol, found.Book.Recording.Recording));
        Assert.Equal(State(expected), State(found));
    }

    // Everything that a later transition may depend on, as the state hash takes it.
    private static string State(BookAt at)
    {
        var buffer = new ByteBuffer();
        at.Book.Tracker.WriteTo(new CanonicalWriter(buffer));
        return Convert.ToHexString(buffer.Span);
    }
}
