using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Projections;

/// <summary>A count in kept bytes. What it counts takes a byte at least: a count beyond what is left is damage, not a huge allocation.</summary>
internal static class KeptCount
{
    /// <summary>Reads one.</summary>
    /// <exception cref="CanonicalFormatException">It is negative, or more than the bytes can hold.</exception>
    public static int Read(ref CanonicalReader reader)
    {
        var count = reader.Signed();
        return count >= 0 && count <= reader.Left
            ? (int)count
            : throw new CanonicalFormatException($"a count is {count}, {reader.Left} bytes are left");
    }
}
