using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Every byte of a small sealed journal flipped, and every segment cut at every offset: what is salvaged is right, and all there is before the damage.</summary>
public sealed class SalvageSourceTests : IDisposable
{
    private const long Events = 24;

    private readonly TempFolder folder = new();
    private readonly JournalStore store;

    public SalvageSourceTests()
    {
        store = new JournalStore(folder, TimeProvider.System, new JournalOptions { SegmentBytes = 800 });
        using var writer = store.OpenWriter(StoreEvents.Stream, Durability.EveryAppend);
        writer.Append(StoreEvents.Batch(1, 10));
        writer.Append(StoreEvents.Batch(11, 9));
        writer.Append(StoreEvents.Batch(20, 5));
        writer.Seal("test");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Stream_Whole_IsReadAsByAnyReader()
    {
        Assert.Equal((Events, null), Read(() => store.OpenToLook(StoreEvents.Stream), 1));
        Assert.Equal((Events, null), Read(() => store.OpenToLook(StoreEvents.Stream, 14), 14));
    }

    [Fact]
    public void EveryByteOfARecordFlipped_EverythingBeforeItIsRead()
    {
        for (var sequence = 1L; sequence <= Events; sequence++)
        {
            var record = StoreEvents.Record(sequence);
            var path = Segments().First(p => File.ReadAllBytes(p).AsSpan().IndexOf(record) >= 0);
            var bytes = File.ReadAllBytes(path);
            var at = bytes.AsSpan().IndexOf(record);
            for (var i = (int)(sequence % 5); i < record.Length; i += Step(5))
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at + i] ^= (byte)(1 << (i % 8));
                File.WriteAllBytes(path, damaged);
                var (read, named) = Read(() => store.OpenToLook(StoreEvents.Stream), 1);
                Assert.Equal((sequence - 1, sequence), (read, named));
            }

            File.WriteAllBytes(path, bytes);
        }
    }

    [Fact]
    public void EveryOtherByteFlippedOrSegmentCut_NothingWrongIsReadAndNoLessThanByOthers()
    {
        foreach (var path in Segments())
        {
            var bytes = File.ReadAllBytes(path);
            for (var at = 0; at < bytes.Length; at += Step(13))
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at] ^= 32;
                File.WriteAllBytes(path, damaged);
                Compare();
                File.WriteAllBytes(path, bytes[..at]);
                Compare();
            }

            File.WriteAllBytes(path, bytes);
        }

        void Compare()
        {
            var (plain, _) = Read(() => JournalSource.Open(folder, StoreEvents.Stream), 1);
            var (salvaged, named) = Read(() => store.OpenToLook(StoreEvents.Stream), 1);
            Assert.NotNull(named);
            Assert.True(salvaged >= plain, $"{salvaged} events salvaged, {plain} read");

            // From within a batch it is the same, where the damage is not before it.
            if (salvaged >= 10)
            {
                Assert.Equal(Math.Max(salvaged, 12), Read(() => store.OpenToLook(StoreEvents.Stream, 13), 13).Read);
            }
        }
    }

    // Every byte in the soak.
    private static int Step(int daily) => Environment.GetEnvironmentVariable("MM_SOAK") == "1" ? 1 : daily;

    private List<string> Segments() => [.. Directory.GetFiles(Path.Combine(folder, StoreEvents.Stream.Value), "*.mmj").Order(StringComparer.Ordinal)];

    // Last event read, and the event that the damage is said to begin with; null when there is none.
    private static (long Read, long? Damaged) Read(Func<IEventSource> open, long from)
    {
        var last = from - 1;
        try
        {
            using var source = open();
            while (source.Read(out var header, out var payload))
            {
                StoreAssert.Is(++last, header, payload);
            }

            return (last, null);
        }
        catch (StreamDamagedException e)
        {
            return (last, e.Sequence);
        }
    }
}
