using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Locations;
using EventSourcedMM.Stores.Postgres;
#if OFFICIAL_STORES
using EventSourcedMM.Stores.EventStoreDb;
using EventSourcedMM.Stores.Marten;
#endif

namespace EventSourcedMM.Cli.Shell;

/// <summary>Opens the store that a location names. A new adapter adds its line here.</summary>
public static class StoreFactories
{
    private static readonly IReadOnlyDictionary<StoreKind, Func<StoreLocation, IEventStore>> Factories = new Dictionary<StoreKind, Func<StoreLocation, IEventStore>>
    {
        [StoreKind.Journal] = location => new JournalStore(location.Address, WallClock.Timers),
        [StoreKind.PostgreSql] = location => new PostgresStore(location.Address, location.Redacted, WallClock.Timers),
#if OFFICIAL_STORES
        [StoreKind.Marten] = location => new MartenEventStore(location.Address, location.Redacted, WallClock.Timers),
        [StoreKind.EventStoreDb] = location => new EventStoreDbStore(location.Address, location.Redacted, WallClock.Timers),
#endif
    };

    /// <summary>Opens a store.</summary>
    /// <exception cref="UsageException">This build has no adapter for it; says how to get one.</exception>
    public static IEventStore Open(StoreLocation location) => Factories.TryGetValue(location.Kind, out var factory)
        ? factory(location)
        : throw new UsageException(location.Kind is StoreKind.Marten or StoreKind.EventStoreDb
            ? $"{location}: this build has no adapter for {Name(location.Kind)}. Build with it: dotnet build EventSourcedMM.sln -c Release -p:OfficialStores=true (docs/stores.md)."
            : $"{location}: this build has no adapter for {Name(location.Kind)}.");

    private static string Name(StoreKind kind) => kind switch
    {
        StoreKind.PostgreSql => "PostgreSQL",
        StoreKind.Marten => "Marten",
        StoreKind.EventStoreDb => "EventStoreDB",
        _ => "the journal",
    };
}
