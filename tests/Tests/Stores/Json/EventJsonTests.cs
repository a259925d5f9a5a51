using System.Text;
using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Tests.Stores.Canonical;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Json;

public sealed class EventJsonTests
{
    [Property(MaxTest = 300)]
    public void Json_OfAnyRecord_ReadsBackToTheSameBytes(ulong[] choices)
    {
        var json = new EventJson();
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            AssertReadsBack(json, json.ToText(record), record);
        }
    }

    [Property(MaxTest = 50)]
    public void Json_WithFieldsInAnotherOrder_ReadsBackToTheSameBytes(ulong[] choices)
    {
        var json = new EventJson();
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            AssertReadsBack(json, Reversed(JsonNode.Parse(json.ToText(record))!).ToJsonString(), record);
        }
    }

    [Property(MaxTest = 20)]
    public void Json_WithAFieldLeftOut_NamesIt(ulong[] choices)
    {
        foreach (var type in EventCase.All)
        {
            var text = new EventJson().ToText(Records.Random(type, choices));
            foreach (var field in type.Format.Fields)
            {
                var node = JsonNode.Parse(text)!;
                node["payload"]!.AsObject().Remove(field.Name);
                AssertRefused(node.ToJsonString(), $"field {field.Name} is missing");
            }

            foreach (var field in JsonNode.Parse(text)!.AsObject().Select(property => property.Key))
            {
                var node = JsonNode.Parse(text)!.AsObject();
                node.Remove(field);
                AssertRefused(node.ToJsonString(), $"the event has no field {field}");
            }
        }
    }

    [Fact]
    public void Json_WithAFieldOfTheWrongKind_NamesIt()
    {
        var wrong = new Dictionary<FieldKind, string[]>
        {
            [FieldKind.Id] = ["\"1\"", "1.5", "9223372036854775808", "null", "1e3"],
            [FieldKind.Count] = ["\"1\"", "1.5", "9223372036854775808", "null"],
            [FieldKind.Time] = ["\"1\"", "1.5", "-9223372036854775809", "null"],
            [FieldKind.Price] = ["\"1\"", "1.5", "true"],
            [FieldKind.Quantity] = ["\"1\"", "1.5", "[]"],
            [FieldKind.Money] = ["1", "\"1.0\"", "\"+1\"", "\"01\"", "\"-0\"", "\" 1\"", "\"\"", "\"170141183460469231731687303715884105728\""],
            [FieldKind.Real] = ["\"1\"", "null", "\"nan\"", "\"NaN(1)\"", "\"NaN(3ff0000000000000)\"", "\"NaN(fff8000000000000)\"", "\"NaN(7FF8000000000000)\"", "\"0\"", "1e999"],
            [FieldKind.Flag] = ["0", "\"true\"", "null"],
            [FieldKind.Text] = ["1", "null", "{}"],
            [FieldKind.Code] = ["0", "\"Bid\"", "\"nonsense\"", "null"],
            [FieldKind.Levels] = ["{}", "[1]", "[[1]]", "[[1,2,3]]", "[[1,-1]]", "[[1,\"2\"]]", "[[1.5,1]]", "null"],
            [FieldKind.Digest] = ["1", "\"00\"", $"\"{new string('A', 64)}\"", $"\"{new string('g', 64)}\""],
        };
        var tried = new HashSet<FieldKind>();
        foreach (var type in EventCase.All)
        {
            var text = new EventJson().ToText(Records.Random(type, [5]));
            foreach (var field in type.Format.Fields)
            {
                foreach (var value in wrong[field.Kind])
                {
                    var node = JsonNode.Parse(text)!;
                    node["payload"]![field.Name] = "PUT";
                    AssertRefused(node.ToJsonString().Replace($"\"{field.Name}\":\"PUT\"", $"\"{field.Name}\":{value}", StringComparison.Ordinal), $"field {field.Name}");
                    tried.Add(field.Kind);
                }
            }
        }

        Assert.Equal(Enum.GetValues<FieldKind>().Length, tried.Count);
    }

    [Theory]
    [InlineData("\"sequence\":1", "\"sequence\":0", "field sequence is 0")]
    [InlineData("\"sequence\":1", "\"sequence\":\"1\"", "field sequence is \"1\"")]
    [InlineData("\"type\":\"timerFired\"", "\"type\":\"TimerFired\"", "field type is \"TimerFired\"")]
    [InlineData("\"type\":\"timerFired\"", "\"type\":\"none\"", "field type is \"none\"")]
    [InlineData("\"type\":\"timerFired\"", "\"type\":61", "field type is 61")]
    [InlineData("\"type\":\"timerFired\"", "\"type\":\"\\ud800\"", "surrogate")]
    [InlineData("\"version\":1", "\"version\":0", "field version is 0")]
    [InlineData("\"venueTime\":null", "\"venueTime\":0", "field venueTime is 0, expected null")]
    [InlineData("\"venueTime\":null", "\"venueTime\":\"1\"", "field venueTime is \"1\"")]
    [InlineData("\"receiveTime\":5", "\"receiveTime\":null", "field receiveTime is null")]
    [InlineData("\"cause\":null", "\"cause\":{\"stream\":0,\"sequence\":0}", "expected null where there is no cause")]
    [InlineData("\"cause\":null", "\"cause\":{\"stream\":-1,\"sequence\":1}", "field stream is -1")]
    [InlineData("\"cause\":null", "\"cause\":{\"stream\":1}", "the cause has no field sequence")]
    [InlineData("\"cause\":null", "\"cause\":3", "the cause is 3")]
    [InlineData("\"cause\":null", "\"cause\":null,\"correlation\":1", "the event has a field correlation")]
    [InlineData("\"due\":7", "\"due\":7,\"extra\":1", "has no field extra")]
    [InlineData("\"due\":7", "\"due\":7,\"\\ud800\":1", "surrogate")]
    [InlineData("\"due\":7", "\"due\":7,\"due\":7", "Duplicate property 'due'")]
    [InlineData("{\"due\":7}", "[]", "the payload is a Array, not an object")]
    [InlineData("{\"sequence\"", "{\"sequence", "is invalid")]
    public void Json_WithADamagedEnvelope_SaysWhatIsWrong(string sound, string damaged, string expected)
    {
        const string Event = "{\"sequence\":1,\"type\":\"timerFired\",\"version\":1,\"venueTime\":null,\"receiveTime\":5,\"cause\":null,\"payload\":{\"due\":7}}";
        AssertReadsBack(new EventJson(), Event, Records.Of(new EventHeader(1, EventType.TimerFired, 1, 0, 5, Cause.None), new TimerFired { Due = 7 }));
        Assert.Contains(sound, Event, StringComparison.Ordinal);
        AssertRefused(Event.Replace(sound, damaged, StringComparison.Ordinal), expected);
    }

    [Fact]
    public void Json_OfAVersionThatNobodyKnows_IsAnUnknownEvent()
    {
        var error = Assert.Throws<UnknownEventException>(() => new EventJson().Read(
            Encoding.UTF8.GetBytes("{\"sequence\":9,\"type\":\"timerFired\",\"version\":7,\"venueTime\":null,\"receiveTime\":5,\"cause\":null,\"payload\":{\"due\":7}}"), new ByteBuffer()));
        Assert.Equal("Event 9 has type 61 (TimerFired) version 7: this program reads versions up to 1; use the program that wrote it, or a newer one.", error.Message);
    }

    [Fact]
    public void Json_WithNeighbouringPricesTooFarApart_IsRefusedAndLeavesTheBufferAlone()
    {
        var text = new EventJson().ToText(Records.Of(new EventHeader(1, EventType.PartialBook, 1, 0, 5, Cause.None), new PartialBook()));
        var buffer = new ByteBuffer();
        buffer.Write([1, 2, 3]);
        var damaged = text.Replace("\"bids\":[]", "\"bids\":[[-9223372036854775808,1],[9223372036854775807,1]]", StringComparison.Ordinal);
        var error = Assert.Throws<EventJsonException>(() => new EventJson().Read(Encoding.UTF8.GetBytes(damaged), buffer));
        Assert.Contains("farther apart than 64 bits hold", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], buffer.Span.ToArray());
    }

    [Fact]
    public void Json_OfAKnownTrade_IsThisText()
    {
        var record = Records.Of(
            new EventHeader(42, EventType.Trade, 1, 1_723_075_200_000_000_000, 1_723_075_200_001_500_000, new Cause(1, 7)),
            new Trade { TradeId = 3_733_264_001, Price = 6_160_201_000_000, Quantity = 9_223_372_036_854_775_807, TradeTime = 1_723_075_199_999_000_000, BuyerIsMaker = true });
        Assert.Equal(
            "{\"sequence\":42,\"type\":\"trade\",\"version\":1,\"venueTime\":1723075200000000000,\"receiveTime\":1723075200001500000,"
            + "\"cause\":{\"stream\":1,\"sequence\":7},\"payload\":{\"tradeId\":3733264001,\"price\":6160201000000,"
            + "\"quantity\":9223372036854775807,\"tradeTime\":1723075199999000000,\"buyerIsMaker\":true}}",
            new EventJson().ToText(record));
    }

    [Fact]
    public void Json_OfAKnownHalt_WritesMoneyAsTextAndCodesByName()
    {
        var record = Records.Of(
            new EventHeader(1, EventType.Halted, 1, 0, 5, Cause.None),
            new Halted { Reason = HaltReason.StopLoss, Observed = Int128.MinValue, Limit = 0 });
        Assert.EndsWith(
            "\"payload\":{\"reason\":\"stopLoss\",\"observed\":\"-170141183460469231731687303715884105728\",\"limit\":\"0\"}}",
            new EventJson().ToText(record),
            StringComparison.Ordinal);
    }

    private static void AssertReadsBack(EventJson json, string text, byte[] record)
    {
        var buffer = new ByteBuffer();
        var header = json.Read(Encoding.UTF8.GetBytes(text), buffer);
        Assert.True(record.AsSpan().SequenceEqual(buffer.Span), $"{text} became {Convert.ToHexString(buffer.Span)}, was {Convert.ToHexString(record)}");
        Assert.Equal(EventRecord.Read(record, out _), header);
    }

    private static void AssertRefused(string text, string expected)
    {
        var buffer = new ByteBuffer();
        var error = Assert.Throws<EventJsonException>(() => new EventJson().Read(Encoding.UTF8.GetBytes(text), buffer));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, buffer.Length);
    }

    private static JsonNode Reversed(JsonNode node) => node is JsonObject json
        ? new JsonObject(json.Reverse().Select(property => KeyValuePair.Create(property.Key, property.Value is null ? null : Reversed(property.Value.DeepClone()))))
        : node;
}
