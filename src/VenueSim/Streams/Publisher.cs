using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Streams;

/// <summary>Sends a stream's message to everybody who listens; it is written once for each time unit in use.</summary>
internal sealed class Publisher(FaultDirector faults)
{
    private readonly WireWriter[] payloads = [new(), new()];
    private readonly bool[] written = new bool[TimeUnits.Count];

    /// <summary>Messages handed to connections.</summary>
    public long Published { get; private set; }

    /// <summary>Sends a message.</summary>
    public void Publish<TMessage>(Topic topic, in TMessage message)
        where TMessage : struct, IStreamMessage
    {
        Array.Clear(written);
        foreach (var connection in topic.Subscribers)
        {
            var unit = connection.Unit;
            var payload = payloads[(int)unit];
            if (!written[(int)unit])
            {
                written[(int)unit] = true;
                payload.Clear();
                message.Write(payload, unit, faults.ClockError);
            }

            connection.Deliver(topic, payload.Span, message.FirstId, message.LastId);
            Published++;
        }
    }
}
