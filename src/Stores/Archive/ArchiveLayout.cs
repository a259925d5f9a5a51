using System.Text;

namespace EventSourcedMM.Stores.Archive;

/// <summary>Names in an archived stream's folder (docs/data.md, "Days as Parquet").</summary>
public static class ArchiveLayout
{
    /// <summary>Version of the layout, as every file's metadata carries it.</summary>
    public const string Format = "1";

    /// <summary>Folder of a store that holds its archive: below it a folder a stream, by the stream's name.</summary>
    public const string StoreFolder = "archive";

    /// <summary>The stream's manifest, word for word as the journal published it. It is written last: a folder without it is not an archive of ours.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>Depth diffs, one row a level.</summary>
    public const string Depth = "depth.parquet";

    /// <summary>Partial books, one row a level.</summary>
    public const string PartialBooks = "depth20.parquet";

    /// <summary>Trades.</summary>
    public const string Trades = "trades.parquet";

    /// <summary>Best quotes.</summary>
    public const string BestQuotes = "book_tickers.parquet";

    /// <summary>Quote decisions of a run.</summary>
    public const string Quotes = "quotes.parquet";

    /// <summary>Fills of a run.</summary>
    public const string Fills = "fills.parquet";

    /// <summary>Every other event, its payload as JSON.</summary>
    public const string Others = "events.parquet";

    /// <summary>The tables, in the order of this page.</summary>
    public static IReadOnlyList<string> Tables { get; } = [Depth, PartialBooks, Trades, BestQuotes, Quotes, Fills, Others];

    /// <summary>Key of a file's metadata: the version of this layout.</summary>
    public const string FormatKey = "eventsourcedmm.format";

    /// <summary>Key of a file's metadata: the stream.</summary>
    public const string StreamKey = "eventsourcedmm.stream";

    /// <summary>Key of a file's metadata: the stream's content hash.</summary>
    public const string ContentHashKey = "eventsourcedmm.content_hash";

    /// <summary>Key of a file's metadata: the instrument, as in the event that defines it.</summary>
    public const string InstrumentKey = "eventsourcedmm.instrument";

    /// <summary>A payload's field as a column: snake_case, as dataframes are used to.</summary>
    public static string ColumnName(string field)
    {
        var name = new StringBuilder();
        foreach (var c in field)
        {
            if (char.IsAsciiLetterUpper(c))
            {
                name.Append('_').Append(char.ToLowerInvariant(c));
            }
            else
            {
                name.Append(c);
            }
        }

        return name.ToString();
    }
}
