using System.CommandLine;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Live;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Cli;

/// <summary>The two commands as a user and a script see them.</summary>
public sealed class ImportAndBookCommandTests : IDisposable
{
    private readonly TempFolder store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void Import_Json_HasEveryPromisedField()
    {
        var (code, output, error) = Run("import", Samples.Nexo[1], Samples.Nexo[0], "--symbol", "nexousdt", "--store", store, "--json");
        Assert.Equal((0, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        (string, long)[] numbers =
        [
            ("lines", 114_078), ("depthDiffs", 68_182), ("trades", 12_458), ("bookTickers", 33_437), ("snapshots", 1), ("unknown", 0),
            ("malformed", 0), ("gaps", 0), ("bboChecked", 68_174), ("bboMatched", 68_174),
        ];
        Assert.All(numbers, n => Assert.Equal(n.Item2, root.GetProperty(n.Item1).GetInt64()));
        Assert.Equal("2024-07-23T15:39:42.850494Z", root.GetProperty("firstTime").GetString());
        Assert.Equal("2024-07-24T15:59:59.055986Z", root.GetProperty("lastTime").GetString());
        Assert.False(root.GetProperty("alreadyStored").GetBoolean());

        var again = Run("import", Samples.Nexo[0], Samples.Nexo[1], "--symbol", "NEXOUSDT", "--store", store, "--json");
        Assert.Equal(output.Replace("\"alreadyStored\":false", "\"alreadyStored\":true", StringComparison.Ordinal), again.Output);
        Assert.Contains("already stored: nothing was changed", Run("import", Samples.Nexo[0], "--symbol", "NEXOUSDT", "--store", store).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_Text_SaysWhatWasFound()
    {
        var (code, output, _) = Run("import", Samples.Nexo[0], "--symbol", "NEXOUSDT", "--store", store);
        Assert.Equal(0, code);
        foreach (var part in (string[])["1,188 diffs, 178 trades, 437 best quotes, 1 snapshot", "Synced at update 134183193", "0 gaps", "market/NEXOUSDT/2024-07-23/20240723T153942Z-"])
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nowhere.gz", "BTCUSDT", "nowhere.gz: cannot be opened")]
    [InlineData("NEXO", "BTCUSDT", "there is no line of BTCUSDT; it has lines of NEXOUSDT")]
    [InlineData("NEXO", "../x", "is not a symbol")]
    public void Import_BadInput_ExitsWithTwoAndOneLine(string file, string symbol, string reason)
    {
        var (code, output, error) = Run("import", file == "NEXO" ? Samples.Nexo[0] : file, "--symbol", symbol, "--store", store, "--json");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(Directory.GetFiles(store, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("NEXOUSDT", 68_182, 134_331_742, "1.221", "29.88", "1.223", "131.67", 310, 815, "320795.69", "329761.84")]
    [InlineData("BTCUSDT", 6_493, 50_093_696_318, "61602.01", "1.67177", "61602.02", "2.66795", 1971, 2962, "3720.36033", "4039.815274")]
    public void Book_BundledSampleWithoutImport_ReachesTheKnownEnd(string symbol, long diffs, long update, string bid, string bidQuantity, string ask, string askQuantity, int bidLevels, int askLevels, string bids, string asks)
    {
        var book = Book("--symbol", symbol, "--depth", "1");
        Assert.Equal((symbol, "Synced", diffs, update), (book.GetProperty("symbol").GetString(), book.GetProperty("state").GetString(), book.GetProperty("diffsApplied").GetInt64(), book.GetProperty("lastUpdateId").GetInt64()));
        Assert.Equal($"[[\"{bid}\",\"{bidQuantity}\"]]", book.GetProperty("bids").GetRawText());
        Assert.Equal($"[[\"{ask}\",\"{askQuantity}\"]]", book.GetProperty("asks").GetRawText());
        Assert.Equal((bidLevels, askLevels), (book.GetProperty("bidLevels").GetInt32(), book.GetProperty("askLevels").GetInt32()));
        Assert.Equal((bids, asks), (book.GetProperty("bidQuantity").GetString(), book.GetProperty("askQuantity").GetString()));
    }

    [Fact]
    public void Book_AtATime_IsTheBookAfterTheEventThatTheSequenceNames()
    {
        var at = Book("--symbol", "NEXOUSDT", "--at", "2024-07-24T09:30", "--zone", "Asia/Taipei");
        Assert.StartsWith("2024-07-24T01:", at.GetProperty("time").GetString(), StringComparison.Ordinal);
        Assert.True(string.CompareOrdinal(at.GetProperty("time").GetString(), "2024-07-24T01:30:00Z") <= 0);
        var sequence = at.GetProperty("seq").GetRawText();
        var same = Book("--symbol", "NEXOUSDT", "--seq", sequence, "--date", "2024-07-24");
        Assert.Equal(at.GetRawText(), same.GetRawText());
        var utc = Book("--symbol", "NEXOUSDT", "--at", "2024-07-24T01:30:00Z");
        Assert.Equal(at.GetRawText(), utc.GetRawText());
    }

    [Fact]
    public void Book_BetweenTwoDaysOfARecording_IsTheEndOfTheFirst()
    {
        var midnight = Book("--symbol", "BTCUSDT", "--at", "2024-08-09T00:00:00Z", "--depth", "0");
        Assert.StartsWith("market/BTCUSDT/2024-08-08/", midnight.GetProperty("stream").GetString(), StringComparison.Ordinal);
        Assert.Equal(midnight.GetProperty("bidLevels").GetInt32(), midnight.GetProperty("bids").GetArrayLength());

        // The next day begins with the same book, as a checkpoint.
        var checkpoint = Book("--symbol", "BTCUSDT", "--date", "2024-08-09", "--seq", "3", "--depth", "0");
        foreach (var field in (string[])["state", "lastUpdateId", "diffsApplied", "bids", "asks"])
        {
            Assert.Equal(midnight.GetProperty(field).GetRawText(), checkpoint.GetProperty(field).GetRawText());
        }
    }

    [Fact]
    public void Book_BeforeTheSnapshot_IsBufferingAndEmpty()
    {
        var book = Book("--symbol", "BTCUSDT", "--date", "2024-08-08", "--seq", "1");
        Assert.Equal(("Buffering", 1L, 0), (book.GetProperty("state").GetString(), book.GetProperty("seq").GetInt64(), book.GetProperty("bidLevels").GetInt32()));
        var (code, output, _) = Run("book", "--symbol", "BTCUSDT", "--date", "2024-08-08", "--seq", "1", "--store", store);
        Assert.Equal(0, code);
        Assert.Contains("Buffering (not to be quoted on)", output, StringComparison.Ordinal);
        Assert.Contains("there is no mid", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Book_Ladder_HasAsksAboveBids()
    {
        var (code, output, _) = Run("book", "--symbol", "NEXOUSDT", "--depth", "2", "--store", store);
        Assert.Equal(0, code);
        var lines = output.Split('\n').Select(l => l.TrimEnd()).ToArray();
        Assert.Equal(["  1.224", "  1.223", "  ── mid", "  1.221", "  1.220"], lines[3..8].Select(l => l[..Math.Min(l.Length, l.Contains("mid", StringComparison.Ordinal) ? 8 : 7)]));
        Assert.Contains("mid 1.222  spread 0.002", output, StringComparison.Ordinal);
        Assert.Contains("68,182 diffs applied", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there are days of BTCUSDT, NEXOUSDT", "--symbol", "ETHUSDT")]
    [InlineData("2024-07-23", "--symbol", "NEXOUSDT", "--at", "2025-01-01T00:00Z")]
    [InlineData("2024-07-23", "--symbol", "NEXOUSDT", "--date", "2025-01-01")]
    [InlineData("has events 1 to", "--symbol", "NEXOUSDT", "--seq", "99999999")]
    [InlineData("must be a whole number", "--symbol", "NEXOUSDT", "--depth", "x")]
    [InlineData("not both", "--symbol", "NEXOUSDT", "--at", "2024-07-24", "--seq", "5")]
    [InlineData("is not a time", "--symbol", "NEXOUSDT", "--at", "yesterday")]
    [InlineData("is not a time zone", "--symbol", "NEXOUSDT", "--at", "2024-07-24", "--zone", "Moon/Base")]
    public void Book_BadInput_ExitsWithTwoAndSaysWhy(string reason, params string[] arguments)
    {
        var (code, output, error) = Run(["book", .. arguments, "--store", store, "--json"]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Book_StoredDay_GoesBeforeTheSamples()
    {
        Assert.Equal(0, Run("import", Samples.Nexo[0], "--symbol", "NEXOUSDT", "--store", store).Code);
        var stored = Book("--symbol", "NEXOUSDT", "--date", "2024-07-23");
        Assert.Equal("134183193", stored.GetProperty("lastUpdateId").GetRawText());
    }

    [Theory]
    [InlineData("/proc/nothing", "--store /proc/nothing cannot be written (")]
    [InlineData("/etc/passwd", "--store /etc/passwd is a file; name a directory.")]
    public void Import_StoreThatCannotBeWritten_IsNamedBeforeTheWork(string place, string reason)
    {
        var (code, output, error) = Run("import", Samples.Nexo[0], "--symbol", "NEXOUSDT", "--store", place);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private JsonElement Book(params string[] arguments)
    {
        var (code, output, error) = Run(["book", .. arguments, "--store", store, "--json"]);
        Assert.Equal((0, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand { ImportCommand.Create(), BookCommand.Create() };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
