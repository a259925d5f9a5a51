using Xunit.Sdk;

namespace EventSourcedMM.Tests.Support;

/// <summary>The snapshot helper itself: on files beside this one, through Verify too, and on planted ones in a temporary
/// folder.</summary>
public sealed class SnapshotTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("esmm-snapshot-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Snapshot_ThisFile_LiesBesideItsTest() => await Snapshot.Match("kept beside the test\nin two lines\n");

    [Theory]
    [InlineData("fifo", 1000)]
    [InlineData("optimistic", 0)]
    public async Task Snapshot_Theory_HasAFileForEachCase(string queue, int fee) =>
        await Snapshot.Match($"queue {queue}, fee {fee} ppm", $"{queue}_fee={fee}");

#if !OFFICIAL_STORES
    [Fact]
    public async Task Snapshot_SameText_PassesAndTakesTheReceivedFileAway()
    {
        Keep("a\nb\n");
        File.WriteAllText(Received(), "from a failure before");

        await Match("a\nb\n");

        Assert.False(File.Exists(Received()));
    }

    [Theory]
    [InlineData("a\r\nb\r\n", "a\nb\n")]
    [InlineData("a\nb\n", "a\r\nb\r\n")]
    public async Task Snapshot_LineEndsDiffer_Passes(string kept, string text)
    {
        Keep(kept);

        await Match(text);
    }

    [Fact]
    public async Task Snapshot_KeptWithByteOrderMark_Passes()
    {
        File.WriteAllText(Verified(), "a", new System.Text.UTF8Encoding(true));

        await Match("a");
    }

    [Theory]
    [InlineData("a\nB\n", "line 2 verified: b", "line 2 received: B")]
    [InlineData("a\nb", "line 3 verified: ", "accept it with")]
    [InlineData("a\nb\nc\n", "line 3 received: c", "accept it with")]
    [InlineData("a\nb \n", "line 2 received: b ", "accept it with")]
    public async Task Snapshot_TextDiffers_FailsWithTheLinesAndKeepsTheReceivedText(string text, string first, string second)
    {
        Keep("a\nb\n");

        var failure = await Assert.ThrowsAsync<FailException>(() => Match(text));

        Assert.Contains(first, failure.Message, StringComparison.Ordinal);
        Assert.Contains(second, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"mv '{Received()}' '{Verified()}'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(Received()));
        Assert.Equal("a\nb\n", File.ReadAllText(Verified()));
    }

    [Fact]
    public async Task Snapshot_NothingKeptYet_FailsAndWritesTheReceivedText()
    {
        var failure = await Assert.ThrowsAsync<FailException>(() => Match("new"));

        Assert.Contains("There is no Planted.Case.verified.txt yet", failure.Message, StringComparison.Ordinal);
        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'n', (byte)'e', (byte)'w'], File.ReadAllBytes(Received()));
    }

    [Fact]
    public async Task Snapshot_ManyDifferences_ShowsTheFirstAndCountsTheRest()
    {
        Keep(string.Join('\n', Enumerable.Range(0, 100)));

        var failure = await Assert.ThrowsAsync<FailException>(() => Match(string.Join('\n', Enumerable.Range(1, 100))));

        Assert.Contains("line 5 received: 5", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("line 6 ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("and 95 more lines (100 verified, 100 received)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_ParametersAFileNameCannotHold_BecomeDashes()
    {
        File.WriteAllText(Path.Combine(folder, "Planted.Case_a-b-c=1.verified.txt"), "x");

        await Snapshot.Match("x", "a/b:c=1", Path.Combine(folder, "Planted.cs"), "Case");
    }

    [Fact]
    public async Task Snapshot_EmptyText_IsRefused() => await Assert.ThrowsAsync<ArgumentException>(() => Match(""));

    Task Match(string text) => Snapshot.Match(text, null, Path.Combine(folder, "Planted.cs"), "Case");

    void Keep(string text) => File.WriteAllText(Verified(), text);

    string Verified() => Path.Combine(folder, "Planted.Case.verified.txt");

    string Received() => Path.Combine(folder, "Planted.Case.received.txt");
#endif
}
