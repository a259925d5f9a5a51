using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using NodaTime;

namespace EventSourcedMM.Replay.Days;

/// <summary>The stored days of symbols, and which of them a window needs.</summary>
/// <param name="stores">Where they are.</param>
/// <param name="damaged">Told once what is damaged of a day that is left out for it; null to fail at it.</param>
public sealed class MarketDays(StoreSet stores, Action<string>? damaged = null)
{
    private readonly HashSet<string> leftOut = new(StringComparer.Ordinal);

    // A window is covered when the recording misses less than this of it.
    private const double Covered = 60;

    /// <summary>Symbols that have a stored day, in ordinal order.</summary>
    public IReadOnlyList<string> Symbols() => [.. stores.List("market/").Select(s => s.Name.Parts[1]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Stored days of a symbol, by day and recording; of copies the one in the first store.</summary>
    public IReadOnlyList<StoredDay> Of(string symbol) => First(Copies(symbol));

    /// <summary>The same for a list: a day that is damaged does not keep the others from being listed.</summary>
    /// <param name="symbol">Symbol.</param>
    /// <param name="unreadable">Given the days that cannot be read.</param>
    public IReadOnlyList<StoredDay> Of(string symbol, ICollection<DamagedDay> unreadable) => First(Copies(symbol, unreadable));

    private static IReadOnlyList<StoredDay> First(List<StoredDay> copies) =>
        [.. copies.GroupBy(d => d.Name.Value).Select(g => g.First()).OrderBy(d => d.Name.Value, StringComparer.Ordinal)];

    /// <summary>
    /// The days that cover a window: one recording's, and those that continue it, all from one store. Where there is a
    /// choice, the one with the fewest seconds of the window unrecorded or untrusted is taken, then the one in the first
    /// store, then the first by name.
    /// </summary>
    /// <param name="symbol">Symbol.</param>
    /// <param name="from">First receive stamp of the window.</param>
    /// <param name="to">First receive stamp after it.</param>
    /// <param name="recording">A recording to use, or null to choose.</param>
    /// <exception cref="NoSuchDayException">Nothing is stored for the window; lists what is.</exception>
    public DaySelection Select(string symbol, long from, long to, string? recording)
    {
        var copies = Copies(symbol);
        var candidates = Chains(copies)
            .Where(c => recording is null || c.Exists(d => d.Recording == recording))
            .Select(c => c.FindAll(d => d.Info.LastTime >= from && d.Info.FirstTime < to))
            .Where(c => c.Count > 0)
            .ToArray();
        if (candidates.Length == 0)
        {
            throw new NoSuchDayException(Describe(symbol, recording));
        }

        // An open window reaches from the first to the last thing recorded of it.
        var first = from > long.MinValue ? from : candidates.Min(c => c[0].Info.FirstTime);
        var last = to < long.MaxValue ? to : candidates.Max(c => c[^1].Info.LastTime);
        var best = candidates.MinBy(c => Missing(c, first, last) + c.Sum(d => d.UntrustedSeconds ?? 0))!;
        return new DaySelection(best[^1].Recording, best, Note(candidates, best, first, last, from > long.MinValue || to < long.MaxValue));
    }

    // Seconds of the window that the days do not reach.
    private static double Missing(List<StoredDay> days, long from, long to) =>
        (Math.Max(0, (double)days[0].Info.FirstTime - from) + Math.Max(0, (double)to - days[^1].Info.LastTime)) / Nanoseconds.PerSecond;

    private static string Note(List<StoredDay>[] candidates, List<StoredDay> best, long from, long to, bool bounded)
    {
        var notes = new List<string>();
        var names = candidates.Select(c => string.Join('+', c.Select(d => d.Recording).Distinct())).Distinct().ToArray();
        if (names.Length > 1)
        {
            notes.Add($"{names.Length} recordings reach into the window ({string.Join(", ", names)}); taking {best[^1].Recording}, which misses least of it. --recording chooses.");
        }

        var missing = Missing(best, from, to);
        if (bounded && missing > Covered)
        {
            notes.Add(FormattableString.Invariant($"The recording reaches from {Time(best[0].Info.FirstTime)} to {Time(best[^1].Info.LastTime)}: {missing / 3600:0.00} hours of the window are not recorded."));
        }

        return string.Join('\n', notes);
    }

    private List<StoredDay> Copies(string symbol, ICollection<DamagedDay>? unreadable = null)
    {
        var days = new List<StoredDay>();
        foreach (var (store, name) in stores.ListCopies($"market/{symbol}/"))
        {
            try
            {
                if (store.FindAsync(name).AsTask().GetAwaiter().GetResult() is { } info)
                {
                    days.Add(new StoredDay(store, name, info, store.ReadManifest(name)));
                }
            }
            catch (Exception e) when (unreadable is not null && e is (StreamDamagedException or TornTailException or InvalidDataException or IOException or CanonicalFormatException or UnknownEventException))
            {
                unreadable.Add(new DamagedDay(name, e.Message));
            }
            catch (StreamDamagedException e) when (damaged is not null)
            {
                if (leftOut.Add($"{store.Place} {name}"))
                {
                    damaged($"{name} is left out: {e.Message}");
                }
            }
        }

        return days;
    }

    // Days that follow from one another without a hole: the next says which stream it continues and at which sequence.
    private static List<List<StoredDay>> Chains(List<StoredDay> days)
    {
        var chains = new List<List<StoredDay>>();
        foreach (var store in days.GroupBy(d => d.Store))
        {
            var open = new List<List<StoredDay>>();
            foreach (var day in store.OrderBy(d => d.Info.FirstTime).ThenBy(d => d.Name.Value, StringComparer.Ordinal))
            {
                var start = day.ReadStart();
                var chain = open.Find(c => c[^1].Name.Value == start.ContinuedFrom && c[^1].Info.Version == start.ContinuedFromSequence);
                if (chain is null)
                {
                    open.Add([day]);
                }
                else
                {
                    chain.Add(day);
                }
            }

            chains.AddRange(open);
        }

        return chains;
    }

    private string Describe(string symbol, string? recording)
    {
        const string how = "mm import FILE… --symbol S stores a recording.";
        var days = Of(symbol);
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
/// <param name="Recording">The recording they end with.</param>
/// <param name="Days">In order, each continuing the one before.</param>
/// <param name="Note">What the user should know of the choice and of what is missing; empty when there is nothing.</param>
public sealed record DaySelection(string Recording, IReadOnlyList<StoredDay> Days, string Note);

/// <summary>A stored day that cannot be read.</summary>
/// <param name="Name">Its stream: market/symbol/day/recording.</param>
/// <param name="Damage">What is wrong, in words.</param>
public sealed record DamagedDay(StreamName Name, string Damage);

/// <summary>No stored day for a window; the message lists what there is and how to get one.</summary>
public sealed class NoSuchDayException(string what) : Exception(what);
