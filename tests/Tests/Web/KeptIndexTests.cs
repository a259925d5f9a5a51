using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Tests.Web;

/// <summary>The index of a day that is kept beside it: the same as one made anew, or none at all.</summary>
public sealed class KeptIndexTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly JournalStore store;
    private readonly StoredDay day;

    public KeptIndexTests()
    {
        // A copy: what is kept beside a day is not kept beside the samples.
        store = new JournalStore(folder, TimeProvider.System);
        var sample = new MarketDays(SampleRuns.Stores).Of("NEXOUSDT").First();
        var from = Path.Combine(((JournalStore)sample.Store).Root, sample.Name.Value);
        var to = Directory.CreateDirectory(Path.Combine(store.Root, sample.Name.Value)).FullName;
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        day = Day();
    }

    private string Kept => Directory.GetFiles(Path.Combine(store.Root, day.Name.Value, "snapshots"), "*.day").Single();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Index_KeptAndRead_IsTheOneMadeFromTheEvents()
    {
        using var made = Made();
        Assert.Equal($"{day.Info.ContentHash}.day", Path.GetFileName(Kept));
        using var read = Opened();
        Assert.True(read.WasKept && read.IsIndexed && !read.Complete);
        Assert.Equal(Describe(made), Describe(read));
        while (read.GoOn(10_000))
        {
        }

        Assert.True(read.Complete && read.Damage is null && read.WasKept);

        // A book from a kept one is the book of all events: at every 4,999th, which no keyframe stands at.
        for (var sequence = 4_999L; sequence < read.Events; sequence += 4_999)
        {
            Assert.Equal(made.BookAfter(sequence, Book), read.BookAfter(sequence, Book));
        }
    }

    [Theory]
    [InlineData("a byte flipped")]
    [InlineData("cut")]
    [InlineData("empty")]
    [InlineData("deleted")]
    [InlineData("of another build")]
    [InlineData("of other events")]
    public void Index_ThatIsNotWholeAndOfThisDay_CountsAsNoneAndIsReplaced(string what)
    {
        Made().Dispose();
        var path = Kept;
        var bytes = File.ReadAllBytes(path);
        switch (what)
        {
            case "a byte flipped":
                bytes[bytes.Length / 3] ^= 16;
                File.WriteAllBytes(path, bytes);
                break;
            case "cut":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "deleted":
                File.Delete(path);
                break;
            case "of another build":
                KeptIndex.Of(store, day.Info, "day", Guid.Parse("6a0e8a0e-0000-4000-8000-000000000001"))!.Write(bytes.AsSpan(72));
                break;
            default:
                var other = day.Info with { ContentHash = new Digest(1, 2, 3, 4) };
                KeptIndex.Of(store, other, "day", MarketIndexFile.Maker)!.Write(bytes.AsSpan(72));
                Assert.False(File.Exists(path));
                File.Move(Kept, path);
                break;
        }

        using (var read = Opened())
        {
            Assert.False(read.WasKept);
        }

        Made().Dispose();
        Assert.Equal(path, Kept);
        using var again = Opened();
        Assert.True(again.WasKept);
    }

    [Fact]
    public void Index_OfADayThatWasDamagedSince_IsGivenUpForWhatCanBeRead()
    {
        Made().Dispose();
        var segment = Directory.GetFiles(Path.Combine(store.Root, day.Name.Value), "*.mmj").Order(StringComparer.Ordinal).First();
        var bytes = File.ReadAllBytes(segment);
        bytes[bytes.Length / 2] ^= 8;
        File.WriteAllBytes(segment, bytes);
        var damaged = JournalVerifier.Verify(store.Root, day.Name).Findings.First(f => f.IsDamage).Sequence;

        using var read = Opened();
        Assert.True(read.WasKept);
        while (read.GoOn(10_000))
        {
        }

        Assert.True(read.Complete && !read.WasKept);
        Assert.Contains($"damaged at event {damaged}", read.Damage, StringComparison.Ordinal);
        Assert.Equal(damaged - 1, read.Indexed);
        Assert.Equal(damaged - 1, read.BookAfter(read.Indexed, b => b.Sequence));
        read.Keep();
        using var next = Opened();
        Assert.Equal(day.Info.Version, next.Indexed);
    }

    [Fact]
    public void Index_OfAShortOrGrowingDay_IsNotKept()
    {
        using (var small = new MarketIndex(day))
        {
            while (small.GoOn(10_000))
            {
            }

            small.Keep();
        }

        using (var growing = new MarketIndex(day with { Info = day.Info with { Sealed = false, ContentHash = null } }, 0))
        {
            while (growing.GoOn(10_000))
            {
            }

            growing.Keep();
        }

        Assert.False(Directory.Exists(Path.Combine(store.Root, day.Name.Value, "snapshots")));
    }

    // As far as the first step in the background brings it: the kept index where there is one, nothing read.
    private MarketIndex Opened()
    {
        var index = new MarketIndex(day, 0);
        Assert.True(index.GoOn(0));
        return index;
    }

    private MarketIndex Made()
    {
        var index = new MarketIndex(day, 0);
        Assert.False(index.WasKept);
        while (index.GoOn(10_000))
        {
        }

        Assert.True(index.Complete);
        index.Keep();
        return index;
    }

    private StoredDay Day()
    {
        var found = new MarketDays(new StoreSet(store)).Of("NEXOUSDT").Single();
        return found;
    }

    private static string Describe(MarketIndex index) => index.Read((buckets, gaps) => string.Join('\n',
    [
        $"{index.Origin} {index.LastTime} {index.Indexed} {index.Instrument?.Symbol} {index.Instrument?.Tick}",
        .. buckets.Span.ToArray().Select(b => $"{b.Low} {b.High} {b.Bid} {b.Ask} {b.Sequence} {b.Volume} {b.Trusted}"),
        .. gaps.Select(g => g.ToString()),
    ]));

    private static string Book(EventSourcedMM.Projections.Books.BookFold fold) => string.Join('\n',
    [
        $"{fold.Sequence} {fold.Tracker.State} {fold.Tracker.LastUpdateId}",
        .. fold.Tracker.Book.Bids.ToLevels(50).Concat(fold.Tracker.Book.Asks.ToLevels(50)).Select(l => $"{l.Price} {l.Quantity}"),
    ]);
}
