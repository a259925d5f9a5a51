using System.Text;
using EventSourcedMM.Live.Import;

namespace EventSourcedMM.Tests.Live.Import;

public sealed class RecorderFileTests : IDisposable
{
    private readonly ImportBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData("a\nb\n", false)]
    [InlineData("a\nb", true)]
    [InlineData("a\r\nb\r\n", false)]
    [InlineData("\n\na\r\n\r\nb\r\n\n", false)]
    [InlineData("\uFEFFa\nb\n", false)]
    public void Read_AnyLineBreaks_GivesTheLines(string content, bool unterminated)
    {
        foreach (var gzip in (bool[])[false, true])
        {
            var (lines, file) = ReadAll(bench.File(Encoding.UTF8.GetBytes(content), gzip));
            Assert.Equal(["a", "b"], lines);
            Assert.Equal(unterminated, file.IsUnterminated);
            Assert.False(file.IsCut);
        }
    }

    [Fact]
    public void Read_LineLongerThanTheBuffer_IsWhole()
    {
        var longLine = new string('x', 3_000_000);
        var (lines, file) = ReadAll(bench.File(["first", longLine, "last"]));
        Assert.Equal(["first", longLine, "last"], lines);
        Assert.Equal(3, file.LineNumber);
    }

    [Fact]
    public void Read_GzipOfSeveralMembers_IsReadToTheEnd()
    {
        var two = ImportBench.Zip("a\nb\n"u8.ToArray()).Concat(ImportBench.Zip("c\n"u8.ToArray())).ToArray();
        var (lines, file) = ReadAll(bench.File(two));
        Assert.Equal(["a", "b", "c"], lines);
        Assert.False(file.IsCut);
    }

    [Fact]
    public void Read_GzipCutAnywhere_IsSeenAndGivesOnlyWholeLines()
    {
        var random = new Random(7);
        var content = Enumerable.Range(0, 60).Select(i => $"line {i} {random.NextInt64()}").ToArray();
        var whole = ImportBench.Zip(Encoding.UTF8.GetBytes(string.Join('\n', content) + "\n"));
        for (var length = 2; length < whole.Length; length++)
        {
            var (lines, file) = ReadAll(bench.File(whole[..length]));
            Assert.True(file.IsCut, $"cut at {length} of {whole.Length}");
            Assert.Equal(content.Take(lines.Count), lines);
        }

        Assert.False(ReadAll(bench.File(whole)).File.IsCut);
    }

    [Fact]
    public void Read_ForeignBytesAfterTheGzip_AreSeen()
    {
        var (lines, file) = ReadAll(bench.File([.. ImportBench.Zip("a\nb\n"u8.ToArray()), .. "garbage"u8]));
        Assert.Equal(["a", "b"], lines);
        Assert.True(file.IsCut);
    }

    [Fact]
    public void Read_DamagedGzip_NamesFileAndLine()
    {
        var random = new Random(3);
        var zipped = ImportBench.Zip(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 2_000).Select(_ => random.NextInt64()))));
        zipped[^6] ^= 0x55;
        var path = bench.File(zipped);
        var error = Assert.Throws<ImportException>(() => ReadAll(path));
        Assert.StartsWith($"{path}: damaged after line ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0], "is empty")]
    [InlineData(new byte[] { 0x50, 0x4B, 3, 4, 0 }, "zip archive")]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD }, "zstd")]
    [InlineData(new byte[] { 0x50, 0x41, 0x52, 0x31 }, "Parquet")]
    public void Open_NoRecorderFile_SaysWhatItIs(byte[] content, string reason)
    {
        var path = bench.File(content);
        Assert.Contains(reason, Assert.Throws<ImportException>(() => RecorderFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FileThatIsNotThere_NamesIt() =>
        Assert.Contains("nowhere.gz", Assert.Throws<ImportException>(() => RecorderFile.Open(Path.Combine(bench.Folder, "nowhere.gz"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Probe_EmptyGzipAndForeignText_AreRefused()
    {
        var empty = bench.File("\r\n\n"u8.ToArray(), gzip: true);
        Assert.Contains("there is no line in it", Assert.Throws<ImportException>(() => RecorderFileInfo.Probe(empty)).Message, StringComparison.Ordinal);
        var csv = bench.File(["symbol,price,quantity"]);
        Assert.Contains("line 1: the line does not begin with a local stamp", Assert.Throws<ImportException>(() => RecorderFileInfo.Probe(csv)).Message, StringComparison.Ordinal);
    }

    private static (List<string> Lines, RecorderFile File) ReadAll(string path)
    {
        using var file = RecorderFile.Open(path);
        var lines = new List<string>();
        while (file.Read(out var line))
        {
            lines.Add(Encoding.UTF8.GetString(line));
        }

        return (lines, file);
    }
}
