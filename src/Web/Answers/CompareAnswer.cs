using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>Where two stored runs part, and what they were given differently.</summary>
internal static class CompareAnswer
{
    /// <summary>Writes the members.</summary>
    /// <exception cref="BadQuestionException">One of them is no run.</exception>
    public static void Write(Utf8JsonWriter json, ViewTimeline first, ViewTimeline second)
    {
        var (a, b) = (first.Run ?? throw Refuse(first), second.Run ?? throw Refuse(second));
        json.WriteStartArray("settings");
        foreach (var setting in RunDiff.Settings(a.Run.Started, b.Run.Started))
        {
            json.WriteStartObject();
            json.WriteString("name", setting.Name);
            json.WriteString("first", setting.First);
            json.WriteString("second", setting.Second);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("divergence");
        if (RunDiff.Diverge(a.Run, b.Run) is not { } divergence)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteNumber("sequence", divergence.Sequence);
        var time = divergence.First?.Header.ReceiveTime ?? divergence.Second!.Header.ReceiveTime;
        json.WriteString("time", Texts.Time(time));
        json.WriteNumber("seconds", Texts.Seconds(time));
        Side(json, "first", first, divergence.First);
        Side(json, "second", second, divergence.Second);
        Fields(json, divergence.First, divergence.Second);
        json.WriteEndObject();
    }

    // Two decisions may want the same prices from different numbers: what of the events differs is said by name.
    private static void Fields(Utf8JsonWriter json, RunEvent? first, RunEvent? second)
    {
        json.WriteStartArray("fields");
        if (first is not null && second is not null && first.Header.Type == second.Header.Type)
        {
            using var a = JsonDocument.Parse(Text(first));
            using var b = JsonDocument.Parse(Text(second));
            var other = b.RootElement.GetProperty("payload");
            foreach (var field in a.RootElement.GetProperty("payload").EnumerateObject())
            {
                if (other.TryGetProperty(field.Name, out var value) && value.GetRawText() != field.Value.GetRawText())
                {
                    json.WriteStartObject();
                    json.WriteString("name", field.Name);
                    json.WriteString("first", field.Value.ToString());
                    json.WriteString("second", value.ToString());
                    json.WriteEndObject();
                }
            }
        }

        json.WriteEndArray();
    }

    private static string Text(RunEvent said)
    {
        var record = new ByteBuffer();
        EventRecord.Write(record, said.Header, said.Payload);
        return new EventJson().ToText(record.Span);
    }

    private static void Side(Utf8JsonWriter json, string name, ViewTimeline timeline, RunEvent? said)
    {
        json.WritePropertyName(name);
        if (said is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", Texts.Code(said.Header.Type));
        json.WriteString("text", timeline.Instrument is { } instrument ? EventWords.Say(said, instrument) : "");
        json.WriteString("at", timeline.AtRun(said.Header.Sequence).ToString());
        json.WriteEndObject();
    }

    private static BadQuestionException Refuse(ViewTimeline timeline) => new($"{timeline.Stream} is no run: two runs can be compared.");
}
