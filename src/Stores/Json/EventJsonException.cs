namespace EventSourcedMM.Stores.Json;

/// <summary>JSON that is not an event of events-schema/: says which field, what it holds and what it should hold.</summary>
public sealed class EventJsonException(string what) : FormatException($"Not an event: {what}");
