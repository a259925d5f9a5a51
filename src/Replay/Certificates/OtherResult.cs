using System.Text.Json;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>
/// What another build's certificate may state of a run otherwise than this one would: what it had to leave out of the comparison, and
/// the hash of the state by the rules of the program that made the run. Both are held to the run. That it is another build is only what
/// the certificate says of itself, so nothing is believed for that alone.
/// </summary>
internal sealed class OtherResult
{
    private readonly string? stated;
    private readonly string executedHash;
    private readonly string? hashThen;
    private readonly bool states;
    private readonly long? rules;

    /// <summary>What a certificate states, beside an execution.</summary>
    public OtherResult(JsonElement result, ExecutedRun executed)
    {
        stated = result.TryGetProperty("stateHash", out var hash) && hash.ValueKind == JsonValueKind.String ? hash.GetString() : null;
        executedHash = StateHash.Of(executed.Result.State).ToString();
        hashThen = executed.Program.HashThen?.ToString();
        states = result.TryGetProperty("notes", out var notes);
        var whole = states && notes.ValueKind == JsonValueKind.Array && notes.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String);
        rules = whole ? executed.Program.RulesOf([.. notes.EnumerateArray().Select(n => n.GetString()!)]) : null;
    }

    /// <summary>Why a member that differs is no failure, in words; null where nothing of the run explains it.</summary>
    /// <param name="member">What differs.</param>
    public string? Explain(FalseMember member) => member.Member switch
    {
        // An earlier version stated none.
        "result.notes" when !states => "an earlier version stated none",

        // A program of other rules of the hash states another hash: notes that fit such a one do not fit this one's.
        "result.notes" when rules is { } by && (by == StateHash.Rules || stated != executedHash) => "so another version of the program would say of this run",
        "result.stateHash" when hashThen is not null && stated == hashThen && (!states || (rules is { } by && by != StateHash.Rules)) => "it is the one of the run's last event, by the rules of the program that made the run",
        _ => null,
    };
}
