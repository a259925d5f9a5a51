using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Projections;

/// <summary>
/// What the market's events alone decide: the recording, its instrument, the book. Nothing that a strategy does changes it
/// (our fills do not change the recorded market, docs/model.md), so one fold serves every strategy over the same events.
/// Only <see cref="Engine"/> changes it; it has one owner.
/// </summary>
public sealed class MarketState
{
    /// <summary>Name of the recording being folded; empty before the first.</summary>
    public string Recording { get; internal set; } = "";

    /// <summary>The instrument, once defined.</summary>
    public Instrument? Instrument { get; internal set; }

    /// <summary>The book and its state machine.</summary>
    public BookTracker Tracker { get; internal set; } = new();

    /// <summary>Level updates folded: a measure of work, not part of the hash.</summary>
    public long LevelUpdates { get; internal set; }

    // A transition that the recording must name next.
    internal bool TransitionDue { get; set; }
}
