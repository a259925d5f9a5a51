namespace EventSourcedMM.Projections;

/// <summary>
/// Something that can never be true is true: the events contradict each other or the engine is wrong. The run stops;
/// nothing is guessed.
/// </summary>
public sealed class InvariantBrokenException(string what) : Exception(what);
