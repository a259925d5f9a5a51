using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>Events pulled one by one, in sequence order, without allocating: the way into a replay.</summary>
public interface IEventSource : IDisposable
{
    /// <summary>
    /// The next event; false when there is none now. A source that follows a growing stream may have more later.
    /// </summary>
    /// <param name="header">The envelope.</param>
    /// <param name="payload">Canonical payload bytes; valid until the next call.</param>
    bool Read(out EventHeader header, out ReadOnlySpan<byte> payload);
}
