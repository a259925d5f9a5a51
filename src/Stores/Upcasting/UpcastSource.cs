using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Upcasting;

/// <summary>
/// Events in their current versions, whatever version they were written in: what stands between a store and everything
/// that decodes events. What is hashed or copied is read from the store itself, as first written.
/// </summary>
public sealed class UpcastSource : IEventSource
{
    private readonly IEventSource stored;
    private readonly Upcaster upcaster;

    /// <summary>Reads a store's events in the versions this program folds.</summary>
    /// <param name="stored">The events as stored; disposed with this source.</param>
    public UpcastSource(IEventSource stored)
        : this(stored, Upcasters.BuiltIn)
    {
    }

    /// <summary>Reads a store's events in the current versions of a registry.</summary>
    public UpcastSource(IEventSource stored, Upcasters versions)
    {
        this.stored = stored;
        upcaster = versions.Start();
    }

    /// <inheritdoc/>
    /// <exception cref="UnknownEventException">A type, a version or a step from it is unknown.</exception>
    public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
    {
        if (!stored.Read(out header, out payload))
        {
            return false;
        }

        payload = upcaster.Upcast(ref header, payload);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => stored.Dispose();
}
