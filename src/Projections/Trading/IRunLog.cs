using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Projections.Trading;

/// <summary>Where a session writes the events of its run. Written before anybody acts on them.</summary>
public interface IRunLog
{
    /// <summary>Appends an event and returns its sequence number.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="version">Schema version of the payload.</param>
    /// <param name="time">Engine time: the receive stamp of the event.</param>
    /// <param name="cause">What made it.</param>
    /// <param name="payload">Canonical payload; valid during the call.</param>
    long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload);
}

/// <summary>Looks on while a session runs; sees the state after each step of these kinds.</summary>
public interface IRunObserver
{
    /// <summary>The run started.</summary>
    void Started(EngineState state);

    /// <summary>A timer was stepped, what it decided is in the state.</summary>
    void Timer(EngineState state, long due);

    /// <summary>A fill is about to be stepped: the book is after the event that filled us, the ledger before the fill.</summary>
    void Filling(EngineState state, in OrderFilled fill);

    /// <summary>An order was placed.</summary>
    void Placed(EngineState state, in OrderRequest request);
}

/// <summary>Takes requests that were decided and appended, in their order.</summary>
public interface IRequestSink
{
    /// <summary>One request.</summary>
    /// <param name="request">What the venue is asked.</param>
    /// <param name="sequence">Sequence of the event that asks.</param>
    void Send(in OrderRequest request, long sequence);
}
