using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>What earlier programs wrote is read by today's. The folder's own tests hold that the samples never change.</summary>
public sealed class GoldenSampleTests
{
    private static readonly EventsSchemaFolder Folder = EventsSchemaFolder.OfRepository;

    public static IEnumerable<object[]> Versions => Folder.Json("index.json")["events"]!.AsArray().Select(e => new object[] { (string)e!["name"]!, (int)e["version"]! });

    [Theory]
    [MemberData(nameof(Versions))]
    public void Sample_OfAnyVersion_DecodesToItsJson(string name, int version)
    {
        var (records, json) = Read(name, version);
        Assert.Equal(json.Count, records.Count);
        for (var i = 0; i < records.Count; i++)
        {
            var text = new EventJson().ToText(records[i]);
            Assert.True(JsonNode.DeepEquals(json[i], JsonNode.Parse(text)), $"sample {i}: the file says {json[i]!.ToJsonString()}, the code {text}");
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Sample_OfAnyVersion_EncodesFromItsJson(string name, int version)
    {
        var (records, json) = Read(name, version);
        for (var i = 0; i < records.Count; i++)
        {
            var buffer = new ByteBuffer();
            new EventJson().Read(JsonSerializer.SerializeToUtf8Bytes(json[i]), buffer);
            Assert.Equal(Convert.ToHexString(records[i]), Convert.ToHexString(buffer.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Sample_OfAnyVersion_IsAnEventOfTodayOnceUpcast(string name, int version)
    {
        var upcaster = Upcasters.BuiltIn.Start();
        var arena = new LevelArena();
        foreach (var record in Read(name, version).Records)
        {
            var header = EventRecord.Read(record, out var start);
            Assert.Equal(version, header.Version);
            var payload = upcaster.Upcast(ref header, record.AsSpan(start));
            var seen = default(Seen);
            EventCatalog.Decode(header, payload, arena, ref seen);
            Assert.Equal(name, CodeNames<EventType>.Name((int)seen.Type));
            Assert.Equal(Upcasters.BuiltIn.CurrentVersion(seen.Type), seen.Version);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Sample_OfAnyVersion_GivesEveryFieldSeveralValues(string name, int version)
    {
        var json = Read(name, version).Json;
        foreach (var field in json[0]!["payload"]!.AsObject().Select(property => property.Key))
        {
            var values = json.Select(sample => sample!["payload"]![field]!.ToJsonString()).Distinct();
            Assert.True(values.Count() >= 2, $"{name} version {version}: every sample has the same {field}");
        }
    }

    [Fact]
    public void Samples_Together_HoldEveryExtreme()
    {
        var text = string.Concat(Folder.Json("index.json")["events"]!.AsArray().Select(e => File.ReadAllText(Folder.FileAt((string)e!["samples"]! + ".json"))));
        Assert.All(
            ["9223372036854775807", "-9223372036854775808", "\"170141183460469231731687303715884105727\"", "\"-170141183460469231731687303715884105728\"", "\"-0\"", "\"NaN\"", "\"NaN(7ff8000000000001)\"", "\"Infinity\"", "\"-Infinity\"", "E+308", "E-324", "\"bids\":[]", "価格", "\"venueTime\":null", "\"cause\":null", "403981527400000001]"],
            extreme => Assert.Contains(extreme, text, StringComparison.Ordinal));
    }

    private static (List<byte[]> Records, JsonArray Json) Read(string name, int version) =>
        (RecordFile.Split(File.ReadAllBytes(Folder.FileAt($"samples/{name}.v{version}.bin"))), Folder.Json($"samples/{name}.v{version}.json").AsArray());

    private struct Seen : IEventHandler
    {
        public EventType Type;
        public int Version;

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => (Type, Version) = (T.Type, T.Version);
    }
}
