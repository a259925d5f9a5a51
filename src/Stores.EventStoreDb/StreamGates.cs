using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>One append at a time a stream, and what the last one left known of it.</summary>
internal sealed class StreamGates
{
    private readonly Lock gate = new();
    private readonly Dictionary<StreamName, Gate> gates = [];

    /// <summary>A stream's gate.</summary>
    public Gate Of(StreamName stream)
    {
        lock (gate)
        {
            if (!gates.TryGetValue(stream, out var found))
            {
                found = new Gate(new EventLinks(stream));
                gates.Add(stream, found);
            }

            return found;
        }
    }

    /// <summary>Held while a stream is appended to.</summary>
    internal sealed class Gate(EventLinks links)
    {
        /// <summary>One holder.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>What the stream's events are tied to.</summary>
        public EventLinks Links { get; } = links;

        /// <summary>How the stream ends, as far as this process knows; null when it must be asked for.</summary>
        public StreamTail? Tail { get; set; }
    }
}
