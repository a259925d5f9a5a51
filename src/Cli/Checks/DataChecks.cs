using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Checks;

/// <summary>Component data: records for a while, as mm capture does, and reports what is missing.</summary>
public static class DataChecks
{
    // A level beyond the snapshot's reach is unknown until it changes (docs/data.md): a few best quotes may tell of one.
    private const double LeastAgreement = 0.995;

    /// <summary>Runs them; what is recorded is thrown away.</summary>
    public static async Task RunAsync(CheckContext context, CancellationToken ct)
    {
        context.Progress(FormattableString.Invariant($"data: recording {string.Join(", ", context.Symbols)} for {context.Length.TotalMinutes:0.#} min"));
        var folder = Directory.CreateTempSubdirectory("mm-test-");
        try
        {
            await using var store = new JournalStore(folder.FullName, WallClock.Timers);
            using var session = await CaptureSession.StartAsync(new CaptureOptions { Symbols = context.Symbols, Endpoint = context.Endpoint }, store, context.Clock, context.Progress, ct);
            using var time = new CancellationTokenSource(context.Length, context.Clock);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, time.Token);
            var report = await session.RunAsync(() => "the test is over", stop.Token);
            ct.ThrowIfCancellationRequested();
            context.Report("data", "connection", report.Losses == 0, $"lost {report.Losses} times, {report.FailedConnections} attempts failed", "the line is not stable: mm capture goes on, but the book is away each time");
            foreach (var symbol in report.Symbols)
            {
                Report(context, report, symbol);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Report(CheckContext context, CaptureReport report, SymbolReport symbol)
    {
        var counts = symbol.Counts;
        var holes = report.Holes.Count(h => h.Symbol == symbol.Symbol);
        context.Report("data", $"{symbol.Symbol} recorded", counts.DepthDiffs > 0, $"{counts.DepthDiffs:N0} diffs, {counts.Trades:N0} trades, {counts.BookTickers:N0} best quotes, {counts.Malformed} malformed", "no diff came: the symbol may not trade now");
        context.Report("data", $"{symbol.Symbol} holes", symbol.Gaps == 0 && symbol.MissingTrades == 0 && holes == 0, $"{symbol.Gaps} in the diffs, {symbol.MissingTrades} trades missing, {holes} holes listed", "messages are lost between the venue and here: look at the line, then run it longer");
        context.Report("data", $"{symbol.Symbol} book", symbol.Book == BookState.Synced && symbol.QuotesMatched >= LeastAgreement * symbol.QuotesChecked, $"{symbol.Book}, {symbol.QuotesMatched:N0} of {symbol.QuotesChecked:N0} best quotes agree", "the book and the venue's best quotes differ: record it with mm capture and look at mm book");
    }
}
