using System.Collections;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>An event as it was read from a store.</summary>
/// <param name="Header">The envelope.</param>
/// <param name="Payload">Canonical payload bytes, of the version the header names.</param>
public readonly record struct StoredEvent(EventHeader Header, ReadOnlyMemory<byte> Payload);

/// <summary>Events read together, in sequence order. A page owns its bytes: it stays valid as long as it is kept.</summary>
public sealed class EventPage : IReadOnlyList<StoredEvent>
{
    private readonly StoredEvent[] events;

    /// <summary>A page of events; at least one.</summary>
    public EventPage(StoredEvent[] events)
    {
        if (events.Length == 0)
        {
            throw new ArgumentException("A page holds at least one event.", nameof(events));
        }

        this.events = events;
    }

    /// <inheritdoc/>
    public int Count => events.Length;

    /// <summary>Sequence of the first event.</summary>
    public long FirstSequence => events[0].Header.Sequence;

    /// <summary>Sequence of the last event.</summary>
    public long LastSequence => events[^1].Header.Sequence;

    /// <summary>The events.</summary>
    public ReadOnlySpan<StoredEvent> Span => events;

    /// <inheritdoc/>
    public StoredEvent this[int index] => events[index];

    /// <inheritdoc/>
    public IEnumerator<StoredEvent> GetEnumerator() => ((IEnumerable<StoredEvent>)events).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => events.GetEnumerator();
}
