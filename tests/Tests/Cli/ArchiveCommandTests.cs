using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores.Archive;
using EventSourcedMM.Tests.Stores.Parquet;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm archive</c>, <c>mm import FOLDER</c>, <c>mm days</c> and <c>mm backtest --data</c> as a user goes through them.</summary>
public sealed class ArchiveCommandTests : IDisposable
{
    private static readonly string[] Window = ["--from", "2024-08-09T00:00Z", "--to", "2024-08-09T00:05:10Z"];

    private readonly TempFolder folder = new();

    private string Store => Path.Combine(folder, "store");

    public ArchiveCommandTests() => Directory.CreateDirectory(Store);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Day_ArchivedAndImported_HasTheSameHashAndTheSameRun()
    {
        var archived = Archive();
        var path = archived.GetProperty("path").GetString()!;
        var hash = ArchiveSamples.SampleStore.ReadManifest(ArchiveSamples.BtcSecondDay)!.ContentHash.ToString();
        Assert.Equal((ArchiveSamples.BtcSecondDay.Value, hash, false), (archived.GetProperty("stream").GetString(), archived.GetProperty("contentHash").GetString(), archived.GetProperty("alreadyArchived").GetBoolean()));
        Assert.Equal(archived.GetProperty("bytes").GetInt64(), Directory.GetFiles(path, "*.parquet").Sum(f => new FileInfo(f).Length));
        Assert.True(Archive().GetProperty("alreadyArchived").GetBoolean());

        var other = Path.Combine(folder, "other");
        var restored = Json("import", path, "--store", other).GetProperty("restored")[0];
        Assert.Equal((hash, false), (restored.GetProperty("contentHash").GetString(), restored.GetProperty("alreadyStored").GetBoolean()));
        Assert.True(Json("import", Path.Combine(path, "trades.parquet"), "--store", other).GetProperty("restored")[0].GetProperty("alreadyStored").GetBoolean());
        Assert.Equal(ArchiveSamples.Records(ArchiveSamples.SampleStore.OpenJournal(ArchiveSamples.BtcSecondDay)), ArchiveSamples.Records(new JournalStore(other, TimeProvider.System).OpenJournal(ArchiveSamples.BtcSecondDay)));
        Assert.Contains(hash, Run("days", "--symbol", "BTCUSDT", "--store", other, "--json").Output, StringComparison.Ordinal);

        var journal = Outcome("--symbol", "BTCUSDT", "--date", "2024-08-09", "--store", other);
        Assert.Equal(journal, Outcome("--data", path, "--date", "2024-08-09", "--store", Path.Combine(folder, "a")));
        Assert.Equal(journal, Outcome("--data", Path.Combine(path, "depth.parquet"), "--date", "2024-08-09", "--store", Path.Combine(folder, "b")));
    }

    [Fact]
    public void Run_Archived_DuckDbReadsItsQuotesAndFills()
    {
        var run = Json("backtest", "--symbol", "BTCUSDT", "--from", "2024-08-08T23:00Z", "--to", "2024-08-09T01:00Z", "--store", Store).GetProperty("run").GetString()!;
        var path = Json("archive", "--run", run, "--level", "3", "--store", Store).GetProperty("archived")[0].GetProperty("path").GetString()!;
        var store = new JournalStore(Store, TimeProvider.System);
        var sums = new Sums();
        CaptureBench.Walk(store, store.ListAsync().ToBlockingEnumerable().Single(s => s.Value.StartsWith("run/", StringComparison.Ordinal)).Value, sums);
        Assert.True(sums.Quotes > 100 && sums.Fills > 20, $"{sums.Quotes} quotes, {sums.Fills} fills");

        var quotes = DuckDb.Quote(Path.Combine(path, "quotes.parquet"));
        var fills = DuckDb.Quote(Path.Combine(path, "fills.parquet"));
        const string scaled = "::DECIMAL(38,8)*100000000)::HUGEINT)::VARCHAR";
        var rows = DuckDb.Run(
            $"SELECT count(*), sum(sequence)::VARCHAR, sum(epoch_ns(receive_time))::VARCHAR, sum(cause_sequence)::VARCHAR FROM {quotes}",
            $"SELECT count(*), sum(sequence)::VARCHAR, sum((price{scaled}, sum((quantity{scaled} FROM {fills}");
        Assert.Equal(Text(sums.Quotes, sums.QuoteSequences, sums.QuoteTimes, sums.QuoteCauses), string.Join(' ', rows[0][0]));
        Assert.Equal(Text(sums.Fills, sums.FillSequences, sums.FillPrices, sums.FillQuantities), string.Join(' ', rows[1][0]));
    }

    [Theory]
    [InlineData("Name what to archive", "archive")]
    [InlineData("there are days of", "archive", "--symbol", "NOSUCHUSDT")]
    [InlineData("must be a whole number from 1 to 22", "archive", "--symbol", "BTCUSDT", "--level", "99")]
    [InlineData("leave --out away", "archive", "--symbol", "BTCUSDT", "--out", "/tmp", "--remove-journal")]
    [InlineData("nosuchrun", "archive", "--run", "nosuchrun")]
    [InlineData("--symbol S or --run RUN, not both", "archive", "--run", "r", "--symbol", "BTCUSDT")]
    [InlineData("--out /dev/null/x: /dev/null is a file; name a directory.", "archive", "--symbol", "BTCUSDT", "--out", "/dev/null/x")]
    public void WrongInput_ExitsWithTwoAndSaysWhich(string reason, params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--store", Store]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    /// <summary>A store whose name was mistyped is not made, with the samples' archive as the only thing in it.</summary>
    [Fact]
    public void StoreThatIsNotThere_IsNotMade()
    {
        var absent = Path.Combine(folder, "absent");
        var (code, output, error) = Run("archive", "--symbol", "BTCUSDT", "--store", absent);
        Assert.Equal((2, "", $"mm: --store {absent}: there is no such directory; name one that is there, or --out DIR for the archive.\n"), (code, output, error.ReplaceLineEndings("\n")));
        Assert.False(Directory.Exists(absent));
    }

    [Fact]
    public void DamagedArchive_IsNamedAndNothingIsStored()
    {
        var path = Archive().GetProperty("path").GetString()!;
        var file = Path.Combine(path, "trades.parquet");
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        var other = Path.Combine(folder, "other");
        foreach (var arguments in (string[][])[["import", path, "--store", other], ["backtest", "--data", path, "--store", other]])
        {
            var (code, output, error) = Run(arguments);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains("trades.parquet", error, StringComparison.Ordinal);
        }

        Assert.Empty(new JournalStore(other, TimeProvider.System).ListAsync().ToBlockingEnumerable());
    }

    private static string Text(params Int128[] numbers) => string.Join(' ', numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));

    private JsonElement Archive() => Json(["archive", "--symbol", "BTCUSDT", .. Window, "--level", "3", "--store", Store]).GetProperty("archived")[0];

    private static (string? Run, string? State) Outcome(params string[] arguments)
    {
        var json = Json(["backtest", .. arguments]);
        return (json.GetProperty("run").GetString(), json.GetProperty("stateHash").GetString());
    }

    private static JsonElement Json(params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments, "--json"]);
        Assert.True(code is 0, $"{string.Join(' ', arguments)}: exit code {code}: {error}");
        return JsonDocument.Parse(output).RootElement.Clone();
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand { ArchiveCommand.Create(), ImportCommand.Create(), DaysCommand.Create(), BacktestCommand.Create() };
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private sealed class Sums : IEventHandler
    {
        public Int128 Quotes { get; private set; }

        public Int128 QuoteSequences { get; private set; }

        public Int128 QuoteTimes { get; private set; }

        public Int128 QuoteCauses { get; private set; }

        public Int128 Fills { get; private set; }

        public Int128 FillSequences { get; private set; }

        public Int128 FillPrices { get; private set; }

        public Int128 FillQuantities { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is QuoteDecided)
            {
                Quotes++;
                QuoteSequences += header.Sequence;
                QuoteTimes += header.ReceiveTime;
                QuoteCauses += header.Cause.Sequence;
            }
            else if (payload is OrderFilled fill)
            {
                Fills++;
                FillSequences += header.Sequence;
                FillPrices += fill.Price;
                FillQuantities += fill.Quantity;
            }
        }
    }
}
