using EventSourcedMM.Live.Import;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Import;

public sealed class SampleStoreTests
{
    [Fact]
    public void Ensure_TwoAtOnce_MakeOneWholeStore()
    {
        using var place = new TempFolder();
        var samples = SmallSamples(place);
        var target = Path.Combine(place, "kept");
        var made = new string?[4];
        Parallel.For(0, made.Length, i => made[i] = SampleStore.Ensure(samples, target));
        Assert.Single(made.Distinct());
        Assert.Equal([Path.GetFileName(made[0])], Directory.GetFileSystemEntries(target).Select(Path.GetFileName));
        var streams = new JournalStore(made[0]!, TimeProvider.System).ListAsync().ToBlockingEnumerable().ToArray();
        Assert.Equal("market/NEXOUSDT/2024-07-23", Assert.Single(streams).Value[..26]);
    }

    [Fact]
    public void Ensure_SamplesChange_MakesAnotherStoreAndKeepsFew()
    {
        using var place = new TempFolder();
        var samples = SmallSamples(place);
        var target = Path.Combine(place, "kept");
        var first = SampleStore.Ensure(samples, target);
        Assert.Equal(first, SampleStore.Ensure(samples, target));
        for (var i = 0; i < 6; i++)
        {
            File.Move(Directory.GetFiles(Path.Combine(samples, "binance-spot-nexousdt-x")).Single(), Path.Combine(samples, "binance-spot-nexousdt-x", $"renamed{i}.gz"));
            Assert.NotEqual(first, SampleStore.Ensure(samples, target));
        }

        Assert.InRange(Directory.GetDirectories(target).Length, 1, 4);
    }

    [Fact]
    public void Ensure_DamagedSample_LeavesNothing()
    {
        using var place = new TempFolder();
        var samples = SmallSamples(place);
        var file = Directory.GetFiles(Path.Combine(samples, "binance-spot-nexousdt-x")).Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..20_000]);
        var target = Path.Combine(place, "kept");
        Assert.Throws<ImportException>(() => SampleStore.Ensure(samples, target));
        Assert.Empty(Directory.GetFileSystemEntries(target));
    }

    [Fact]
    public void Ensure_AKilledProcessLeftItsHalf_SweepsIt()
    {
        using var place = new TempFolder();
        var target = Path.Combine(place, "kept");
        var abandoned = Directory.CreateDirectory(Path.Combine(target, $".making-0123456789abcdef-{int.MaxValue}-1")).FullName;
        using var running = HeldFolder.Make(target, ".making-fedcba9876543210-");
        Assert.NotNull(SampleStore.Ensure(SmallSamples(place), target));
        Assert.False(Directory.Exists(abandoned));
        Assert.True(Directory.Exists(running.Path));
    }

    [Fact]
    public void Ensure_NoSamples_IsNull()
    {
        using var place = new TempFolder();
        Assert.Null(SampleStore.Ensure(null, place));
        Assert.Null(SampleStore.Ensure(place, Path.Combine(place, "kept")));
    }

    [Fact]
    public void FileStore_OneSymbol_IsFoundAndImportedOnce()
    {
        using var place = new TempFolder();
        var root = Path.Combine(place, "files");
        var made = FileStore.Ensure(Samples.Nexo[0], null, root);
        Assert.Equal("NEXOUSDT", made.Symbol);
        var written = Directory.GetLastWriteTimeUtc(made.Directory);
        Assert.Equal(made, FileStore.Ensure(Samples.Nexo[0], "NEXOUSDT", root));
        Assert.Equal(written, Directory.GetLastWriteTimeUtc(made.Directory));
        Assert.Equal([made.Directory], Directory.GetFileSystemEntries(root));
    }

    [Fact]
    public void FileStore_SeveralSymbols_AsksWhich()
    {
        using var bench = new ImportBench();
        var path = bench.File([.. Samples.Lines(Samples.Btc[0]).Take(10), .. Samples.Lines(Samples.Nexo[0]).Skip(1).Take(10)]);
        var error = Assert.Throws<ImportException>(() => FileStore.Ensure(path, null, bench.Folder));
        Assert.Contains("several symbols: BTCUSDT, NEXOUSDT", error.Message, StringComparison.Ordinal);
    }

    private static string SmallSamples(string place)
    {
        var samples = Path.Combine(place, "sample");
        var session = Directory.CreateDirectory(Path.Combine(samples, "binance-spot-nexousdt-x")).FullName;
        File.Copy(Samples.Nexo[0], Path.Combine(session, "first.dat.gz"));
        return samples;
    }
}
