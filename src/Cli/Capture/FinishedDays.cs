using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Cli.Capture;

/// <summary>Moves the days of captures into the archive when they are over; they are read from there as before.</summary>
/// <param name="store">Where they lie.</param>
/// <param name="clock">Says which day is today.</param>
/// <param name="terminal">Told what was archived, and what was not and why.</param>
internal sealed class FinishedDays(JournalStore store, Clock clock, Terminal terminal)
{
    /// <summary>Archives a sealed day, unless it is today's: the day of a capture that merely ends may go on.</summary>
    public void Archive(StreamName day) => Archive(day, default);

    /// <summary>
    /// Archives what earlier captures of the symbols left sealed in the journal: the last day of each, and what was sealed
    /// for one that was killed. Imported recordings stay where they are. Ends when that is done or cancelled.
    /// </summary>
    public Task ArchiveEarlierAsync(IReadOnlyList<string> symbols, CancellationToken ct)
    {
        // Named before anything of this capture is sealed: each day is archived once.
        var left = symbols
            .SelectMany(symbol => MarketCatalog.Of(store, symbol))
            .Where(d => d.Manifest is not null && d.Recording.Contains("-live", StringComparison.Ordinal) && store.HasJournal(d.Name))
            .Select(d => d.Name)
            .ToArray();
        return Task.Run(
            () =>
            {
                foreach (var day in left)
                {
                    if (ct.IsCancellationRequested)
                    {
                        return;
                    }

                    Archive(day, ct);
                }
            },
            CancellationToken.None);
    }

    private void Archive(StreamName day, CancellationToken ct)
    {
        if (string.CompareOrdinal(day.Parts[2], UtcDay.NameOf(clock.Now)) >= 0)
        {
            return;
        }

        string told;
        try
        {
            var archived = new StreamArchiver(store, new ArchiveOptions { CompressionLevel = ArchiveOptions.BackgroundLevel }).Archive(day, ct);
            store.RemoveArchivedJournal(day);
            told = $"{day} is archived in {archived.Path}";
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            told = $"{day} stays in the journal: the capture ended first; the next one, or mm archive, archives it.";
        }
        catch (Exception e) when (e is ArchiveException or IOException or UnauthorizedAccessException or InvalidOperationException or StreamDamagedException or StreamLockedException)
        {
            // The day is whole and sealed in the journal: the capture goes on.
            told = $"{day} stays in the journal: {e.Message} mm archive tries again.";
        }

        lock (terminal)
        {
            terminal.Note(told);
        }
    }
}
