namespace EventSourcedMM.Projections;

/// <summary>
/// Something that can never be true is true: the events contradict each other or the engine is wrong. The run stops;
/// nothing is guessed.
/// </summary>
public sealed class InvariantBrokenException(string what) : Exception(what)
{
    /// <summary>True for what an engine stops itself by: this, a number that does not fit, or a defect of the program. What it read and wrote did not fail.</summary>
    public static bool Stopped(Exception e) => e is not ObjectDisposedException
        && e is InvariantBrokenException or ArithmeticException or ArgumentException or InvalidOperationException or IndexOutOfRangeException or NullReferenceException;
}
