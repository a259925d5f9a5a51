namespace EventSourcedMM.Stores.Locations;

/// <summary>The kinds of event store that a location can name.</summary>
public enum StoreKind
{
    /// <summary>A directory with the embedded journal.</summary>
    Journal = 0,

    /// <summary>A PostgreSQL database with our own tables.</summary>
    PostgreSql = 1,

    /// <summary>A PostgreSQL database that Marten keeps.</summary>
    Marten = 2,

    /// <summary>An EventStoreDB server or cluster.</summary>
    EventStoreDb = 3,
}
