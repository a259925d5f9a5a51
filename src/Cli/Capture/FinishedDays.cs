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
    /// <summary>False for today: the day of a capture that merely ends may go on.</summary>
    public bool IsOver(StreamName day) => string.CompareOrdinal(day.Parts[2], UtcDay.NameOf(clock.Now)) < 0;

    /// <summary>
    /// What earlier captures of the symbols left sealed in the journal and is over: the last day of each, what was sealed for one
    /// that was killed, and what was not archived in time. Imported recordings stay where they are.
    /// </summary>
    public IReadOnlyList<StreamName> Earlier(IReadOnlyList<string> symbols) =>
    [
        .. symbols
            .SelectMany(symbol => MarketCatalog.Of(store, symbol, LeaveOut))
            .Where(d => d.Manifest is not null && d.Recording.Contains("-live", StringComparison.Ordinal) && store.HasJournal(d.Name) && IsOver(d.Name))
            .Select(d => d.Name),
    ];

    // Whoever begins the recording says what is damaged.
    private static void LeaveOut(StreamName day, StreamDamagedException e)
    {
    }

    /// <summary>Archives a sealed day. What fails, or is stopped, leaves it whole in the journal and says so.</summary>
    public void Archive(StreamName day, CancellationToken stop)
    {
        string told;
        try
        {
            stop.ThrowIfCancellationRequested();
            var archived = new StreamArchiver(store, new ArchiveOptions { CompressionLevel = ArchiveOptions.BackgroundLevel }).Archive(day, stop);
            store.RemoveArchivedJournal(day, archived);
            told = $"{day} is archived in {archived.Path}";
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            told = $"{day} stays in the journal: the end came first; the next mm capture of {day.Parts[1]} archives it, or mm archive.";
        }
        catch (Exception e)
        {
            // Whatever it is, the day is whole and sealed in the journal, and recording is worth more than archiving.
            told = $"{day} stays in the journal: {e.Message} mm archive tries again.";
        }

        lock (terminal)
        {
            terminal.Note(told);
        }
    }
}
