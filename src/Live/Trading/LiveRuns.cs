using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Live.Trading;

/// <summary>The live runs of a store: which one goes on, and what a new one is called.</summary>
internal static class LiveRuns
{
    private const string LossDay = "lossDay";

    private static readonly InstantPattern Second = InstantPattern.Create("uuuuMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The unfinished run of a mode and what is stored of each of its symbols; null when there is none.</summary>
    /// <exception cref="LiveRunException">There are several.</exception>
    public static (string Name, IReadOnlyDictionary<string, RecordedRun> Symbols)? Unfinished(JournalStore store, LiveMode mode)
    {
        var runs = new SortedDictionary<string, SortedDictionary<string, RecordedRun>>(StringComparer.Ordinal);
        foreach (var name in store.ListAsync($"run/{mode.Name()}-").ToBlockingEnumerable())
        {
            if (store.ReadManifest(name) is null && RecordedRun.Read(store, name) is { } stored && stored.Started.Kind == mode.Name())
            {
                if (!runs.TryGetValue(name.Parts[1], out var symbols))
                {
                    runs.Add(name.Parts[1], symbols = new(StringComparer.Ordinal));
                }

                symbols.Add(name.Parts[2], stored);
            }
        }

        return runs.Count switch
        {
            0 => null,
            1 => (runs.First().Key, runs.First().Value),
            _ => throw new LiveRunException($"{runs.Count} {mode.Name()} runs are unfinished in {store.Root}: {string.Join(", ", runs.Keys)}. --new ends them as they are and starts another one."),
        };
    }

    /// <summary>Seals the unfinished runs of a mode as they are.</summary>
    public static void Abandon(JournalStore store, LiveMode mode, string engineVersion, Action<string> note)
    {
        foreach (var name in store.ListAsync($"run/{mode.Name()}-").ToBlockingEnumerable().ToArray())
        {
            if (store.ReadManifest(name) is not null)
            {
                continue;
            }

            using var writer = store.OpenWriter(name, Stores.Durability.OnClose);
            if (writer.Version > 0)
            {
                var loss = RecordedRun.Read(store, name)?.LossDay ?? 0;
                writer.Seal(engineVersion, [new("kind", mode.Name()), new("abandoned", "true"), .. LossNote(loss)]);
                note($"{name} was left unfinished: sealed with its {writer.Version} events");
            }
        }
    }

    /// <summary>The note by which a day's loss outlives its run; none for day 0.</summary>
    public static IEnumerable<KeyValuePair<string, string>> LossNote(long day) =>
        day == 0 ? [] : [new(LossDay, day.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Refuses a new run of a symbol that lost its day's limit already.</summary>
    /// <exception cref="LiveRunException">Names the run that did.</exception>
    public static void RequireNoLossToday(JournalStore store, LiveMode mode, string symbol, long now)
    {
        var today = Nanoseconds.DayOf(now).ToString(CultureInfo.InvariantCulture);
        foreach (var name in store.ListAsync($"run/{mode.Name()}-").ToBlockingEnumerable())
        {
            if (name.Parts[2] == symbol && store.ReadManifest(name)?.Note(LossDay) == today)
            {
                throw new LiveRunException($"{symbol} has lost its stop_loss today (UTC) in run {name.Parts[1]}: no other {mode.Name()} run of it starts before midnight UTC.");
            }
        }
    }

    /// <summary>A name that no run of the store has: its mode and the second it begins.</summary>
    public static string NewName(JournalStore store, LiveMode mode, long time)
    {
        var first = $"{mode.Name()}-{Second.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time))}";
        var name = first;
        for (var number = 2; store.ListAsync($"run/{name}/").ToBlockingEnumerable().Any(); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{first}-{number}");
        }

        return name;
    }

    /// <summary>The market streams that a run has read, in order.</summary>
    /// <exception cref="LiveRunException">The recording that begins now does not go on from them.</exception>
    public static IReadOnlyList<StreamName> Inputs(JournalStore store, RecordedRun run, StreamName? previous)
    {
        var symbol = run.Started.Symbol;
        var first = StreamName.Parse(run.Started.Inputs.Split(' ')[0]);
        var links = store.ListAsync($"market/{symbol}/").ToBlockingEnumerable().Select(n => (n, RecordingChain.ReadStart(store, n)));
        var chain = RecordingChain.Follow(first, links);
        return previous is { } end && chain[^1] == end
            ? chain
            : throw new LiveRunException($"Run {run.Started.Run} read {chain[^1]} last, and what is recorded of {symbol} now does not go on from there (too long ago, or the clock was set back). It cannot go on; --new starts another one.");
    }
}
