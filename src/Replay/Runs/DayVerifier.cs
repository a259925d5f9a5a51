using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>What the verification of a stored day showed.</summary>
/// <param name="Streams">Its streams.</param>
/// <param name="Runs">Every stored run that read one of them, executed again.</param>
public sealed record DayVerification(IReadOnlyList<VerifiedStream> Streams, IReadOnlyList<Verification> Runs)
{
    /// <summary>True when every stream is whole and every run identical.</summary>
    public bool Identical => Streams.All(s => s.Damage.Count == 0) && Runs.All(r => r.Identical);
}

/// <summary>A stream of a day.</summary>
/// <param name="Day">The stream.</param>
/// <param name="Diffs">Diffs folded into the book.</param>
/// <param name="Untrusted">Nanoseconds without a trustworthy book, counted from its events; null when they contradict themselves.</param>
/// <param name="Damage">What is wrong with it, in words.</param>
public sealed record VerifiedStream(StoredDay Day, long Diffs, long? Untrusted, IReadOnlyList<string> Damage);

/// <summary>
/// Verifies a stored day: its chain, its book from the first to the last event, what its manifest says of time and holes, and
/// every run that read it.
/// </summary>
public sealed class DayVerifier(StoreSet stores)
{
    /// <summary>True when a text names a day and not a run: SYMBOL/yyyy-MM-dd, or the name of a market stream. RUN/SYMBOL is a run.</summary>
    public static bool IsDay(string text)
    {
        var parts = text.Split('/');
        return parts[0] == "market" || (parts.Length > 1 && parts[0] != "run" && parts[1] is [_, _, _, _, '-', _, _, '-', _, _]);
    }

    /// <summary>Verifies a day.</summary>
    /// <param name="text">SYMBOL/DAY, or the name of a stream.</param>
    /// <param name="progress">Told events read and in all, now and then; null for nobody.</param>
    /// <exception cref="NoSuchDayException">It is not stored; lists what is.</exception>
    public DayVerification Verify(string text, Action<long, long>? progress = null)
    {
        var days = Find(text);
        var streams = days.ConvertAll(Check);
        var names = days.ConvertAll(d => d.Name.Value);
        var runs = new List<Verification>();
        if (streams.TrueForAll(s => s.Damage.Count == 0))
        {
            foreach (var (store, name) in stores.List("run/"))
            {
                var located = (store, name);
                if (RunVerifier.Damage(store, name).Count > 0 || RunFinder.ReadStart(store, name).Inputs.Split('\n').Any(l => names.Contains(l.Split(' ')[0])))
                {
                    runs.Add(new RunVerifier(stores).Verify(located, progress));
                }
            }
        }

        return new DayVerification(streams, runs);
    }

    private List<StoredDay> Find(string text)
    {
        var parts = (text.StartsWith("market/", StringComparison.Ordinal) ? text["market/".Length..] : text).Split('/');
        var all = new MarketDays(stores).Of(parts[0].ToUpperInvariant());
        var found = all.Where(d => d.Day == parts[1] && (parts.Length < 3 || d.Recording == parts[2])).ToList();
        return found.Count > 0
            ? found
            : throw new NoSuchDayException(all.Count == 0
                ? $"There is no day {text}: nothing is stored for {parts[0].ToUpperInvariant()}. mm days lists what is."
                : $"There is no day {text}. Stored:\n{string.Join("\n", all.Select(d => $"  {d.Symbol}/{d.Day}/{d.Recording}"))}");
    }

    private VerifiedStream Check(StoredDay day)
    {
        var damage = new List<string>(RunVerifier.Damage(day.Store, day.Name));
        var fold = new TrustFold();
        long? untrusted = null;
        if (damage.Count == 0)
        {
            try
            {
                var arena = new LevelArena();
                using var source = new UpcastSource(day.Store.OpenSource(day.Name));
                while (source.Read(out var header, out var payload))
                {
                    arena.Clear();
                    EventCatalog.Decode(header, payload, arena, ref fold);
                }

                (untrusted, var notes) = RecordedNotes.Hold(day, fold, GoesOn(day));
                damage.AddRange(notes);
            }
            catch (InvariantBrokenException e)
            {
                damage.Add($"{day.Name}: {e.Message}");
            }
        }

        return new VerifiedStream(day, fold.Book.Tracker.DiffsApplied, untrusted, damage);
    }

    // True where the recording's next day is stored here and says that it goes on from this one.
    private bool GoesOn(StoredDay day)
    {
        try
        {
            return new MarketDays(stores).Of(day.Symbol)
                .Where(d => d.Recording == day.Recording && string.CompareOrdinal(d.Day, day.Day) > 0)
                .Any(d => d.ReadStart().ContinuedFrom == day.Name.Value);
        }
        catch (Exception e) when (e is InvalidDataException or StreamDamagedException)
        {
            // The next day's own verification says so.
            return false;
        }
    }
}
