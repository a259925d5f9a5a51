using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Records for tests.</summary>
public static class Records
{
    /// <summary>A record whose header and payload follow from the choices.</summary>
    public static byte[] Random(EventCase type, ulong[] choices)
    {
        var filler = new RandomFiller([.. choices, (ulong)type.Format.Type]);
        return type.Record(filler.Header(), filler);
    }

    /// <summary>The record of an event.</summary>
    public static byte[] Of<T>(EventHeader header, T payload)
        where T : struct, IPayload<T>
    {
        var buffer = new ByteBuffer();
        EventRecord.Write(buffer, header, payload);
        return buffer.Span.ToArray();
    }
}
