using System.Globalization;

namespace EventSourcedMM.Stores.Market;

/// <summary>Names of the notes that whoever records a market stream leaves in its manifest, and how they are written.</summary>
public static class MarketNotes
{
    /// <summary>Nanoseconds of the stream during which the book was not Synced: the time not to be traded on.</summary>
    public const string Untrusted = "untrustedNanoseconds";

    /// <summary>State of the book at the end of the stream.</summary>
    public const string BookState = "bookState";

    /// <summary>Last update id applied to the book at the end of the stream.</summary>
    public const string LastUpdateId = "lastUpdateId";

    /// <summary>The imported files: SHA-256 and name, one a line.</summary>
    public const string Files = "files";

    /// <summary>All streams of the recording that were stored together, in order, one a line.</summary>
    public const string Streams = "streams";

    /// <summary>Report of the import as JSON, on the recording's last stream.</summary>
    public const string Import = "import";

    /// <summary>A number as a note.</summary>
    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A note that is a number; null when it is not there or no number.</summary>
    public static long? Number(this StreamManifest manifest, string name) =>
        long.TryParse(manifest.Note(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
