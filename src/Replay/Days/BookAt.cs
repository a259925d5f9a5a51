using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Days;

/// <summary>
/// The book of a recording at any moment: a stored day is folded up to there, from its start or from a book that was kept
/// when somebody folded past it before (<see cref="BookSnapshots"/>).
/// </summary>
/// <param name="Day">The day it was folded from.</param>
/// <param name="Book">The book, with sequence and stamp of the last event folded.</param>
/// <param name="From">First event that had to be folded; 1 when no kept book helped.</param>
public sealed record BookAt(StoredDay Day, BookFold Book, long From = 1)
{
    /// <summary>The book at a time: after the last event before the first one with a later stamp.</summary>
    /// <param name="days">Stored days.</param>
    /// <param name="symbol">Symbol.</param>
    /// <param name="time">Nanoseconds since the epoch.</param>
    /// <param name="recording">A recording to use, or null to choose.</param>
    /// <exception cref="NoSuchDayException">No recording spans the time; lists what is stored.</exception>
    public static BookAt Time(MarketDays days, string symbol, long time, string? recording)
    {
        // A recording spans the time between two of its days, too: after one's last event, before the other's first.
        var day = days.Of(symbol)
            .Where(d => recording is null || d.Recording == recording)
            .GroupBy(d => d.Recording)
            .Where(g => g.Min(d => d.Info.FirstTime) <= time && g.Max(d => d.Info.LastTime) >= time)
            .Select(g => g.Where(d => d.Info.FirstTime <= time).MaxBy(d => d.Info.FirstTime)!)
            .OrderBy(d => d.UntrustedSeconds ?? double.MaxValue)
            .ThenBy(d => d.Recording, StringComparer.Ordinal)
            .FirstOrDefault();

        // Nothing spans it: the selection of the instant's window says what there is.
        day ??= days.Select(symbol, time, time + 1, recording).Days[^1];
        return Fold(day, long.MaxValue, time);
    }

    /// <summary>The book after an event of a day.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The day does not have the event.</exception>
    public static BookAt Sequence(StoredDay day, long sequence)
    {
        if (sequence < 1 || sequence > day.Info.Version)
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"{day.Name} has events 1 to {day.Info.Version}.");
        }

        return Fold(day, sequence, long.MaxValue);
    }

    /// <summary>The book at the end of a day.</summary>
    public static BookAt End(StoredDay day) => Fold(day, long.MaxValue, long.MaxValue);

    /// <summary>The book before the first event beyond either limit.</summary>
    internal static BookAt Fold(StoredDay day, long lastSequence, long lastTime, int spacing = BookSnapshots.DefaultSpacing)
    {
        var snapshots = BookSnapshots.Of(day, spacing);
        var kept = snapshots?.Before(lastSequence, lastTime);
        var fold = kept?.Book ?? new BookFold();
        var latest = kept?.Latest ?? long.MinValue;
        var from = fold.Sequence + 1;
        var arena = new LevelArena();
        using var source = new UpcastSource(day.Store.OpenSource(day.Name, from));
        while (source.Read(out var header, out var payload))
        {
            if (header.Sequence > lastSequence || header.ReceiveTime > lastTime)
            {
                break;
            }

            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref fold);
            latest = Math.Max(latest, header.ReceiveTime);
            snapshots?.Keep(fold, latest, header);
        }

        return new BookAt(day, fold, from);
    }
}
