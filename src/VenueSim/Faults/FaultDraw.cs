namespace EventSourcedMM.VenueSim.Faults;

/// <summary>
/// Random numbers that follow from a seed and from what they are for: the same seed and the same n-th message of the
/// same connection give the same draw, whatever happened in between. The mixing is SplitMix64's.
/// </summary>
internal readonly struct FaultDraw(ulong seed)
{
    // Sets the draw of a length apart from the draw of whether it happens at all.
    private const long Lengths = 1L << 40;

    /// <summary>A number from 0 up to but not including 1.</summary>
    public double Share(FaultKind kind, long subject, long ordinal) => (Bits(kind, subject, ordinal) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number of a range.</summary>
    public long Within(FaultKind kind, long subject, long ordinal, long least, long most) =>
        least + (long)(Share(kind, subject + Lengths, ordinal) * (most - least));

    private ulong Bits(FaultKind kind, long subject, long ordinal) =>
        Mix(Mix(Mix(unchecked(seed + (ulong)kind + 1)) ^ unchecked((ulong)subject)) ^ unchecked((ulong)ordinal));

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9e3779b97f4a7c15;
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
            value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
            return value ^ (value >> 31);
        }
    }
}
