using EventSourcedMM.Domain.Events;
using JasperFx.Events.Daemon;
using Marten;
using Marten.Services;
using Npgsql;

namespace EventSourcedMM.Stores.Marten;

/// <summary>Marten's tables: made once, and read directly where Marten has no question for it.</summary>
internal sealed class MartenSchema(DocumentStore store, NpgsqlDataSource database, string schema, string place) : IDisposable
{
    private readonly SemaphoreSlim making = new(1, 1);
    private volatile bool made;

    /// <summary>Why the server's acknowledgements do not survive a power cut; null when they do, or before the first call.</summary>
    public string? Weakness { get; private set; }

    /// <summary>A stream as mt_streams has it.</summary>
    public readonly record struct State(long Version, bool Sealed);

    /// <summary>The connection string with what this store needs, and the schema it names.</summary>
    public static string Connection(string connectionString, out string schema)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        schema = string.IsNullOrWhiteSpace(builder.SearchPath) ? MartenConfiguration.DefaultSchema : builder.SearchPath.Trim();
        if (schema.Length > 50 || schema[0] is not ((>= 'a' and <= 'z') or '_') || !schema.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_'))
        {
            throw new StoreRefusedException("marten", $"Search Path={schema} names the schema of Marten's tables: one name of lower-case letters, digits and underscores.");
        }

        builder.ApplicationName ??= "EventSourcedMM";

        // An append is acknowledged when it is on disk, also where the server's default is to acknowledge before.
        builder.Options = $"{builder.Options} -c synchronous_commit=on".Trim();
        return builder.ConnectionString;
    }

    /// <summary>Creates or updates the tables with the first call.</summary>
    public async ValueTask ReadyAsync(CancellationToken ct)
    {
        if (made)
        {
            return;
        }

        await making.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (!made)
            {
                await Guard(() => store.Storage.ApplyAllConfiguredChangesToDatabaseAsync()).ConfigureAwait(false);
                Weakness = await Guard(async () =>
                {
                    await using var command = database.CreateCommand("select current_setting('fsync')");
                    return (string?)await command.ExecuteScalarAsync(ct).ConfigureAwait(false) == "off"
                        ? "the server runs with fsync=off: what it acknowledges does not survive a power cut. Set fsync=on."
                        : null;
                }).ConfigureAwait(false);
                made = true;
            }
        }
        finally
        {
            making.Release();
        }
    }

    /// <summary>Version and seal of a stream; null when it does not exist.</summary>
    public async Task<State?> StateAsync(StreamName stream, CancellationToken ct)
    {
        await ReadyAsync(ct).ConfigureAwait(false);
        return await Guard(async () =>
        {
            await using var command = database.CreateCommand($"select version, is_archived from {schema}.mt_streams where id = $1");
            command.Parameters.AddWithValue(stream.Value);
            return await ReadState(command, ct).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>Names of streams, in ordinal order. Streams of other programs in the same schema are left out.</summary>
    public Task<List<StreamName>> NamesAsync(string prefix, CancellationToken ct) => Guard(async () =>
    {
        await using var command = database.CreateCommand($"select id from {schema}.mt_streams where starts_with(id, $1) and id ~ '^(market|run|portfolio)/' order by id collate \"C\"");
        command.Parameters.AddWithValue(prefix);
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var names = new List<StreamName>();
        while (await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            names.Add(StreamName.Parse(reader.GetString(0)));
        }

        return names;
    });

    /// <summary>Seals a stream at the version that was digested; null when it has grown since.</summary>
    public Task<StreamManifest?> TrySealAsync(StreamName stream, StreamDigest digest, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes, CancellationToken ct) => Guard(async () =>
    {
        await using var connection = await database.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        State? state;
        await using (var command = new NpgsqlCommand($"select version, is_archived from {schema}.mt_streams where id = $1 for update", connection, transaction))
        {
            command.Parameters.AddWithValue(stream.Value);
            state = await ReadState(command, ct).ConfigureAwait(false);
        }

        if (state is not { } found)
        {
            throw new StreamNotFoundException(stream, place);
        }

        if (found.Sealed)
        {
            throw new StreamSealedException(stream, found.Version);
        }

        if (found.Version < digest.Count)
        {
            throw new StoreUnreachableException(place, $"{stream} had {digest.Count} events a moment ago and has {found.Version}: it was emptied.");
        }

        if (found.Version != digest.Count)
        {
            return null;
        }

        var manifest = digest.ToManifest(engineVersion, notes);

        // Only the stream's row is marked, which is what an append looks at; marked events would be hidden from queries and
        // from the daemon.
        await using (var command = new NpgsqlCommand($"update {schema}.mt_streams set is_archived = true where id = $1", connection, transaction))
        {
            command.Parameters.AddWithValue(stream.Value);
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await using (var session = store.LightweightSession(SessionOptions.ForTransaction(transaction)))
        {
            session.Store(new SealedStream { Id = stream.Value, Manifest = System.Text.Encoding.UTF8.GetString(manifest.ToJson()) });
            await session.SaveChangesAsync(ct).ConfigureAwait(false);
        }

        await transaction.CommitAsync(ct).ConfigureAwait(false);
        return manifest;
    });

    /// <summary>A sealed stream's manifest; null without one.</summary>
    public Task<StreamManifest?> ManifestAsync(StreamName stream, CancellationToken ct) => Guard(async () =>
    {
        await using var session = store.QuerySession();
        var found = await session.LoadAsync<SealedStream>(stream.Value, ct).ConfigureAwait(false);
        return found is null ? null : StreamManifest.Parse(System.Text.Encoding.UTF8.GetBytes(found.Manifest), $"{place}, {stream}");
    });

    /// <summary>Runs the projections until they have folded everything.</summary>
    public Task<bool> ProjectAsync(CancellationToken ct) => Guard(async () =>
    {
        using var daemon = await store.BuildProjectionDaemonAsync().ConfigureAwait(false);
        await daemon.CatchUpAsync(ct).ConfigureAwait(false);
        return true;
    });

    /// <summary>The contract's exception; null where the error says something else. Where the tables are gone, the next call makes them.</summary>
    public Exception? Translate(Exception error)
    {
        if (MartenErrors.IsMissingSchema(error))
        {
            made = false;
        }

        return MartenErrors.Translate(error, place);
    }

    /// <inheritdoc/>
    public void Dispose() => making.Dispose();

    private static async Task<State?> ReadState(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        return await reader.ReadAsync(ct).ConfigureAwait(false) ? new State(reader.GetInt64(0), reader.GetBoolean(1)) : null;
    }

    private async Task Guard(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }

    private async Task<T> Guard<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }
}
