namespace EventSourcedMM.Replay.Backtest;

/// <summary>One set of a sweep could not be run: what it alone would have failed with stands inside.</summary>
/// <param name="set">Which, from 0.</param>
/// <param name="inner">Why.</param>
public sealed class SweepException(int set, Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>Which set, from 0 in the order of the requests.</summary>
    public int Set { get; } = set;
}
