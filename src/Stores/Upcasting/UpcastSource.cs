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

    // A source of blocks knows these versions only.
    private readonly bool builtIn;

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
        builtIn = versions == Upcasters.BuiltIn;
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

    /// <summary>The same events in blocks; reading one way or the other, not both. Disposing either is enough.</summary>
    public IBlockSource AsBlocks() => builtIn && stored is IBlockSource blocks ? blocks : new DecodingSource(this);

    /// <inheritdoc/>
    public void Dispose() => stored.Dispose();
}
