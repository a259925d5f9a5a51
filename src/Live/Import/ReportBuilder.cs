using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Import;

/// <summary>Makes an import's report: its numbers, and in words what the user should not overlook.</summary>
internal sealed class ReportBuilder(string symbol, string name, ImportPass pass)
{
    // Below this share of agreement something is wrong with the book, not with a level out of sight.
    private const double FewAgree = 0.99;

    public ImportReport Build(List<string> warnings, Continuation? continuation)
    {
        var recorder = pass.Recorder;
        var tracker = recorder.Tracker;
        AddWarnings(warnings);
        return new ImportReport
        {
            Symbol = symbol,
            Recording = name,
            Lines = pass.Lines,
            DepthDiffs = recorder.Counts.DepthDiffs,
            Trades = recorder.Counts.Trades,
            AggregateTrades = recorder.Counts.AggregateTrades,
            BookTickers = recorder.Counts.BookTickers,
            Snapshots = recorder.Counts.Snapshots,
            PartialBooks = recorder.Counts.PartialBooks,
            Unknown = recorder.Counts.Unknown,
            Malformed = recorder.Counts.Malformed,
            OtherSymbols = pass.OtherSymbols.Values.Sum() + pass.StrangeSnapshots,
            Gaps = tracker.Gaps - pass.GapsBefore,
            BboChecked = recorder.Quotes.Checked,
            BboMatched = recorder.Quotes.Matched,
            FirstTime = SessionReader.Text(recorder.FirstTime),
            LastTime = SessionReader.Text(recorder.LastTime),
            Backwards = recorder.Counts.Backwards,
            FurthestBackwards = recorder.Counts.FurthestBackwards,
            UntrustedNanoseconds = pass.Days.Sum(d => d.Untrusted),
            ClockOffsetSmallest = pass.Clock.Smallest,
            ClockOffsetMedian = pass.Clock.Median,
            ClockOffsetLargest = pass.Clock.Largest,
            BookState = tracker.State.ToString(),
            LastUpdateId = tracker.LastUpdateId,
            DiffsApplied = tracker.DiffsApplied,
            DiffsIgnored = tracker.DiffsIgnored - pass.IgnoredBefore,
            Streams = [.. pass.Days.Select(d => d.Stream.Value)],
            ContinuedFrom = continuation?.Stream.Name.Value ?? "",
            Warnings = warnings,
        };
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private void AddWarnings(List<string> warnings)
    {
        var recorder = pass.Recorder;
        warnings.AddRange(pass.Cuts);
        warnings.AddRange(pass.Losses);
        if (pass.LossCount > pass.Losses.Count)
        {
            warnings.Add($"the book was lost, or a snapshot refused, {Number(pass.LossCount)} times in all");
        }

        if (recorder.Tracker.State is BookState.Buffering && recorder.Counts.DepthDiffs > 0)
        {
            warnings.Add("there is no snapshot that joins the diffs: the book was never built. Import the session's first file too, or record a REST snapshot when the recorder starts");
        }
        else if (recorder.Tracker.State == BookState.Gap)
        {
            warnings.Add("the book is still lost at the end: no later snapshot joins the diffs");
        }

        if (pass.StrangeSnapshots > 0)
        {
            warnings.Add($"{Number(pass.StrangeSnapshots)} bare snapshots join no diff of {symbol}; in a recording of several symbols they belong to the others and were left out");
        }

        if (pass.OtherSymbols.Count > 0)
        {
            warnings.Add($"lines of other symbols were left out: {string.Join(", ", pass.OtherSymbols.Select(o => $"{o.Key} ({Number(o.Value)})"))}");
        }

        AddCountWarnings(warnings);
        warnings.AddRange(pass.Grid.Contradictions(recorder.Instrument));
    }

    private void AddCountWarnings(List<string> warnings)
    {
        var counts = pass.Recorder.Counts;
        warnings.AddRange(pass.Malformed);
        if (counts.Malformed > pass.Malformed.Count)
        {
            warnings.Add($"{Number(counts.Malformed)} lines in all cannot be read; they are kept word for word");
        }

        if (counts.Backwards > 0)
        {
            warnings.Add($"{Number(counts.Backwards)} local stamps run backwards, by up to {Number(Division.Divide(counts.FurthestBackwards, Nanoseconds.PerMicrosecond, Rounding.Up))} us; they are kept as recorded");
        }

        var quotes = pass.Recorder.Quotes;
        if (quotes.Matched < quotes.Checked * FewAgree)
        {
            warnings.Add($"the rebuilt book agrees with only {Number(quotes.Matched)} of {Number(quotes.Checked)} recorded best quotes: do not trust this recording before you know why");
        }
    }
}
