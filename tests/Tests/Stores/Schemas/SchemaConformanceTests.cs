using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Tests.Stores.Canonical;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>The JSON that is written fits the schemas that are published, and what does not fit is not read.</summary>
public sealed class SchemaConformanceTests
{
    private static readonly JsonSchemaCheck Check = new(EventsSchemaFolder.OfRepository);

    [Property(MaxTest = 20)]
    public void Json_OfAnyRecord_FitsItsSchema(ulong[] choices)
    {
        foreach (var type in EventCase.All)
        {
            var json = JsonNode.Parse(new EventJson().ToText(Records.Random(type, choices)))!;
            Assert.Empty(Check.Errors(EventSchema.FileOf(type.Format), json));
        }
    }

    [Property(MaxTest = 20)]
    public void Json_WithOneFieldReplaced_IsReadExactlyWhenItFitsItsSchema(ulong[] choices, byte which)
    {
        string[] replacements = ["null", "true", "1", "-1", "\"1\"", "\"\"", "\"NaN\"", "\"bid\"", "\"none\"", "[]", "[[1,2]]", "[[1,-2]]", "{}", "9223372036854775808", $"\"{new string('0', 64)}\""];
        foreach (var type in EventCase.All)
        {
            var text = new EventJson().ToText(Records.Random(type, choices));
            foreach (var field in type.Format.Fields)
            {
                var json = JsonNode.Parse(text)!;
                json["payload"]![field.Name] = JsonNode.Parse(replacements[(which + field.Name.Length) % replacements.Length]);
                var fits = Check.Errors(EventSchema.FileOf(type.Format), json).Count == 0;
                Assert.True(fits == IsRead(json), $"the schema {(fits ? "allows" : "refuses")} {json.ToJsonString()}");
            }
        }
    }

    [Fact]
    public void Json_WithAFieldTooManyOrTooFew_DoesNotFitItsSchema()
    {
        foreach (var type in EventCase.All)
        {
            var text = new EventJson().ToText(Records.Random(type, [7]));
            var more = JsonNode.Parse(text)!;
            more["payload"]!["unheardOf"] = 1;
            Assert.Equal(["/payload has unheardOf"], Check.Errors(EventSchema.FileOf(type.Format), more));
            var less = JsonNode.Parse(text)!;
            less["payload"]!.AsObject().Remove(type.Format.Fields[0].Name);
            Assert.Equal([$"/payload lacks {type.Format.Fields[0].Name}"], Check.Errors(EventSchema.FileOf(type.Format), less));
        }
    }

    private static bool IsRead(JsonNode json)
    {
        try
        {
            new EventJson().Read(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), new ByteBuffer());
            return true;
        }
        catch (EventJsonException)
        {
            return false;
        }
    }
}
