using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>Damage ends in a clear error or in the same events, never in others.</summary>
public sealed class ArchiveDamageTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly string archive;
    private readonly List<byte[]> expected;

    public ArchiveDamageTests()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
        archive = new StreamArchiver(store, new ArchiveOptions { CompressionLevel = 1 }).Archive(ArchiveSamples.Small).Path;
        expected = ArchiveSamples.Records(store.OpenJournal(ArchiveSamples.Small));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ArchiveLayout.Depth)]
    [InlineData(ArchiveLayout.PartialBooks)]
    [InlineData(ArchiveLayout.Trades)]
    [InlineData(ArchiveLayout.BestQuotes)]
    [InlineData(ArchiveLayout.Others)]
    public void Archive_AnyByteFlipped_IsAnErrorThatNamesTheFileOrChangesNothing(string name)
    {
        var path = Path.Combine(archive, name);
        var whole = File.ReadAllBytes(path);
        var noticed = 0;
        for (var at = 0; at < whole.Length; at += 3)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, damaged);
            noticed += Read(name) ? 1 : 0;
        }

        Assert.True(noticed > whole.Length / 3 * 9 / 10, $"{noticed} of {whole.Length / 3}");
    }

    [Theory]
    [InlineData(ArchiveLayout.Depth)]
    [InlineData(ArchiveLayout.Others)]
    public void Archive_CutAnywhere_IsAnErrorThatNamesTheFile(string name)
    {
        var path = Path.Combine(archive, name);
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length < whole.Length; length += 37)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.True(Read(name), $"cut at {length}");
        }
    }

    [Theory]
    [InlineData(ArchiveLayout.Depth, "event 3 is missing")]
    [InlineData(ArchiveLayout.Trades, "event 4 is missing")]
    [InlineData(ArchiveLayout.Others, "event 1 is missing")]
    public void Archive_TableRemoved_SaysWhichEventIsMissing(string name, string message)
    {
        File.Delete(Path.Combine(archive, name));
        var error = Assert.Throws<InvalidDataException>(() => ArchiveSamples.Records(ArchiveFolder.Open(archive).OpenSource()));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(archive, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Archive_ManifestChanged_IsRefused()
    {
        var path = Path.Combine(archive, ArchiveLayout.Manifest);
        File.WriteAllText(path, File.ReadAllText(path).Replace("MADEUSDT", "FAKEUSDT", StringComparison.Ordinal));
        Assert.Contains("changed", Assert.Throws<InvalidDataException>(() => ArchiveFolder.Open(archive)).Message, StringComparison.Ordinal);
    }

    // True when it was noticed.
    private bool Read(string name)
    {
        try
        {
            Assert.Equal(expected, ArchiveSamples.Records(ArchiveFolder.Open(archive).OpenSource()));
            return false;
        }
        catch (Exception e) when (e is ParquetException or InvalidDataException)
        {
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
            return true;
        }
    }
}
