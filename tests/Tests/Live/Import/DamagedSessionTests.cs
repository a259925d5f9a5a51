using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Tests.Projections.Books;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Live.Import;

/// <summary>
/// Mutated copies of a sample. Whatever happened to the lines: when the stored book says Synced at an update id, it is the
/// book that the whole recording has at that id; otherwise there is a recorded gap or a clear error.
/// </summary>
public sealed class DamagedSessionTests : IDisposable
{
    private const int Lines = 1_500;

    private static readonly Lazy<string[]> Original = new(() => [.. Samples.Lines(Samples.Btc[0]).Take(Lines)]);
    private static readonly Lazy<Dictionary<long, string>> Truth = new(ReadTruth);
    private readonly ImportBench bench = new();

    public void Dispose() => bench.Dispose();

    [Property(MaxTest = 40)]
    public void Run_LinesDeletedDoubledSwappedCut_NeverASilentlyWrongBook(int seed)
    {
        var random = new Random(seed);
        var lines = Original.Value.ToList();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            Mutate(lines, random);
        }

        using var own = new ImportBench();
        Check(own, own.File(lines, random.Next(2) == 0));
    }

    [Fact]
    public void Run_DiffDeleted_IsAGapUntilTheEnd()
    {
        var lines = Original.Value.ToList();
        var (at, missing) = Diffs(lines)[50];
        lines.RemoveAt(at);
        var report = Check(bench, bench.File(lines));
        Assert.Equal((1L, "Gap"), (report.Gaps, report.BookState));
        Assert.Contains(report.Warnings, w => w.Contains($"update ids {missing.First} to {missing.Final} are missing", StringComparison.Ordinal));
        Assert.Contains(report.Warnings, w => w.Contains("still lost at the end", StringComparison.Ordinal));
        var gap = Assert.Single(bench.Events<BookStateChanged>(bench.Days("BTCUSDT")[0].Name), c => c.To == BookState.Gap);
        Assert.Equal((BookReason.MissingUpdates, missing.First), (gap.Reason, gap.ExpectedUpdateId));
        Assert.True(report.UntrustedNanoseconds > 5_000_000_000);
    }

    [Fact]
    public void Run_DiffDeletedAndASnapshotLater_IsWholeAgain()
    {
        var report = Check(bench, bench.File(GapThatEnds()));
        Assert.Equal((1L, "Synced", 2L), (report.Gaps, report.BookState, report.Snapshots));
        Assert.Equal(report.BboChecked, report.BboMatched);
    }

    [Fact]
    public void Run_RecorderRestarted_SnapshotFirst_ClosesTheHole()
    {
        // Half a minute is missing; the recorder's second start wrote its snapshot before its first diff.
        var lines = Original.Value.ToList();
        var diffs = Diffs(lines);
        var from = diffs[40].Line;
        var to = diffs[90].Line;
        lines[to] = SnapshotLine(diffs[90].Ids.Final, lines[to]);
        lines.RemoveRange(from, to - from);
        var report = Check(bench, bench.File(lines));
        Assert.Equal((1L, "Synced"), (report.Gaps, report.BookState));
        Assert.Equal(report.BboChecked, report.BboMatched);
    }

    [Fact]
    public void Run_DiffDoubled_IsIgnored()
    {
        var lines = Original.Value.ToList();
        var (at, _) = Diffs(lines)[50];
        lines.Insert(at, lines[at]);
        var report = Check(bench, bench.File(lines));
        Assert.Equal((0L, "Synced", 3L), (report.Gaps, report.BookState, report.DiffsIgnored));
    }

    [Fact]
    public void Run_DiffsSwapped_IsAGap()
    {
        var lines = Original.Value.ToList();
        var diffs = Diffs(lines);
        (lines[diffs[50].Line], lines[diffs[51].Line]) = (lines[diffs[51].Line], lines[diffs[50].Line]);
        var report = Check(bench, bench.File(lines));
        Assert.Equal((1L, "Gap"), (report.Gaps, report.BookState));
        Assert.True(report.Backwards > 0);
        Assert.Contains(report.Warnings, w => w.Contains("run backwards", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_LineCutShort_IsKeptWordForWordAndAGap()
    {
        var lines = Original.Value.ToList();
        var (at, _) = Diffs(lines)[50];
        lines[at] = lines[at][..120];
        var path = bench.File(lines);
        var report = Check(bench, path);
        Assert.Equal((1L, 1L, "Gap"), (report.Malformed, report.Gaps, report.BookState));
        Assert.Contains(report.Warnings, w => w.StartsWith($"{path} line {at + 1}: not JSON", StringComparison.Ordinal));
        var kept = Assert.Single(bench.Events<VenueMessage>(bench.Days("BTCUSDT")[0].Name));
        Assert.Equal(Samples.MessageOf(lines[at]), kept.Body);
    }

    [Fact]
    public void Run_SnapshotOlderThanTheStream_IsRefusedAndNeverUsed()
    {
        var lines = Original.Value.ToList();
        var at = lines.FindIndex(l => l.Contains("{\"lastUpdateId\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("50093239218", "50093239100", StringComparison.Ordinal);
        var report = Check(bench, bench.File(lines));
        Assert.Equal(("Buffering", 0L), (report.BookState, report.DiffsApplied));
        Assert.Contains(report.Warnings, w => w.Contains("is older than the stream", StringComparison.Ordinal));
        Assert.Contains(report.Warnings, w => w.Contains("the book was never built", StringComparison.Ordinal));
        Assert.Contains(bench.Events<BookStateChanged>(bench.Days("BTCUSDT")[0].Name), c => c.Reason == BookReason.SnapshotTooOld);
    }

    [Fact]
    public void Run_SnapshotThatNoDiffReaches_LosesTheBook()
    {
        var lines = Samples.Lines(Samples.Btc).Take(20_000).ToList();
        var at = lines.FindIndex(l => l.Contains("{\"lastUpdateId\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("50093239218", "90093239218", StringComparison.Ordinal);
        var report = bench.Import("BTCUSDT", bench.File(lines));
        Assert.Equal("Gap", report.BookState);
        Assert.Contains(report.Warnings, w => w.Contains("no diff reaches the snapshot's update id 90093239218", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_LinesOfAnotherSymbolBetween_AreLeftOutWithTheirSnapshot()
    {
        // The other symbol's bare snapshot comes first: taken for ours, no diff would ever reach it.
        var nexo = Samples.Lines(Samples.Nexo[0]).Take(800).Select(l => Restamped(l, 1_723_161_253_937_085_768)).ToArray();
        var lines = new List<string> { nexo[0] };
        for (var i = 0; i < Original.Value.Length; i++)
        {
            lines.Add(Original.Value[i]);
            if (i < nexo.Length - 1)
            {
                lines.Add(Restamped(nexo[i + 1], long.Parse(Original.Value[i].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        var report = Check(bench, bench.File(lines));
        Assert.Equal(("Synced", 0L, 800L, 1L), (report.BookState, report.Gaps, report.OtherSymbols, report.Snapshots));
        Assert.Equal(report.BboChecked, report.BboMatched);
        Assert.Contains(report.Warnings, w => w.Contains("NEXOUSDT (799)", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_SymbolNotInTheFile_IsRefusedAndNamesWhatIs()
    {
        var error = Assert.Throws<ImportException>(() => bench.Import("BTCUSDT", Samples.Nexo));
        Assert.Contains("there is no line of BTCUSDT; it has lines of NEXOUSDT", error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(Samples.Nexo[0]), error.Message, StringComparison.Ordinal);
        Assert.Empty(bench.Content());
    }

    [Fact]
    public void Run_BooksWithoutDiffs_ArePartialBooksEvenIfBare()
    {
        var stamp = 1_723_161_253_937_085_768;
        var lines = Enumerable.Range(1, 50).Select(i => $"{stamp + (i * 100_000_000L)} {{\"lastUpdateId\":{i * 10},\"bids\":[[\"{100 + i}\",\"1\"]],\"asks\":[[\"{200 + i}\",\"2\"]]}}");
        var report = bench.Import("BTCUSDT", bench.File(lines));
        Assert.Equal((0L, 50L, "Partial", 500L), (report.Snapshots, report.PartialBooks, report.BookState, report.LastUpdateId));
        var book = bench.Fold(bench.Days("BTCUSDT")[0].Name).Tracker.Book;
        Assert.Equal((150L * 100_000_000, 250L * 100_000_000), (book.Bids.BestPrice, book.Asks.BestPrice));
    }

    private static string Restamped(string line, long stamp) => $"{stamp} {Samples.MessageOf(line)}";

    private static void Mutate(List<string> lines, Random random)
    {
        var at = random.Next(lines.Count);
        var run = Math.Min(random.Next(1, 30), lines.Count - at);
        switch (random.Next(6))
        {
            case 0: lines.RemoveRange(at, run); break;
            case 1: lines.InsertRange(at, lines.GetRange(at, run)); break;
            case 2: lines.Reverse(at, run); break;
            case 3: lines[at] = lines[at][..random.Next(lines[at].Length + 1)]; break;
            case 4:
                var other = random.Next(lines.Count);
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            default:
                var snapshot = lines.FindIndex(l => l.Contains("{\"lastUpdateId\"", StringComparison.Ordinal));
                if (snapshot >= 0)
                {
                    var line = lines[snapshot];
                    lines.RemoveAt(snapshot);
                    lines.Insert(Math.Min(at, lines.Count), line);
                }

                break;
        }
    }

    // Imports and compares every Synced book with the truth. A clear error is an answer, too.
    private static ImportReport Check(ImportBench bench, string path)
    {
        ImportReport report;
        try
        {
            report = bench.Import("BTCUSDT", path);
        }
        catch (ImportException e)
        {
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
            Assert.Empty(bench.Content());
            return new ImportReport();
        }

        foreach (var day in bench.Days("BTCUSDT"))
        {
            var seen = 0L;
            bench.Fold(day.Name, (fold, header) =>
            {
                var tracker = fold.Tracker;
                if (tracker.State == BookState.Synced && tracker.LastUpdateId != seen && Truth.Value.TryGetValue(tracker.LastUpdateId, out var truth))
                {
                    Assert.Equal(truth, NaiveBook.Describe(tracker.Book));
                    seen = tracker.LastUpdateId;
                }
            });
        }

        return report;
    }

    // The naive book of the whole recording at every update id that a snapshot or diff ends at.
    private static Dictionary<long, string> ReadTruth()
    {
        var truth = new Dictionary<long, string>();
        var parser = new EventSourcedMM.Live.Binance.StreamParser(Binance.Parsers.Instrument());
        var book = new NaiveBook();
        var waiting = new List<DepthDiff>();
        var synced = false;
        foreach (var line in Original.Value)
        {
            switch (Binance.Parsers.Parse(parser, Samples.MessageOf(line)))
            {
                case EventSourcedMM.Live.Binance.MessageKind.BookSnapshot:
                    var snapshot = parser.Message.BookSnapshot;
                    book.Reset(snapshot.Bids.Span, snapshot.Asks.Span);
                    truth[snapshot.LastUpdateId] = book.Describe();
                    synced = true;
                    foreach (var diff in waiting.Where(d => d.FinalUpdateId > snapshot.LastUpdateId))
                    {
                        book.Apply(diff.Bids.Span, diff.Asks.Span);
                        truth[diff.FinalUpdateId] = book.Describe();
                    }

                    break;
                case EventSourcedMM.Live.Binance.MessageKind.DepthDiff:
                    var next = parser.Message.DepthDiff;
                    next.Bids = next.Bids.Copy();
                    next.Asks = next.Asks.Copy();
                    if (synced)
                    {
                        book.Apply(next.Bids.Span, next.Asks.Span);
                        truth[next.FinalUpdateId] = book.Describe();
                    }
                    else
                    {
                        waiting.Add(next);
                    }

                    break;
            }
        }

        return truth;
    }

    /// <summary>A recorder's lines in which a diff is missing and a snapshot comes some diffs behind it.</summary>
    internal static List<string> GapThatEnds()
    {
        var lines = Original.Value.ToList();
        var diffs = Diffs(lines);
        lines.Insert(diffs[80].Line + 1, SnapshotLine(diffs[80].Ids.Final, lines[diffs[80].Line]));
        lines.RemoveAt(diffs[50].Line);
        return lines;
    }

    private static List<(int Line, (long First, long Final) Ids)> Diffs(List<string> lines)
    {
        var diffs = new List<(int, (long, long))>();
        var parser = new EventSourcedMM.Live.Binance.StreamParser(Binance.Parsers.Instrument());
        for (var i = 0; i < lines.Count; i++)
        {
            if (Binance.Parsers.Parse(parser, Samples.MessageOf(lines[i])) == EventSourcedMM.Live.Binance.MessageKind.DepthDiff)
            {
                diffs.Add((i, (parser.Message.DepthDiff.FirstUpdateId, parser.Message.DepthDiff.FinalUpdateId)));
            }
        }

        return diffs;
    }

    // The true book at an update id, as the venue's REST answer, stamped as a line.
    private static string SnapshotLine(long updateId, string stampedAs)
    {
        var sides = Truth.Value[updateId].Split('|');
        string Side(string text, bool reverse)
        {
            var levels = text.Split(' ').Select(l => l.Split('x')).Select(l => $"[\"{Decimal(l[0])}\",\"{Decimal(l[1])}\"]");
            return string.Join(',', reverse ? levels.Reverse() : levels);
        }

        return $"{stampedAs.Split(' ')[0]} {{\"lastUpdateId\":{updateId},\"bids\":[{Side(sides[0], true)}],\"asks\":[{Side(sides[1], false)}]}}";
    }

    private static string Decimal(string units) => EventSourcedMM.Domain.Units.FixedPoint.Format(long.Parse(units, System.Globalization.CultureInfo.InvariantCulture), EventSourcedMM.Domain.Units.Scale.Eight);
}
