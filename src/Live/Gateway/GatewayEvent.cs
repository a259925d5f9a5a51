using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Live.Gateway;

/// <summary>Receives what the gateway reports, each as the payload that is appended and stepped.</summary>
public interface IGatewayEventHandler
{
    /// <summary>One event.</summary>
    /// <param name="source">Its stamps and its cause.</param>
    /// <param name="payload">What it says.</param>
    void On<T>(GatewayEvent source, in T payload)
        where T : struct, IPayload<T>;
}

/// <summary>Something that happened at the account, to be appended to the run's stream and stepped.</summary>
/// <param name="venueTime">The venue's stamp in nanoseconds since the epoch; 0 for none.</param>
/// <param name="receiveTime">Our stamp in nanoseconds since the epoch. Several events may share it, and an older event may follow a newer one: engine time is the loop's.</param>
/// <param name="requestSequence">Sequence of the request that this answers, or that placed the order; 0 when there is none in this session.</param>
public abstract class GatewayEvent(long venueTime, long receiveTime, long requestSequence)
{
    /// <summary>The venue's stamp in nanoseconds since the epoch; 0 for none.</summary>
    public long VenueTime => venueTime;

    /// <summary>Our stamp in nanoseconds since the epoch.</summary>
    public long ReceiveTime => receiveTime;

    /// <summary>Sequence of the request that this answers, or that placed the order; 0 when there is none in this session.</summary>
    public long RequestSequence => requestSequence;

    /// <summary>The cause within the run's stream.</summary>
    public Cause Cause => requestSequence == 0 ? Cause.None : new Cause(0, requestSequence);

    /// <summary>What it is.</summary>
    public abstract EventType Type { get; }

    /// <summary>Hands the payload over as its own type.</summary>
    public abstract void HandTo<THandler>(ref THandler handler)
        where THandler : IGatewayEventHandler, allows ref struct;
}

/// <summary>
/// The gateway failed in a way that nothing provides for: the run is to end. Not an event of the run; what happens to its orders
/// until the gateway is closed still follows behind it.
/// </summary>
public sealed class GatewayFailure(Exception what, long receiveTime) : GatewayEvent(0, receiveTime, 0)
{
    /// <summary>What failed; never holds a key.</summary>
    public Exception What => what;

    /// <inheritdoc/>
    public override EventType Type => EventType.None;

    /// <inheritdoc/>
    public override void HandTo<THandler>(ref THandler handler)
    {
        // It has no payload to be appended.
    }
}

/// <summary>An event of the gateway with its payload.</summary>
/// <typeparam name="T">What it says.</typeparam>
public sealed class GatewayEvent<T>(T payload, long venueTime, long receiveTime, long requestSequence) : GatewayEvent(venueTime, receiveTime, requestSequence)
    where T : struct, IPayload<T>
{
    /// <summary>What it says.</summary>
    public T Payload => payload;

    /// <inheritdoc/>
    public override EventType Type => T.Type;

    /// <inheritdoc/>
    public override void HandTo<THandler>(ref THandler handler) => handler.On(this, payload);
}
