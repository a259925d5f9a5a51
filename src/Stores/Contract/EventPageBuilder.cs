using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>Collects events into a page that owns its bytes.</summary>
public sealed class EventPageBuilder
{
    private const int ChunkBytes = 64 * 1024;

    private readonly int maxEvents;
    private readonly int maxBytes;
    private readonly List<StoredEvent> events = [];
    private byte[] chunk = [];
    private int used;
    private int bytes;

    /// <summary>Pages of at most so many events, closed by the event that reaches so many payload bytes.</summary>
    public EventPageBuilder(int maxEvents = 4096, int maxBytes = 1 << 20)
    {
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    /// <summary>True when the page should be handed over before another event is added.</summary>
    public bool IsFull => events.Count >= maxEvents || bytes >= maxBytes;

    /// <summary>True when there is nothing to hand over.</summary>
    public bool IsEmpty => events.Count == 0;

    /// <summary>Adds an event; its payload is copied.</summary>
    public void Add(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > chunk.Length - used)
        {
            chunk = new byte[Math.Max(ChunkBytes, payload.Length)];
            used = 0;
        }

        payload.CopyTo(chunk.AsSpan(used));
        events.Add(new StoredEvent(header, chunk.AsMemory(used, payload.Length)));
        used += payload.Length;
        bytes += payload.Length;
    }

    /// <summary>The page so far; the builder starts the next one.</summary>
    public EventPage Take()
    {
        var page = new EventPage(events.ToArray());
        events.Clear();

        // The rest of the chunk is reused: nobody writes where a page that was handed over points to.
        bytes = 0;
        return page;
    }
}
