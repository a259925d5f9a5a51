using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>docs/events.md says what the code does: its tables are those of the code, its examples come out as printed.</summary>
public sealed class EventDocumentTests
{
    private const string TablesBegin = "<!-- generated: tables -->\n";
    private const string TablesEnd = "<!-- end of generated: tables -->\n";
    private static readonly string File = Path.Combine(EventsSchemaFolder.RepositoryRoot(), "docs", "events.md");
    private static readonly StreamName Stream = StreamName.Market("BTCUSDT", "2024-08-08", "example");

    private static readonly EventHeader Header =
        new(42, EventType.Trade, 1, 1_723_075_200_000_000_000, 1_723_075_200_001_500_000, new Cause(1, 7));

    private static readonly Trade Example =
        new() { TradeId = 3_733_264_001, Price = 6_160_201_000_000, Quantity = 167_177_000, TradeTime = 1_723_075_199_999_000_000, BuyerIsMaker = true };

    private static string Document => System.IO.File.ReadAllText(File).ReplaceLineEndings("\n");

    [Fact]
    public void Tables_OfTheDocument_AreThoseOfTheCode()
    {
        var text = Document;
        var start = text.IndexOf(TablesBegin, StringComparison.Ordinal) + TablesBegin.Length;
        var end = text.IndexOf(TablesEnd, StringComparison.Ordinal);
        var tables = "\n" + EventTables.Markdown(PayloadFormat.Current(), XmlDescriptions.Beside(typeof(Trade).Assembly)) + "\n";
        if (Environment.GetEnvironmentVariable(EventsSchemaFolder.AcceptVariable) == "1" && text[start..end] != tables)
        {
            System.IO.File.WriteAllText(File, text[..start] + tables + text[end..]);
            return;
        }

        Assert.True(text[start..end] == tables, $"The tables of docs/events.md are not those of the code: run this test with {EventsSchemaFolder.AcceptVariable}=1.");
    }

    [Fact]
    public void Record_OfTheDocument_IsTheCodes()
    {
        var record = Records.Of(Header, Example);
        AssertSays($"`{Convert.ToHexStringLower(record)}`");
        AssertSays(new EventJson().ToText(record));

        // The table of its parts, read down, is the record.
        var lines = Document.Split('\n');
        var first = Array.FindIndex(lines, line => line.Contains("type 6, version 1, sequence 42", StringComparison.Ordinal));
        var parts = lines.Skip(first).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')[1].Replace("`", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(Convert.ToHexStringLower(record), string.Concat(parts));
    }

    [Fact]
    public void Levels_OfTheDocument_AreTheCodes()
    {
        var buffer = new ByteBuffer();
        var levels = new LevelList(new Level(6_160_201_000_000, 167_177_000), new Level(6_160_200_000_000, 0));
        new CanonicalWriter(buffer).Levels("levels", ref levels);
        AssertSays($"`{Convert.ToHexStringLower(buffer.Span.ToArray()).Chunk(2).Aggregate("", (text, pair) => $"{text} {new string(pair)}").Trim()}`");
    }

    [Fact]
    public void Hashes_OfTheDocument_AreTheCodes()
    {
        var record = Records.Of(Header with { Sequence = 1, Cause = Cause.None }, Example);
        using var hash = new ContentHash(Stream);
        hash.Add(record);
        AssertSays($"`{Convert.ToHexStringLower(record)}`");
        AssertSays($"D(0) `{ContentHash.Seed(Stream)}`");
        AssertSays($"content hash `{hash.Current}`");
        AssertSays($"block root `{ContentHash.Root(hash.Blocks)}`");
        AssertSays($"\"123456789\" gives 0x{Crc32C.Of(Encoding.ASCII.GetBytes("123456789")):X8}");
    }

    private static void AssertSays(string text) => Assert.Contains(text, Document, StringComparison.Ordinal);
}
