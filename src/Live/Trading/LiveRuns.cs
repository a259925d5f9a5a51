using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Live.Trading;

/// <summary>The live runs of a store: which one goes on, and what a new one is called.</summary>
internal static class LiveRuns
{
    private const string LossDay = "lossDay";
    private const string DayRisk = "dayRisk";

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
                IEnumerable<KeyValuePair<string, string>> risk = RecordedRun.Read(store, name) is { } left ? Notes(left.LossDay, left.Risk) : [];
                writer.Seal(engineVersion, [new("kind", mode.Name()), new("abandoned", "true"), .. risk]);
                note($"{name} was left unfinished: sealed with its {writer.Version} events");
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Notes(long lossDay, CarriedRisk risk)
    {
        if (lossDay != 0)
        {
            yield return new(LossDay, lossDay.ToString(CultureInfo.InvariantCulture));
        }

        yield return new(DayRisk, risk.ToString());
    }

    /// <summary>The notes by which a day's loss and its peak outlive their run.</summary>
    public static IEnumerable<KeyValuePair<string, string>> RiskNotes(RiskState risk) =>
        Notes(risk.Halted == HaltReason.StopLoss ? risk.Day : 0, new CarriedRisk(risk.Day, risk.DayPnl, risk.Drawdown));

    /// <summary>What the last run of a symbol that ended today leaves to a new one; nothing of another day.</summary>
    public static CarriedRisk Carried(JournalStore store, LiveMode mode, string symbol, long now)
    {
        var today = Nanoseconds.DayOf(now);
        var last = new CarriedRisk(today, 0, 0);
        foreach (var name in store.ListAsync($"run/{mode.Name()}-").ToBlockingEnumerable().Where(n => n.Parts[2] == symbol).OrderBy(n => n.Value, StringComparer.Ordinal))
        {
            if (store.ReadManifest(name)?.Note(DayRisk) is { } text && CarriedRisk.Parse(text) is { } left && left.Day == today)
            {
                last = left;
            }
        }

        return last;
    }

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

    /// <summary>
    /// A name that no other run has, also none of another store: its mode, the second it begins, and a random part, since the client
    /// order ids of its orders follow from it, and two machines may begin in the same second.
    /// </summary>
    public static string NewName(LiveMode mode, long time) =>
        $"{mode.Name()}-{Second.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time))}-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    /// <summary>The market streams that a run has read, in order.</summary>
    /// <exception cref="LiveRunException">The recording that begins now does not go on from them, or others were recorded in between.</exception>
    public static IReadOnlyList<StreamName> Inputs(JournalStore store, RecordedRun run, MarkedRun marked, StreamName? previous)
    {
        var symbol = run.Started.Symbol;
        var first = StreamName.Parse(run.Started.Inputs.Split(' ')[0]);
        var links = store.ListAsync($"market/{symbol}/").ToBlockingEnumerable().Select(n => (n, RecordingChain.ReadStart(store, n)));
        var chain = RecordingChain.Follow(first, links);
        if (previous is not { } end || chain[^1] != end)
        {
            throw new LiveRunException($"Run {run.Started.Run} read {chain[^1]} last, and what is recorded of {symbol} now does not go on from there (too long ago, damaged, or the clock was set back). It cannot go on; --new starts another one.");
        }

        // At a venue nothing is decided between death and restart. A run on paper would trade through whatever was recorded meanwhile.
        string[] own = [.. marked.Recordings, .. chain.Take(Math.Max(1, run.LastInput)).Select(Recording)];
        var others = chain.Select(Recording).Distinct(StringComparer.Ordinal).Except(own, StringComparer.Ordinal).ToArray();
        return run.Started.Kind != LiveMode.Paper.Name() || others.Length == 0
            ? chain
            : throw new LiveRunException($"{symbol} was recorded by another process after run {run.Started.Run} was left ({string.Join(", ", others)}): going on, it would trade hours in which it did not run. --new starts another one.");

        static string Recording(StreamName stream) => stream.Parts[3];
    }
}

/// <summary>What a run's risk leaves to a later run of the same day.</summary>
/// <param name="Day">UTC day, in days since the epoch.</param>
/// <param name="DayPnl">PnL of that day so far, in money.</param>
/// <param name="Drawdown">Fall from the peak, positive, in money.</param>
internal readonly record struct CarriedRisk(long Day, Int128 DayPnl, Int128 Drawdown)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Day} {DayPnl} {Drawdown}");

    /// <summary>Reads the text; null when it is none.</summary>
    public static CarriedRisk? Parse(string text) =>
        text.Split(' ') is [var day, var pnl, var drawdown]
        && long.TryParse(day, NumberStyles.None, CultureInfo.InvariantCulture, out var d)
        && Int128.TryParse(pnl, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var p)
        && Int128.TryParse(drawdown, NumberStyles.None, CultureInfo.InvariantCulture, out var f) ? new CarriedRisk(d, p, f) : null;
}
