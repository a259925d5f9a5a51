using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>
/// docs/cli.md, "mm days", word for word: each day's time with a Synced book and without, by the receive stamps, from the
/// first line, or from midnight where the day before goes on, to the last line, or to midnight where the next day goes on.
/// </summary>
public sealed class NaiveTrust
{
    private const long PerDay = 86_400_000_000_000;

    private readonly NaiveBook book = new();
    private readonly SortedDictionary<long, (long Trusted, long Untrusted)> days = [];
    private long day;
    private long now;

    /// <summary>Nanoseconds of each UTC day, by its count since the epoch.</summary>
    public IReadOnlyDictionary<long, (long Trusted, long Untrusted)> Days => days;

    /// <summary>The next line of the recording.</summary>
    public void Add(MarketLine line)
    {
        if (days.Count == 0)
        {
            (day, now) = (line.Stamp / PerDay, line.Stamp);
            days.Add(day, default);
        }
        else if (line.Stamp / PerDay > day)
        {
            Pass((day + 1) * PerDay);
            day = line.Stamp / PerDay;
            now = day * PerDay;
            days.Add(day, default);
            book.Midnight();
        }

        Pass(line.Stamp);
        switch (line)
        {
            case DiffLine diff:
                book.Apply(diff);
                break;
            case SnapshotLine snapshot:
                book.Apply(snapshot);
                break;
            case PartialLine partial:
                book.Apply(partial);
                break;
            default:
                break;
        }
    }

    // A stamp that runs backwards passes no time.
    private void Pass(long to)
    {
        var passed = Math.Max(0, to - now);
        now += passed;
        var (trusted, untrusted) = days[day];
        days[day] = book.State == BookState.Synced ? (trusted + passed, untrusted) : (trusted, untrusted + passed);
    }
}
