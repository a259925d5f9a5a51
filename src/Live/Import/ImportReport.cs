using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventSourcedMM.Live.Import;

/// <summary>What an import read and made of it. It is kept with the recording, so that importing the same files again can tell the same.</summary>
public sealed record ImportReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    /// <summary>Symbol.</summary>
    public string Symbol { get; init; } = "";

    /// <summary>Name of the recording.</summary>
    public string Recording { get; init; } = "";

    /// <summary>Lines of the files, without empty ones.</summary>
    public long Lines { get; init; }

    /// <summary>Diffs.</summary>
    public long DepthDiffs { get; init; }

    /// <summary>Trades.</summary>
    public long Trades { get; init; }

    /// <summary>Aggregate trades.</summary>
    public long AggregateTrades { get; init; }

    /// <summary>Best quotes.</summary>
    public long BookTickers { get; init; }

    /// <summary>Snapshots.</summary>
    public long Snapshots { get; init; }

    /// <summary>Partial books.</summary>
    public long PartialBooks { get; init; }

    /// <summary>Messages without an event of their own, kept word for word.</summary>
    public long Unknown { get; init; }

    /// <summary>Lines that cannot be read, kept word for word.</summary>
    public long Malformed { get; init; }

    /// <summary>Lines of other symbols, not imported.</summary>
    public long OtherSymbols { get; init; }

    /// <summary>Holes in the update ids.</summary>
    public long Gaps { get; init; }

    /// <summary>Books compared with a recorded best quote at the same update id.</summary>
    public long BboChecked { get; init; }

    /// <summary>Of those, books that agreed.</summary>
    public long BboMatched { get; init; }

    /// <summary>First receive stamp, UTC.</summary>
    public string FirstTime { get; init; } = "";

    /// <summary>Last receive stamp, UTC.</summary>
    public string LastTime { get; init; } = "";

    /// <summary>Lines whose receive stamp is earlier than one before.</summary>
    public long Backwards { get; init; }

    /// <summary>The furthest that a receive stamp ran backwards, in nanoseconds.</summary>
    public long FurthestBackwards { get; init; }

    /// <summary>Nanoseconds during which the book was not Synced.</summary>
    public long UntrustedNanoseconds { get; init; }

    /// <summary>Smallest local stamp minus venue stamp, in nanoseconds; null without messages that have both.</summary>
    public long? ClockOffsetSmallest { get; init; }

    /// <summary>Its median.</summary>
    public long? ClockOffsetMedian { get; init; }

    /// <summary>Its largest.</summary>
    public long? ClockOffsetLargest { get; init; }

    /// <summary>State of the book at the end.</summary>
    public string BookState { get; init; } = "";

    /// <summary>Last update id applied.</summary>
    public long LastUpdateId { get; init; }

    /// <summary>Diffs applied since the recording began, including those of the recording that it continues.</summary>
    public long DiffsApplied { get; init; }

    /// <summary>Diffs with nothing new.</summary>
    public long DiffsIgnored { get; init; }

    /// <summary>The streams written, in order.</summary>
    public IReadOnlyList<string> Streams { get; init; } = [];

    /// <summary>Stream that the recording goes on from; empty for none.</summary>
    public string ContinuedFrom { get; init; } = "";

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>True when nothing was written because all of it was stored before.</summary>
    [JsonIgnore]
    public bool AlreadyStored { get; init; }

    /// <summary>As it is kept with the recording.</summary>
    public string ToNote() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads what <see cref="ToNote"/> wrote; null when it cannot be read.</summary>
    public static ImportReport? FromNote(string? note)
    {
        try
        {
            return note is null ? null : JsonSerializer.Deserialize<ImportReport>(note, Json);
        }
        catch (JsonException)
        {
            // Written by another version: what is stored is still stored, only its report cannot be told again.
            return null;
        }
    }

    /// <summary>Two reports of recordings that follow each other, as one.</summary>
    public static ImportReport Join(ImportReport a, ImportReport b) => b with
    {
        Recording = a.Recording + "+" + b.Recording,
        Lines = a.Lines + b.Lines,
        DepthDiffs = a.DepthDiffs + b.DepthDiffs,
        Trades = a.Trades + b.Trades,
        AggregateTrades = a.AggregateTrades + b.AggregateTrades,
        BookTickers = a.BookTickers + b.BookTickers,
        Snapshots = a.Snapshots + b.Snapshots,
        PartialBooks = a.PartialBooks + b.PartialBooks,
        Unknown = a.Unknown + b.Unknown,
        Malformed = a.Malformed + b.Malformed,
        OtherSymbols = a.OtherSymbols + b.OtherSymbols,
        Gaps = a.Gaps + b.Gaps,
        BboChecked = a.BboChecked + b.BboChecked,
        BboMatched = a.BboMatched + b.BboMatched,
        FirstTime = a.FirstTime,
        Backwards = a.Backwards + b.Backwards,
        FurthestBackwards = Math.Max(a.FurthestBackwards, b.FurthestBackwards),
        UntrustedNanoseconds = a.UntrustedNanoseconds + b.UntrustedNanoseconds,
        ClockOffsetSmallest = Least(a.ClockOffsetSmallest, b.ClockOffsetSmallest),
        ClockOffsetMedian = null,
        ClockOffsetLargest = a.ClockOffsetLargest is { } x && b.ClockOffsetLargest is { } y ? Math.Max(x, y) : a.ClockOffsetLargest ?? b.ClockOffsetLargest,
        DiffsIgnored = a.DiffsIgnored + b.DiffsIgnored,
        Streams = [.. a.Streams, .. b.Streams],
        ContinuedFrom = a.ContinuedFrom,
        Warnings = [.. a.Warnings, .. b.Warnings],
    };

    private static long? Least(long? a, long? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;
}
