namespace EventSourcedMM.Stores.Postgres;

/// <summary>How a <see cref="PostgresStore"/> behaves.</summary>
public sealed record PostgresOptions
{
    /// <summary>How often a subscription looks by itself. Notifications come at once; this is for those that a broken connection lost.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a subscription waits before it tries a server that went away again.</summary>
    public TimeSpan ReconnectInterval { get; init; } = TimeSpan.FromSeconds(1);
}
