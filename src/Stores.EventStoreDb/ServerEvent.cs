namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>An event as EventStoreDB's own UI and projections see it.</summary>
/// <param name="Stream">Name of the server's stream.</param>
/// <param name="Type">Event type.</param>
/// <param name="Id">Event id.</param>
/// <param name="ContentType">Content type of the data.</param>
/// <param name="Data">The event, as text.</param>
/// <param name="Metadata">What it is tied to, as text.</param>
public sealed record ServerEvent(string Stream, string Type, Guid Id, string ContentType, string Data, string Metadata);
