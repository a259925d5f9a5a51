using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Projections.Trading;

/// <summary>A request to the venue.</summary>
/// <param name="IsCancel">True to cancel, false to place.</param>
/// <param name="OrderId">Our ordinal of the order.</param>
/// <param name="Side">Side of a new order.</param>
/// <param name="Price">Price of a new order in price units.</param>
/// <param name="Quantity">Quantity of a new order in quantity units.</param>
/// <param name="Execution">Whether a new order may take.</param>
public readonly record struct OrderRequest(bool IsCancel, long OrderId, Side Side, long Price, long Quantity, OrderExecution Execution = OrderExecution.PostOnly);

/// <summary>
/// What a step decided: events in order, already in canonical bytes, and the requests among them. The driver appends
/// the events before it lets anyone act on a request. It is reused, so steady running allocates nothing.
/// </summary>
public sealed class Outbox
{
    private readonly ByteBuffer bytes = new(4096);
    private Entry[] entries = new Entry[64];

    /// <summary>Room for bytes that are hashed and forgotten.</summary>
    internal ByteBuffer Scratch { get; } = new();

    /// <summary>Number of events.</summary>
    public int Count { get; private set; }

    /// <summary>An event.</summary>
    public ref readonly Entry this[int index] => ref entries.AsSpan(0, Count)[index];

    /// <summary>Canonical payload of an event.</summary>
    public ReadOnlySpan<byte> Payload(int index)
    {
        ref readonly var entry = ref this[index];
        return bytes.Span.Slice(entry.Start, entry.Length);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Count = 0;
        bytes.Clear();
    }

    /// <summary>Adds an event.</summary>
    public void Add<T>(Cause cause, long time, in T payload)
        where T : struct, IPayload<T> => Add(cause, time, payload, hasRequest: false, default);

    /// <summary>Adds an event that asks the venue for something.</summary>
    public void Add<T>(Cause cause, long time, in T payload, OrderRequest request)
        where T : struct, IPayload<T> => Add(cause, time, payload, hasRequest: true, request);

    private void Add<T>(Cause cause, long time, in T payload, bool hasRequest, OrderRequest request)
        where T : struct, IPayload<T>
    {
        var start = bytes.Length;
        EventRecord.WritePayload(bytes, payload);
        if (Count == entries.Length)
        {
            Array.Resize(ref entries, Count * 2);
        }

        entries[Count++] = new Entry(T.Type, T.Version, cause, time, start, bytes.Length - start, hasRequest, request);
    }

    /// <summary>One event of the outbox.</summary>
    /// <param name="Type">What it is.</param>
    /// <param name="Version">Schema version.</param>
    /// <param name="Cause">The event that made the engine decide it.</param>
    /// <param name="Time">Engine time.</param>
    /// <param name="Start">Where its payload starts.</param>
    /// <param name="Length">Length of its payload.</param>
    /// <param name="HasRequest">True when it asks the venue for something.</param>
    /// <param name="Request">What it asks.</param>
    public readonly record struct Entry(EventType Type, int Version, Cause Cause, long Time, int Start, int Length, bool HasRequest, OrderRequest Request);
}
