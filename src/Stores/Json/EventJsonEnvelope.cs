using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Json;

/// <summary>Reads the envelope around a payload.</summary>
internal static class EventJsonEnvelope
{
    private static readonly string[] Fields = ["sequence", "type", "version", "venueTime", "receiveTime", "cause", "payload"];
    private static readonly string[] CauseFields = ["stream", "sequence"];

    public static EventHeader Read(JsonElement json, out JsonElement payload)
    {
        Require(json, "event", Fields);
        var name = json.GetProperty("type");
        var type = name.ValueKind == JsonValueKind.String ? CodeNames<EventType>.Number(name.GetString()!) : -1;
        if (type <= (int)EventType.None)
        {
            throw new EventJsonException($"field type is {EventJsonReader.Shown(name)}, expected the name of an event type (events-schema/index.json).");
        }

        payload = json.GetProperty("payload");
        return new EventHeader(
            Integer(json, "sequence", 1, long.MaxValue),
            (EventType)type,
            (int)Integer(json, "version", 1, int.MaxValue),
            VenueTime(json),
            Integer(json, "receiveTime", long.MinValue, long.MaxValue),
            CauseOf(json.GetProperty("cause")));
    }

    // 0 stands for "none" in a record, so a stamp of 0 would not come back as itself.
    private static long VenueTime(JsonElement json)
    {
        if (json.GetProperty("venueTime").ValueKind == JsonValueKind.Null)
        {
            return 0;
        }

        var value = Integer(json, "venueTime", long.MinValue, long.MaxValue);
        return value != 0 ? value : throw new EventJsonException("field venueTime is 0, expected null where the venue gave no stamp.");
    }

    private static Cause CauseOf(JsonElement cause)
    {
        if (cause.ValueKind == JsonValueKind.Null)
        {
            return Cause.None;
        }

        Require(cause, "cause", CauseFields);
        var value = new Cause((int)Integer(cause, "stream", 0, int.MaxValue - 1), Integer(cause, "sequence", 0, long.MaxValue));
        return value != Cause.None ? value : throw new EventJsonException("field cause is stream 0, sequence 0, expected null where there is no cause.");
    }

    private static void Require(JsonElement json, string what, string[] fields)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new EventJsonException($"the {what} is {EventJsonReader.Shown(json)}, not an object.");
        }

        foreach (var field in fields)
        {
            if (!json.TryGetProperty(field, out _))
            {
                throw new EventJsonException($"the {what} has no field {field}.");
            }
        }

        foreach (var property in json.EnumerateObject())
        {
            if (Array.IndexOf(fields, property.Name) < 0)
            {
                throw new EventJsonException($"the {what} has a field {property.Name}, expected only {string.Join(", ", fields)}.");
            }
        }

        if (json.GetPropertyCount() != fields.Length)
        {
            throw new EventJsonException($"the {what} gives a field twice.");
        }
    }

    private static long Integer(JsonElement json, string field, long smallest, long largest)
    {
        var element = json.GetProperty(field);
        return EventJsonReader.IsInteger(element, out var value) && value >= smallest && value <= largest
            ? value
            : throw new EventJsonException($"field {field} is {EventJsonReader.Shown(element)}, expected an integer from {smallest} to {largest}.");
    }
}
