using System.Diagnostics;
using EventSourcedMM.Live.Telemetry;

namespace EventSourcedMM.Live.Connections;

/// <summary>A book that is kept from diffs and needs a snapshot to begin with, and after every hole.</summary>
public interface IBookToSync
{
    /// <summary>Symbol in capitals.</summary>
    string Symbol { get; }

    /// <summary>True while a connection is up and the book does not follow it.</summary>
    bool NeedsSnapshot { get; }

    /// <summary>True when a diff has come that a snapshot can be joined to.</summary>
    bool HasDiffs { get; }

    /// <summary>A snapshot came: the body of GET /api/v3/depth.</summary>
    void OnSnapshot(byte[] body);

    /// <summary>There is no snapshot this time: the venue refused, failed, or did not answer.</summary>
    void OnSnapshotFailed(Exception failure);

    /// <summary>A snapshot is asked for later, because of the weight budget.</summary>
    void OnSnapshotHeld(HeldRequest held);
}

/// <summary>
/// Brings a book back after a hole by the venue's procedure (web-socket-streams.md, "How to manage a local order book
/// correctly"): the first diff is waited for, then a snapshot is asked for until one joins the diffs. One that is older
/// than the diffs is refused by the book, and asked for again with growing waits.
/// </summary>
public sealed class BookResync(IBookToSync book, RestClient rest, Clock clock, SemaphoreSlim turns, ulong seed)
{
    // A quiet symbol may have no diff for long: then a snapshot alone is the better book.
    private static readonly TimeSpan DiffTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly BackOff backOff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), seed);
    private readonly SemaphoreSlim wakeUp = new(0);

    /// <summary>The book may need a snapshot: it is looked at. Cheap and safe from any thread.</summary>
    public void Wake()
    {
        if (wakeUp.CurrentCount == 0)
        {
            wakeUp.Release();
        }
    }

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await wakeUp.WaitAsync(ct).ConfigureAwait(false);
                while (book.NeedsSnapshot)
                {
                    await AskAsync(ct).ConfigureAwait(false);
                }

                backOff.Reset();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the capture.
        }
    }

    private async Task AskAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (book.NeedsSnapshot && !book.HasDiffs && clock.GetElapsedTime(began) < DiffTime)
        {
            await Task.Delay(Look, clock, ct).ConfigureAwait(false);
        }

        if (!book.NeedsSnapshot)
        {
            return;
        }

        // One after the other: fifty books after a cut would otherwise ask at once.
        await turns.WaitAsync(ct).ConfigureAwait(false);
        using var activity = LiveTelemetry.Source.StartActivity("snapshot")?.SetTag("symbol", book.Symbol);
        try
        {
            book.OnSnapshot(await rest.SnapshotAsync(book.Symbol, VenueRest.DeepestSnapshot, ct, book.OnSnapshotHeld).ConfigureAwait(false));
        }
        catch (Exception e) when (e is VenueRefusedException or VenueOutOfReachException)
        {
            activity?.SetStatus(ActivityStatusCode.Error);
            book.OnSnapshotFailed(e);
        }
        finally
        {
            turns.Release();
        }

        if (book.NeedsSnapshot)
        {
            await Task.Delay(backOff.Next(), clock, ct).ConfigureAwait(false);
        }
    }
}
