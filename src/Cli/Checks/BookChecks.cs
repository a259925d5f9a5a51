using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Instruments;

namespace EventSourcedMM.Cli.Checks;

/// <summary>Component book: a book kept from diffs against fresh snapshots, level by level.</summary>
public static class BookChecks
{
    private const int Comparisons = 5;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Runs them.</summary>
    public static async Task RunAsync(CheckContext context, CancellationToken ct)
    {
        var info = await context.AskAsync(() => context.Rest.ExchangeInfoAsync(context.Symbols, ct), ct);
        foreach (var symbol in context.Symbols)
        {
            var instrument = InstrumentJson.Read(info, symbol, "exchangeInfo", InstrumentSource.ExchangeInfo)!;
            await RunAsync(context, new LiveBook(instrument), ct);
        }
    }

    private static async Task RunAsync(CheckContext context, LiveBook book, CancellationToken ct)
    {
        context.Progress($"book: following {book.Symbol} and comparing it with {Comparisons} fresh snapshots");
        await using var connection = await StreamConnection.OpenAsync(1, context.Endpoint, [CaptureStreams.Of(book.Symbol, CaptureStream.Depth)], context.Clock, book, TimeSpan.FromHours(23), ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var resync = new BookResync(book, context.Rest, context.Clock, new SemaphoreSlim(1), 1);
        book.OnLost = resync.Wake;
        var running = resync.RunAsync(stop.Token);
        connection.Start();
        resync.Wake();
        var began = context.Clock.GetTimestamp();
        await WaitAsync(context, () => !book.NeedsSnapshot, ct);
        context.Report("book", $"{book.Symbol} in step", !book.NeedsSnapshot, $"{book.State} after {context.Clock.GetElapsedTime(began).TotalSeconds:0.0} s", "no snapshot joins the diffs: the way to REST is much slower than the stream, or 429 is answered");
        var levels = 0;
        var different = 0;
        var done = 0;
        for (var i = 0; i < Comparisons && !book.NeedsSnapshot; i++)
        {
            if (await CompareAsync(context, book, ct) is { } compared)
            {
                done++;
                levels += compared.Levels;
                different += compared.Different;
            }

            await Task.Delay(context.AtMost(Between), context.Clock, ct);
        }

        context.Report("book", $"{book.Symbol} against REST", done > 0 && different == 0, $"{different} of {levels:N0} levels differ in {done} comparisons, {book.Gaps} gaps", "the book is not the venue's: capture it with mm capture and report it with the recording");
        await connection.CloseAsync();
        await stop.CancelAsync();
        await running;
    }

    private static async Task<BookComparison?> CompareAsync(CheckContext context, LiveBook book, CancellationToken ct)
    {
        book.BeginComparison();
        try
        {
            book.CompareWith(await context.AskAsync(() => context.Rest.SnapshotAsync(book.Symbol, VenueRest.DeepestSnapshot, ct), ct));
        }
        catch (VenueRefusedException)
        {
            return null;
        }

        await WaitAsync(context, () => book.Compared is not null, ct);
        return book.Compared;
    }

    private static async Task WaitAsync(CheckContext context, Func<bool> isSo, CancellationToken ct)
    {
        var began = context.Clock.GetTimestamp();
        var longest = context.Clock.Patience(Longest);
        while (!isSo() && context.Clock.GetElapsedTime(began) < longest)
        {
            await Task.Delay(Look, WallClock.Timers, ct);
        }
    }
}
