using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Tests.Stores.Schemas;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Canonical;

/// <summary>Canonical records against a plain second reader and writer, and against themselves.</summary>
public sealed class CanonicalRecordTests
{
    private static readonly SchemaTwin Twin = new(EventsSchemaFolder.OfRepository);

    [Property(MaxTest = 200)]
    public void Record_OfAnyEvent_IsWhatThePlainTwinReads(ulong[] choices)
    {
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            var ours = JsonNode.Parse(new EventJson().ToText(record))!.AsObject();
            var twins = Twin.Decode(record);
            Assert.True(JsonNode.DeepEquals(ours, JsonNode.Parse(twins.ToJsonString())), $"{type}: ours {ours.ToJsonString()}, twin's {twins.ToJsonString()}");
            Assert.Equal(twins["payload"]!.AsObject().Select(field => field.Key), ours["payload"]!.AsObject().Select(field => field.Key));
        }
    }

    [Property(MaxTest = 200)]
    public void Record_OfAnyEvent_IsWhatThePlainTwinWrites(ulong[] choices)
    {
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            Assert.Equal(Convert.ToHexString(Twin.Encode(JsonNode.Parse(new EventJson().ToText(record))!.AsObject())), Convert.ToHexString(record));
        }
    }

    [Property(MaxTest = 200)]
    public void Record_DecodedAndEncoded_HasTheSameBytes(ulong[] choices)
    {
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            var again = new Rewriter(new ByteBuffer());
            var header = EventRecord.Read(record, out var start);
            EventCatalog.Decode(header, record.AsSpan(start), new LevelArena(), ref again);
            Assert.Equal(Convert.ToHexString(record), Convert.ToHexString(again.Buffer.Span));
        }
    }

    [Property(MaxTest = 50)]
    public void Record_CutAnywhere_IsRefused(ulong[] choices)
    {
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            for (var length = 0; length < record.Length; length++)
            {
                Assert.Throws<CanonicalFormatException>(() => new EventJson().ToText(record.AsSpan(0, length)));
            }
        }
    }

    [Fact]
    public void Record_WithABytePutBehind_IsRefused()
    {
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, [1, 2, 3]);
            var error = Assert.Throws<CanonicalFormatException>(() => new EventJson().ToText([.. record, 0]));
            Assert.Contains("1 bytes are left after the last field", error.Message, StringComparison.Ordinal);
        }
    }

    private readonly struct Rewriter(ByteBuffer buffer) : IEventHandler
    {
        public ByteBuffer Buffer => buffer;

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => EventRecord.Write(buffer, header, payload);
    }
}
