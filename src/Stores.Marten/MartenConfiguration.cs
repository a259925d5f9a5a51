using EventSourcedMM.Stores.Marten.Events;
using EventSourcedMM.Stores.Marten.ReadModels;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;
using Marten;
using Weasel.Core;

namespace EventSourcedMM.Stores.Marten;

/// <summary>
/// How the engine's events lie in a Marten database. A program of your own that reads them, or runs the projections in its own
/// daemon (<c>AddMarten(…).AddAsyncDaemon(DaemonMode.HotCold)</c>), calls <see cref="Apply"/> on its options.
/// </summary>
public static class MartenConfiguration
{
    /// <summary>The database schema unless the connection string names one in <c>Search Path</c>.</summary>
    public const string DefaultSchema = "mm_marten";

    /// <summary>Sets streams by name, event names, the events' JSON, the projections, and a daemon that stops at every error.</summary>
    /// <param name="options">Marten's options; the connection is set by the caller.</param>
    /// <param name="schema">Database schema of the tables.</param>
    public static void Apply(StoreOptions options, string schema = DefaultSchema)
    {
        options.DatabaseSchemaName = schema;
        options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase, json => json.Converters.Add(new MartenEventJson()));

        options.Events.StreamIdentity = StreamIdentity.AsString;

        // Takes the stream's row before it counts: of two writers one sees the other's version and not a broken constraint,
        // and no number of the global sequence is lost, for which the daemon would wait.
        options.Events.UseExclusiveLockOnConcurrentAppends = true;
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        foreach (var (name, type) in MartenEventTypes.All)
        {
            options.Events.MapEventType(type, name);
        }

        options.Schema.For<SealedStream>().DocumentAlias("sealed_stream");
        options.Schema.For<RunInventory>().DocumentAlias("run_inventory");
        options.Schema.For<RunPnl>().DocumentAlias("run_pnl");

        // Who runs them is said elsewhere. Without this, Marten writes a warning to standard output that nobody does.
        options.Projections.AsyncMode = DaemonMode.ExternallyManaged;
        options.Projections.Add(new InventoryProjection(), ProjectionLifecycle.Async);
        options.Projections.Add(new PnlProjection(), ProjectionLifecycle.Async);

        // Marten's own default is to skip what fails and go on: figures of which an event is missing.
        options.Projections.Errors.SkipApplyErrors = false;
        options.Projections.Errors.SkipSerializationErrors = false;
        options.Projections.Errors.SkipUnknownEvents = false;
        options.Projections.RebuildErrors.SkipApplyErrors = false;
        options.Projections.RebuildErrors.SkipSerializationErrors = false;
        options.Projections.RebuildErrors.SkipUnknownEvents = false;
    }
}
