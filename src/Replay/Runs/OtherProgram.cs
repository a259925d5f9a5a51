using System.Globalization;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// How a run that another version of the program made is held against this one's execution. What names the program (engine,
/// schemas, rules of the state hash, and the run's name, which follows from them) differs of itself. Hashes of state made by
/// other rules cannot be compared. Everything else must be equal byte for byte, and what was left out is said.
/// </summary>
public sealed partial class OtherProgram
{
    private readonly RunStarted stored;
    private readonly LevelArena arena = new();
    private readonly ByteBuffer aligned = new();

    /// <summary>Rules for a stored run.</summary>
    /// <param name="stored">Its first event, upcast.</param>
    public OtherProgram(in RunStarted stored) => this.stored = stored;

    /// <summary>True when the run's state was hashed by this program's rules.</summary>
    public bool SameHashes => stored.StateHash == StateHash.Rules;

    /// <summary>True when this very version of the program made the run: then every byte counts.</summary>
    public bool IsThis => SameHashes && stored.Engine == RunHeader.EngineVersion && stored.Schema == Stores.Upcasting.Upcasters.BuiltIn.SchemaCount;

    /// <summary>Stored hashes that were passed over.</summary>
    public int HashesPassedOver { get; private set; }

    /// <summary>The final state's hash as the run's last event states it, by the rules of the program that made the run; null where those are this program's.</summary>
    public Digest? HashThen { get; private set; }

    /// <summary>True for an event that this program writes and the run's did not.</summary>
    public bool IsNew(EventType type) => type == EventType.VenueHashed && stored.StateHash < 2;

    /// <summary>The executed payload with what cannot be compared taken from the stored one.</summary>
    /// <param name="type">The type of both.</param>
    /// <param name="executed">What this program produced.</param>
    /// <param name="storedPayload">What is stored, upcast.</param>
    public ReadOnlySpan<byte> Align(EventType type, ReadOnlySpan<byte> executed, ReadOnlySpan<byte> storedPayload)
    {
        switch (type)
        {
            case EventType.RunStarted:
                var start = PayloadBytes.Read<RunStarted>(executed, arena);
                (start.Run, start.Engine, start.Schema, start.StateHash) = (stored.Run, stored.Engine, stored.Schema, stored.StateHash);
                start.Instrument = stored.Instrument.Length == 0 ? "" : start.Instrument;
                return Write(start);
            case EventType.StateHashed when !SameHashes:
                var hash = PayloadBytes.Read<StateHashed>(executed, arena);
                hash.State = PayloadBytes.Read<StateHashed>(storedPayload, arena).State;
                HashesPassedOver++;
                return Write(hash);
            case EventType.VenueHashed when !SameHashes:
                var venue = PayloadBytes.Read<VenueHashed>(executed, arena);
                venue.Venue = PayloadBytes.Read<VenueHashed>(storedPayload, arena).Venue;
                HashesPassedOver++;
                return Write(venue);
            case EventType.RunEnded when !SameHashes:
                var end = PayloadBytes.Read<RunEnded>(executed, arena);
                end.State = PayloadBytes.Read<RunEnded>(storedPayload, arena).State;
                HashThen = end.State;
                HashesPassedOver++;
                return Write(end);
            default:
                return executed;
        }
    }

    /// <summary>What a reader of the comparison must know; empty when this program made the run.</summary>
    public IReadOnlyList<string> Notes() => IsThis ? [] : NotesBy(RunHeader.EngineVersion, Stores.Upcasting.Upcasters.BuiltIn.SchemaCount, SameHashes);

    /// <summary>
    /// What rules hashed the state of a certificate that states these notes: those of the program that made the run, or this one's.
    /// Null where no program whose hashes can be held to anything here states these notes of this run.
    /// </summary>
    /// <param name="notes">What the certificate states.</param>
    public long? RulesOf(IReadOnlyList<string> notes)
    {
        if (notes.Count == 0)
        {
            return stored.StateHash;
        }

        // Only what the note says of its own program is taken from it; everything else is written again from the run.
        if (Itself().Match(notes[0]) is not { Success: true } itself)
        {
            return null;
        }

        var (engine, schemas) = (itself.Groups[1].Value, long.Parse(itself.Groups[2].Value, CultureInfo.InvariantCulture));
        var isOther = engine != stored.Engine || schemas != stored.Schema;
        return isOther && notes.SequenceEqual(NotesBy(engine, schemas, sameHashes: true)) ? stored.StateHash
            : !SameHashes && notes.SequenceEqual(NotesBy(engine, schemas, sameHashes: false)) ? StateHash.Rules
            : null;
    }

    // These words stand in certificates: a program that words them otherwise must still know these.
    private List<string> NotesBy(string engine, long schemas, bool sameHashes)
    {
        var notes = new List<string>
        {
            FormattableString.Invariant($"the run was made by engine {stored.Engine} {(stored.Schema == 0 ? "before event schemas were counted" : $"with {stored.Schema} event schemas")}, this is engine {engine} with {schemas}: what names the program in its first event was not compared"),
        };
        if (stored.Instrument.Length == 0)
        {
            notes.Add("the run did not record its instrument: it was taken from the recording");
        }

        if (!sameHashes)
        {
            notes.Add(FormattableString.Invariant($"state is hashed by rules {StateHash.Rules} now and was by rules {stored.StateHash} then: {HashesPassedOver} hashes were not compared"));
        }

        return notes;
    }

    [GeneratedRegex(", this is engine ([0-9]{1,9}) with ([0-9]{1,9}): ")]
    private static partial Regex Itself();

    private ReadOnlySpan<byte> Write<T>(scoped in T payload)
        where T : struct, IPayload<T>
    {
        aligned.Clear();
        EventRecord.WritePayload(aligned, payload);
        return aligned.Span;
    }
}
