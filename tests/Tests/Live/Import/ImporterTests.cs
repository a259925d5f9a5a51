using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Tests.Live.Import;

/// <summary>The bundled recordings, whole: what an import must find in them and leave behind.</summary>
public sealed class ImporterTests : IDisposable
{
    private readonly ImportBench bench = new();

    public void Dispose() => bench.Dispose();

    [Fact]
    public void Run_NexoFilesInWrongOrder_ReachesTheKnownEnd()
    {
        var report = bench.Import("NEXOUSDT", Samples.Nexo[1], Samples.Nexo[0]);
        Assert.Equal((114_078L, 68_182L, 12_458L, 33_437L, 1L), (report.Lines, report.DepthDiffs, report.Trades, report.BookTickers, report.Snapshots));
        Assert.Equal((0L, 0L, 0L), (report.Unknown, report.Malformed, report.Gaps));
        Assert.Equal(report.BboChecked, report.BboMatched);
        Assert.True(report.BboChecked > 68_000);
        Assert.Equal(("2024-07-23T15:39:42.850494Z", "2024-07-24T15:59:59.055986Z"), (report.FirstTime, report.LastTime));
        Assert.Empty(report.Warnings);
        Assert.Equal("20240723T153942Z", report.Recording.Split('-')[0]);

        var days = bench.Days("NEXOUSDT");
        Assert.Equal(["2024-07-23", "2024-07-24"], days.Select(d => d.Day));
        var end = bench.Fold(days[1].Name).Tracker;
        Assert.Equal((BookState.Synced, 134_331_742L, 68_182L), (end.State, end.LastUpdateId, end.DiffsApplied));
        Assert.Equal(("1.221", "29.88", "1.223", "131.67"), Best(end.Book));
        Assert.Equal((310, 815, "320795.69", "329761.84"), Totals(end.Book));
    }

    [Fact]
    public void Run_BtcFiles_ReachesTheKnownEnd()
    {
        var report = bench.Import("BTCUSDT", Samples.Btc);
        Assert.Equal((99_574L, 6_495L, 19_904L, 73_174L, 1L), (report.Lines, report.DepthDiffs, report.Trades, report.BookTickers, report.Snapshots));
        Assert.Equal((6_492L, 6_490L), (report.BboChecked, report.BboMatched));
        Assert.Equal((6_493L, 2L, 0L), (report.DiffsApplied, report.DiffsIgnored, report.Gaps));

        // The local clock runs 1.27 s behind the venue's; until the snapshot, 0.27 s, the book is not known.
        Assert.InRange(report.ClockOffsetMedian!.Value, -1_290_000_000, -1_260_000_000);
        Assert.Equal(269_566_299, report.UntrustedNanoseconds);
        Assert.Contains(report.Warnings, w => w.Contains("25.426189", StringComparison.Ordinal));

        var end = bench.Fold(bench.Days("BTCUSDT")[1].Name).Tracker;
        Assert.Equal((BookState.Synced, 50_093_696_318L, 6_493L), (end.State, end.LastUpdateId, end.DiffsApplied));
        Assert.Equal(("61602.01", "1.67177", "61602.02", "2.66795"), Best(end.Book));
        Assert.Equal((1971, 2962, "3720.36033", "4039.815274"), Totals(end.Book));
    }

    [Fact]
    public void Run_TwoBtcBooksDiffer_BecauseOldOrdersLieBelowTheSnapshot()
    {
        // docs/data.md tells why: both levels are below the snapshot's lowest bid, and the next diff removes what was never shown.
        var recorder = new BestQuoteCheck();
        var fold = new BookFold();
        var lowestBid = 0L;
        bench.Import("BTCUSDT", Samples.Btc);
        foreach (var day in bench.Days("BTCUSDT"))
        {
            foreach (var snapshot in bench.Events<BookSnapshot>(day.Name))
            {
                lowestBid = snapshot.Bids.Span[^1].Price;
            }

            var tickers = new Queue<BestQuote>(bench.Events<BestQuote>(day.Name));
            var applied = fold.Tracker.DiffsApplied;
            bench.Fold(day.Name, fold, (f, header) =>
            {
                if (header.Type == EventType.BestQuote)
                {
                    recorder.On(tickers.Dequeue());
                }
                else if (f.Tracker.DiffsApplied > applied)
                {
                    recorder.OnBook(f.Tracker.LastUpdateId, f.Tracker.Book);
                }

                applied = f.Tracker.DiffsApplied;
            });
        }

        Assert.Equal([50_093_478_174, 50_093_480_542], recorder.Differences.Select(d => d.Book.UpdateId));
        Assert.Equal(["61565.1", "61556.11"], recorder.Differences.Select(d => FixedPoint.Format(d.Venue.BidPrice, Scale.Eight)));
        Assert.Equal("61631.55", FixedPoint.Format(lowestBid, Scale.Eight));
        Assert.All(recorder.Differences, d => Assert.True(d.Venue.BidPrice < lowestBid && d.Book.BidPrice < d.Venue.BidPrice));
        Assert.All(recorder.Differences, d => Assert.Equal((d.Venue.AskPrice, d.Venue.AskQuantity), (d.Book.AskPrice, d.Book.AskQuantity)));
    }

    [Fact]
    public void Run_DaysOfARecording_FollowEachOtherAndReplayAlone()
    {
        bench.Import("BTCUSDT", Samples.Btc);
        var days = bench.Days("BTCUSDT");
        var carried = new BookFold();
        bench.Fold(days[0].Name, carried);
        var endOfFirst = NaiveText(carried);
        bench.Fold(days[1].Name, carried);
        Assert.Equal(NaiveText(carried), NaiveText(bench.Fold(days[1].Name)));

        var started = bench.Events<RecordingStarted>(days[1].Name)[0];
        Assert.Equal((days[0].Name.Value, days[0].Info.Version, "ns"), (started.ContinuedFrom, started.ContinuedFromSequence, started.ReceiveClock));
        Assert.Contains("5d263f4c5379cfc27379ef0e22779aa33804463d1b69c292e9c0714e31f2e1b4 btcusdt_20240808.gz", started.Source, StringComparison.Ordinal);
        var firstOfSecond = new List<EventType>();
        bench.Fold(days[1].Name, (fold, header) =>
        {
            firstOfSecond.Add(header.Type);
            if (header.Sequence == 3)
            {
                Assert.Equal(endOfFirst, NaiveText(fold));
            }
        });
        Assert.Equal([EventType.RecordingStarted, EventType.InstrumentDefined, EventType.BookCheckpoint], firstOfSecond.Take(3));
        Assert.Equal(EventType.RecordingEnded, firstOfSecond[^1]);
        Assert.Empty(bench.Events<RecordingEnded>(days[0].Name));
        Assert.Equal(("s", "0.269566299", "0"), ("s", days[0].Manifest!.Note(MarketNotes.UntrustedSeconds), days[1].Manifest!.Note(MarketNotes.UntrustedSeconds)));
        Assert.All(days, d => Assert.True(d.Info.Sealed));
    }

    [Fact]
    public void Run_SameFilesAgain_ChangesNothingAndTellsTheSame()
    {
        var first = bench.Import("NEXOUSDT", Samples.Nexo);
        var content = bench.Content();
        foreach (var files in (string[][])[Samples.Nexo, [Samples.Nexo[1]], [Samples.Nexo[1], Samples.Nexo[0]]])
        {
            var again = bench.Import("NEXOUSDT", files);
            Assert.True(again.AlreadyStored);
            Assert.Equal(first.ToNote(), (again with { AlreadyStored = false }).ToNote());
        }

        Assert.Equal(content, bench.Content());
    }

    [Fact]
    public void Run_SameFilesIntoAnotherStore_GivesTheSameBytes()
    {
        using var other = new ImportBench();
        bench.Import("NEXOUSDT", Samples.Nexo);
        other.Import("NEXOUSDT", Samples.Nexo[1], Samples.Nexo[0]);
        Assert.Equal(bench.Content(), other.Content());
    }

    [Fact]
    public void Run_SecondFileLater_ContinuesTheStoredRecording()
    {
        bench.Import("NEXOUSDT", Samples.Nexo[0]);
        var report = bench.Import("NEXOUSDT", Samples.Nexo);
        Assert.StartsWith("market/NEXOUSDT/2024-07-23/", report.ContinuedFrom, StringComparison.Ordinal);
        Assert.Contains(report.Warnings, w => w.Contains("1 of 2 files are stored already", StringComparison.Ordinal));
        Assert.Equal((66_994L, 68_182L, 0L), (report.DepthDiffs, report.DiffsApplied, report.Gaps));
        var end = bench.Fold(bench.Days("NEXOUSDT")[^1].Name).Tracker;
        Assert.Equal((310, 815, "320795.69", "329761.84"), Totals(end.Book));

        // Both are known now, as two recordings.
        var again = bench.Import("NEXOUSDT", Samples.Nexo);
        Assert.True(again.AlreadyStored);
        Assert.Equal((114_078L, 68_182L), (again.Lines, again.DepthDiffs));
    }

    [Fact]
    public void Run_SecondFileAlone_HasNoBookAndSaysSo()
    {
        var report = bench.Import("NEXOUSDT", Samples.Nexo[1]);
        Assert.Equal(("Buffering", 0L), (report.BookState, report.DiffsApplied));
        Assert.Contains(report.Warnings, w => w.Contains("the book was never built", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_FileBeforeOrInsideStoredOnes_IsRefusedWithWhatToDo()
    {
        bench.Import("NEXOUSDT", Samples.Nexo[1]);
        var content = bench.Content();
        var earlier = Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", Samples.Nexo[0]));
        Assert.Contains("earlier than the stored recording", earlier.Message, StringComparison.Ordinal);
        Assert.Contains("--store", earlier.Message, StringComparison.Ordinal);

        var inside = bench.File(Samples.Lines(Samples.Nexo[1]).Skip(1_000).Take(500));
        Assert.Contains("inside the stored recording", Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", inside)).Message, StringComparison.Ordinal);

        var longer = bench.File(Samples.Lines(Samples.Nexo[1]).Take(50_000));
        Assert.Contains("begins with the same lines", Assert.Throws<ImportException>(() => bench.Import("NEXOUSDT", longer)).Message, StringComparison.Ordinal);
        Assert.Equal(content, bench.Content());
    }

    [Fact]
    public void Run_Stopped_LeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new Importer(bench.Store, new ImportOptions()).Run(
            Samples.Nexo, "NEXOUSDT", (what, done, total) => stop.Cancel(), stop.Token));
        Assert.Empty(bench.Content());
        Assert.Empty(Directory.GetFiles(bench.Store.Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_PublishingWasInterrupted_TheNextImportCompletesIt()
    {
        bench.Import("NEXOUSDT", Samples.Nexo);
        var content = bench.Content();
        var second = Path.Combine(bench.Store.Root, bench.Days("NEXOUSDT")[1].Name.Value);
        Directory.Delete(second, recursive: true);
        var report = bench.Import("NEXOUSDT", Samples.Nexo);
        Assert.False(report.AlreadyStored);
        Assert.Equal(content, bench.Content());
    }

    [Fact]
    public void Run_InterruptedImportLeftAnotherDay_IsRefused()
    {
        var lines = Samples.Lines(Samples.Btc).ToArray();
        var original = bench.File(lines);
        bench.Import("BTCUSDT", original);
        Directory.Delete(Path.Combine(bench.Store.Root, bench.Days("BTCUSDT")[1].Name.Value), recursive: true);
        lines[5_000] = lines[5_000].Replace("\"q\":\"0.", "\"q\":\"7.", StringComparison.Ordinal).Replace("\"B\":\"", "\"B\":\"7", StringComparison.Ordinal);
        var changed = bench.File(lines);
        Assert.Contains("left by an interrupted import", Assert.Throws<ImportException>(() => bench.Import("BTCUSDT", changed)).Message, StringComparison.Ordinal);
    }

    private static string NaiveText(BookFold fold) => $"{fold.Tracker.State} {fold.Tracker.LastUpdateId} {fold.Tracker.DiffsApplied} {Projections.Books.NaiveBook.Describe(fold.Tracker.Book)}";

    private static (string, string, string, string) Best(OrderBook book) =>
        (FixedPoint.Format(book.Bids.BestPrice, Scale.Eight), FixedPoint.Format(book.Bids.BestQuantity, Scale.Eight), FixedPoint.Format(book.Asks.BestPrice, Scale.Eight), FixedPoint.Format(book.Asks.BestQuantity, Scale.Eight));

    private static (int, int, string, string) Totals(OrderBook book) =>
        (book.Bids.Count, book.Asks.Count, FixedPoint.Format(book.Bids.TotalQuantity(), 8), FixedPoint.Format(book.Asks.TotalQuantity(), 8));
}
