using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Days;

/// <summary>The book of a recording at any moment: a stored day is folded from its start up to there.</summary>
/// <param name="Day">The day it was folded from.</param>
/// <param name="Book">The book, with sequence and stamp of the last event folded.</param>
public sealed record BookAt(StoredDay Day, BookFold Book)
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
        return new BookAt(day, Fold(day, header => header.ReceiveTime <= time));
    }

    /// <summary>The book after an event of a day.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The day does not have the event.</exception>
    public static BookAt Sequence(StoredDay day, long sequence)
    {
        if (sequence < 1 || sequence > day.Info.Version)
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"{day.Name} has events 1 to {day.Info.Version}.");
        }

        return new BookAt(day, Fold(day, header => header.Sequence <= sequence));
    }

    /// <summary>The book at the end of a day.</summary>
    public static BookAt End(StoredDay day) => new(day, Fold(day, _ => true));

    private static BookFold Fold(StoredDay day, Predicate<EventHeader> until)
    {
        var fold = new BookFold();
        var arena = new LevelArena();
        using var source = new UpcastSource(day.Store.OpenSource(day.Name));
        while (source.Read(out var header, out var payload))
        {
            if (!until(header))
            {
                break;
            }

            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref fold);
        }

        return fold;
    }
}
