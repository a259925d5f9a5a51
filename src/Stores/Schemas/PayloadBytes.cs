using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>Reads a payload of any version, also of one that is no longer in the <see cref="EventCatalog"/>.</summary>
public static class PayloadBytes
{
    /// <summary>The value that canonical bytes hold; its levels are valid until the arena is cleared.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are cut, damaged, or longer than the value.</exception>
    public static T Read<T>(ReadOnlySpan<byte> payload, LevelArena arena)
        where T : struct, IPayload<T>
    {
        var reader = new CanonicalReader(payload, arena);
        var value = default(T);
        T.Describe(ref reader, ref value);
        return reader.AtEnd
            ? value
            : throw new CanonicalFormatException($"{payload.Length - reader.Position} bytes are left after the last field of {T.Type} version {T.Version}");
    }
}
