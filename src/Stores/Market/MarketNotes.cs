using System.Globalization;

namespace EventSourcedMM.Stores.Market;

/// <summary>Names of the notes that whoever records a market stream leaves in its manifest, and how they are written.</summary>
public static class MarketNotes
{
    /// <summary>Name of the recording.</summary>
    public const string Recording = "recording";

    /// <summary>
    /// Seconds of the day during which the book was Synced, as a decimal. A day is counted from its first event to its last by
    /// the receive stamps, from midnight where it goes on from the day before, to midnight where the next day goes on from it.
    /// </summary>
    public const string TrustedSeconds = "trustedSeconds";

    /// <summary>The other seconds of it: the time not to be traded on.</summary>
    public const string UntrustedSeconds = "untrustedSeconds";

    /// <summary>Holes in the update ids.</summary>
    public const string Gaps = "gaps";

    /// <summary>Trade ids between the stream's first and its greatest that are not in it. Recordings made before this was counted have no such note.</summary>
    public const string MissingTrades = "missingTrades";

    /// <summary>Number of diffs.</summary>
    public const string DepthDiffs = "depthDiffs";

    /// <summary>Number of trades.</summary>
    public const string Trades = "trades";

    /// <summary>Number of best quotes.</summary>
    public const string BookTickers = "bookTickers";

    /// <summary>Books compared with a best quote at the same update id.</summary>
    public const string BestQuotesChecked = "bboChecked";

    /// <summary>Of those, books that agreed.</summary>
    public const string BestQuotesMatched = "bboMatched";

    /// <summary>State of the book at the end of the stream.</summary>
    public const string BookState = "bookState";

    /// <summary>Last update id applied to the book at the end of the stream.</summary>
    public const string LastUpdateId = "lastUpdateId";

    /// <summary>What the recording was made from: of an import the files' SHA-256 and names, one a line.</summary>
    public const string Sources = "sources";

    /// <summary>All streams of the recording that were stored together, in order, one a line.</summary>
    public const string Streams = "streams";

    /// <summary>Report of the import as JSON, on the recording's last stream.</summary>
    public const string Import = "import";

    /// <summary>The trusted seconds that a manifest states; null when it states none.</summary>
    public static double? TrustedSecondsOf(StreamManifest? manifest) => Seconds(manifest?.Note(TrustedSeconds));

    /// <summary>The untrusted seconds that a manifest states; null when it states none.</summary>
    public static double? UntrustedSecondsOf(StreamManifest? manifest) => Seconds(manifest?.Note(UntrustedSeconds));

    /// <summary>A number as a note.</summary>
    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static double? Seconds(string? note) =>
        double.TryParse(note, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
}
