using EventSourcedMM.Stores;
using NodaTime;

namespace EventSourcedMM.Replay.Days;

/// <summary>The stored days of symbols, and which of them a window needs.</summary>
public sealed class MarketDays(StoreSet stores)
{
    /// <summary>Symbols that have a stored day, in ordinal order.</summary>
    public IReadOnlyList<string> Symbols() => [.. stores.List("market/").Select(s => s.Name.Parts[1]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Stored days of a symbol, by day and recording.</summary>
    public IReadOnlyList<StoredDay> Of(string symbol)
    {
        var days = new List<StoredDay>();
        foreach (var (store, name) in stores.List($"market/{symbol}/"))
        {
            if (store.FindAsync(name).AsTask().GetAwaiter().GetResult() is { } info)
            {
                days.Add(new StoredDay(store, name, info, store.ReadManifest(name)));
            }
        }

        return days;
    }

    /// <summary>
    /// The days of one recording that cover a window. Where several recordings do, the one with the fewest untrusted
    /// seconds is taken, then the one that covers most, then the first by name.
    /// </summary>
    /// <param name="symbol">Symbol.</param>
    /// <param name="from">First receive stamp of the window.</param>
    /// <param name="to">First receive stamp after it.</param>
    /// <param name="recording">A recording to use, or null to choose.</param>
    /// <exception cref="NoSuchDayException">Nothing is stored for the window; lists what is.</exception>
    public DaySelection Select(string symbol, long from, long to, string? recording)
    {
        var all = Of(symbol);
        var groups = all
            .Where(d => d.Info.LastTime >= from && d.Info.FirstTime < to && (recording is null || d.Recording == recording))
            .GroupBy(d => d.Recording)
            .Select(g => (Recording: g.Key, Days: g.OrderBy(d => d.Day, StringComparer.Ordinal).ToArray()))
            .OrderBy(g => g.Days.Sum(d => d.UntrustedSeconds ?? double.MaxValue))
            .ThenByDescending(g => g.Days.Sum(d => Math.Min(d.Info.LastTime, to) - (double)Math.Max(d.Info.FirstTime, from)))
            .ThenBy(g => g.Recording, StringComparer.Ordinal)
            .ToArray();
        if (groups.Length == 0)
        {
            throw new NoSuchDayException(Describe(symbol, all, recording));
        }

        var others = groups.Length == 1
            ? ""
            : $"{groups.Length} recordings cover the window; taking {groups[0].Recording} with {groups[0].Days.Sum(d => d.UntrustedSeconds ?? 0):0.###} untrusted seconds (--recording chooses among {string.Join(", ", groups.Select(g => g.Recording))}).";
        return new DaySelection(groups[0].Recording, groups[0].Days, others);
    }

    private string Describe(string symbol, IReadOnlyList<StoredDay> days, string? recording)
    {
        const string how = "mm import FILE… --symbol S stores a recording, mm capture makes one.";
        if (days.Count == 0)
        {
            var symbols = Symbols();
            return symbols.Count == 0
                ? $"Nothing is stored for {symbol}, nor for any other symbol. {how}"
                : $"Nothing is stored for {symbol}; there are days of {string.Join(", ", symbols)}. {how}";
        }

        var list = string.Join("\n", days.Select(d => $"  {d.Day} UTC  {Time(d.Info.FirstTime)} to {Time(d.Info.LastTime)}  {d.Info.Version} events  recording {d.Recording}"));
        var which = recording is null ? "in that window" : $"of recording {recording} in that window";
        return $"There is no day of {symbol} {which}. Stored:\n{list}\n{how}";
    }

    private static string Time(long time) =>
        NodaTime.Text.InstantPattern.General.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));
}

/// <summary>Days that a window needs.</summary>
/// <param name="Recording">Their recording.</param>
/// <param name="Days">In order.</param>
/// <param name="Note">Why this recording, when there was a choice; empty otherwise.</param>
public sealed record DaySelection(string Recording, IReadOnlyList<StoredDay> Days, string Note);

/// <summary>No stored day for a window; the message lists what there is and how to get one.</summary>
public sealed class NoSuchDayException(string what) : Exception(what);
