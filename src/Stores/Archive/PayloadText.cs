using System.Buffers;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Stores.Archive;

/// <summary>A payload as JSON text.</summary>
internal static class PayloadText
{
    public static string Of<T>(in T payload)
        where T : struct, IPayload<T>
    {
        var canonical = new ByteBuffer();
        EventRecord.WritePayload(canonical, payload);
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, EventJson.Style))
        {
            new EventJson().WritePayload(writer, new EventHeader(1, T.Type, T.Version, 0, 0, Cause.None), canonical.Span);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
