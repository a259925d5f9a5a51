#if OFFICIAL_STORES
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using global::Marten;

namespace EventSourcedMM.Stores.Bench;

/// <summary>Marten as its own guide shows it: a session, a stream by name, a class of events, one save a batch. The events are our JSON as a document.</summary>
internal sealed class BareMarten : IAsyncDisposable
{
    private readonly DocumentStore store;

    public BareMarten(string connection, string schema) => store = DocumentStore.For(options =>
    {
        options.Connection(connection);
        options.DatabaseSchemaName = schema;
        options.Events.StreamIdentity = JasperFx.Events.StreamIdentity.AsString;
        options.Events.AddEventType<BareEvent>();
        options.UseSystemTextJsonForSerialization();
    });

    public async Task CreateAsync() => await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();

    public async Task<long> AppendAsync(string stream, List<EventBatch> batches)
    {
        var json = new EventJson();
        var version = 0L;
        foreach (var batch in batches)
        {
            var events = new List<object>(batch.Count);
            foreach (var record in batch)
            {
                using var bytes = new MemoryStream();
                using (var writer = new Utf8JsonWriter(bytes, EventJson.Style))
                {
                    json.Write(writer, record);
                }

                using var document = JsonDocument.Parse(bytes.ToArray());
                events.Add(new BareEvent(document.RootElement.Clone()));
            }

            await using var session = store.LightweightSession();
            version += events.Count;
            session.Events.Append(stream, version, events.ToArray());
            await session.SaveChangesAsync();
        }

        return version;
    }

    public async Task<long> ReadAsync(string stream)
    {
        await using var session = store.QuerySession();
        return (await session.Events.FetchStreamAsync(stream)).Count;
    }

    public ValueTask DisposeAsync()
    {
        store.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>An event of somebody who keeps JSON.</summary>
    internal sealed record BareEvent(JsonElement Data);
}
#endif
