using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Upcasting;

/// <summary>Appends the canonical bytes of the next version of a payload.</summary>
/// <param name="payload">The canonical bytes of the old version.</param>
/// <param name="next">Where the bytes of the next version go.</param>
public delegate void UpcastPayload(ReadOnlySpan<byte> payload, ByteBuffer next);

/// <summary>Makes the next version of a payload from an old one: the same facts, and a named value for what the old version did not say.</summary>
/// <typeparam name="TOld">The old version, kept as a struct of its own under Upcasting.</typeparam>
/// <typeparam name="TNext">The version after it.</typeparam>
public delegate TNext UpcastValue<TOld, TNext>(in TOld old)
    where TOld : struct, IPayload<TOld>
    where TNext : struct, IPayload<TNext>;
