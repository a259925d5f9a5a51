using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Stores.Journal.Compaction;

/// <summary>
/// Collects varints by planes: the first bytes of all of them, then the second bytes of those that have one, and so on.
/// The low bytes of prices and quantities are noise and the high bytes are not; apart they compress better. A byte's
/// high bit says that its varint has a byte in the next plane, so a plane's length follows from the one before.
/// </summary>
internal sealed class PlaneWriter
{
    private readonly List<ByteBuffer> planes = [];

    /// <summary>Adds a varint's bytes as they are.</summary>
    public void AddVerbatim(ReadOnlySpan<byte> varint)
    {
        for (var i = 0; i < varint.Length; i++)
        {
            if (i == planes.Count)
            {
                planes.Add(new ByteBuffer());
            }

            planes[i].Room(1)[0] = varint[i];
            planes[i].Advance(1);
        }
    }

    /// <summary>Adds an unsigned integer.</summary>
    public void Add(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        AddVerbatim(bytes[..Varint.Write(bytes, value)]);
    }

    /// <summary>Appends the planes, first bytes first.</summary>
    public void WriteTo(ByteBuffer output)
    {
        foreach (var plane in planes)
        {
            output.Write(plane.Span);
        }
    }
}
