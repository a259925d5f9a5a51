using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Replay.Explain;

/// <summary>
/// Why an event of a run is as it is: what caused it, and every number it follows from, computed again by the functions
/// that trade and held against what is logged.
/// </summary>
/// <param name="Run">The run's stream.</param>
/// <param name="Sequence">The event.</param>
/// <param name="Type">Its type.</param>
/// <param name="Time">Engine time in nanoseconds since the epoch.</param>
/// <param name="Headline">The answer in one sentence.</param>
/// <param name="Chain">What caused it, the first cause first, the event itself last.</param>
/// <param name="Sections">The computation, in its order.</param>
public sealed record Explanation(
    StreamName Run,
    long Sequence,
    EventType Type,
    long Time,
    string Headline,
    IReadOnlyList<ChainLink> Chain,
    IReadOnlyList<ExplainedSection> Sections)
{
    /// <summary>Values that are logged otherwise than they were computed again; empty when the explanation holds.</summary>
    public IReadOnlyList<ExplainedTerm> Mismatches => [.. Sections.SelectMany(s => s.Terms).Where(t => t.Equal == false)];

    /// <summary>True when every logged value was reproduced.</summary>
    public bool Reproduced => Mismatches.Count == 0;
}

/// <summary>A part of the computation.</summary>
/// <param name="Name">Name for tools.</param>
/// <param name="Title">Title for people.</param>
/// <param name="Terms">Its values in order.</param>
public sealed record ExplainedSection(string Name, string Title, IReadOnlyList<ExplainedTerm> Terms);

/// <summary>One value.</summary>
/// <param name="Name">Name for tools, unique within its section.</param>
/// <param name="Label">What it is.</param>
/// <param name="Value">The value as computed again, or as logged where it is an input; numbers in full.</param>
/// <param name="Unit">Unit; empty for none.</param>
/// <param name="How">Where it comes from, with the numbers put in; empty when there is nothing to say.</param>
/// <param name="Logged">What is logged; null when the log does not have it.</param>
public sealed record ExplainedTerm(string Name, string Label, string Value, string Unit, string How, string? Logged)
{
    /// <summary>Whether the log has the same; null when it has nothing to compare.</summary>
    public bool? Equal => Logged is null ? null : Logged == Value;
}

/// <summary>An event in the chain of causes.</summary>
/// <param name="Stream">Its stream.</param>
/// <param name="Event">The event as stored.</param>
/// <param name="Text">What it says, in words.</param>
public sealed record ChainLink(StreamName Stream, Runs.RunEvent Event, string Text);

/// <summary>A question that the run has no answer to: no such event, nothing decided yet; the message says what there is.</summary>
public sealed class NothingToExplainException(string what) : Exception(what);
