using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Replay.Days;

/// <summary>Keeps an event of one type and passes over the others.</summary>
/// <typeparam name="TWanted">The type; one without levels, since they would not outlive the reader.</typeparam>
internal struct FirstEvent<TWanted> : IEventHandler
    where TWanted : struct, IPayload<TWanted>
{
    /// <summary>The event; null when none of the type came.</summary>
    public TWanted? Value { get; private set; }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(TWanted))
        {
            Value ??= (TWanted)(object)payload;
        }
    }
}
