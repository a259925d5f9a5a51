using System.Runtime.ExceptionServices;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>Events pulled block by block, decoded: the fast way into a replay. What it gives is what an <see cref="IEventSource"/> gives.</summary>
public interface IBlockSource : IDisposable
{
    /// <summary>Clears a block and fills it with the next events; false when there is none.</summary>
    bool Read(EventBlock block);
}

/// <summary>Blocks of events that a store hands out one by one in canonical bytes: every store can do that.</summary>
/// <param name="events">The events in their current versions; disposed with this source.</param>
public sealed class DecodingSource(IEventSource events) : IBlockSource
{
    private ExceptionDispatchInfo? failure;

    /// <inheritdoc/>
    /// <exception cref="UnknownEventException">An event is of a type or version that this program does not know.</exception>
    /// <exception cref="Domain.Canonical.CanonicalFormatException">An event's bytes are damaged.</exception>
    public bool Read(EventBlock block)
    {
        block.Clear();
        failure?.Throw();
        try
        {
            while (!block.IsFull && events.Read(out var header, out var payload))
            {
                block.Add(header, payload);
            }
        }
        catch (Exception e) when (block.Count > 0)
        {
            // The events before it are good and may be all that is wanted; whoever reads on meets it.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        return block.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => events.Dispose();
}
