using System.Globalization;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>
/// Makes the tables and brings those of an earlier program up to date. Several programs may start at once: the advisory lock
/// lets one do it while the others wait.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>The version this program works with.</summary>
    public const int Current = 2;

    // The views use trim_scale, which came with it.
    private const int Oldest = 13;

    /// <summary>The SQL of a migration, for a schema.</summary>
    public static string Migration(int version, string schema)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"EventSourcedMM.Stores.Postgres.{version:0000}.sql");
        using var stream = typeof(PostgresSchema).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The migration {name} is not in the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("{schema}", schema, StringComparison.Ordinal);
    }

    /// <summary>Asks whether server and database can hold the tables.</summary>
    /// <exception cref="StoreRefusedException">The server is too old, or the database cannot hold every character.</exception>
    public static async Task RequireAsync(NpgsqlDataSource server, string place, CancellationToken ct)
    {
        await using var connection = await server.OpenConnectionAsync(ct).ConfigureAwait(false);
        if (connection.PostgreSqlVersion.Major < Oldest)
        {
            throw new StoreRefusedException(place, $"the server is PostgreSQL {connection.PostgreSqlVersion}; {Oldest} or later is needed.");
        }

        if (connection.PostgresParameters.GetValueOrDefault("server_encoding", "UTF8") is var encoding && encoding is not ("UTF8" or "SQL_ASCII"))
        {
            throw new StoreRefusedException(place, $"the database {connection.Database} has the encoding {encoding}, which lacks characters that events may hold. Make one with: createdb -E UTF8 -T template0 NAME.");
        }
    }

    /// <summary>Brings the schema to <see cref="Current"/>.</summary>
    /// <exception cref="StoreRefusedException">It was made by a later program.</exception>
    public static async Task MigrateAsync(NpgsqlDataSource server, string schema, string place, CancellationToken ct, int target = Current)
    {
        await using var connection = await server.OpenConnectionAsync(ct).ConfigureAwait(false);
        if (await VersionAsync(connection, schema, ct).ConfigureAwait(false) == target)
        {
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, ct).ConfigureAwait(false);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock(hashtextextended('EventSourcedMM schema {schema}', 0))", ct).ConfigureAwait(false);
        var version = await VersionAsync(connection, schema, ct).ConfigureAwait(false);
        if (version > Current)
        {
            throw new StoreRefusedException(place, $"its schema {schema} has version {version}, this program knows versions up to {Current}: use the later program that made it, or another schema (Search Path=… in the connection string).");
        }

        if (version == 0)
        {
            await ExecuteAsync(connection, $"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE {schema}.schema_version (version int NOT NULL); INSERT INTO {schema}.schema_version VALUES (0)", ct).ConfigureAwait(false);
        }

        while (version < target)
        {
            version++;
            await ExecuteAsync(connection, Migration(version, schema), ct).ConfigureAwait(false);
            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE {schema}.schema_version SET version = {version}"), ct).ConfigureAwait(false);
        }

        if (target >= 2)
        {
            await ProjectAsync(connection, schema, ct).ConfigureAwait(false);
        }

        await transaction.CommitAsync(ct).ConfigureAwait(false);
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        // From the tables, not by to_regclass: its cache does not notice what was made while we waited for the lock.
        await using var exists = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'schema_version')", connection) { Parameters = { new() { Value = schema } } };
        if (await exists.ExecuteScalarAsync(ct).ConfigureAwait(false) is not true)
        {
            return 0;
        }

        await using var version = new NpgsqlCommand($"SELECT version FROM {schema}.schema_version", connection);
        return (int)(await version.ExecuteScalarAsync(ct).ConfigureAwait(false) ?? 0);
    }

    // Events that an earlier program stored come into the tables of this one.
    private static async Task ProjectAsync(NpgsqlConnection connection, string schema, CancellationToken ct)
    {
        var behind = new List<(long Id, string Name)>();
        await using (var command = new NpgsqlCommand($"SELECT id, name FROM {schema}.streams WHERE projected < version ORDER BY id", connection))
        await using (var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                behind.Add((reader.GetInt64(0), reader.GetString(1)));
            }
        }

        var models = new ReadModels(schema);
        foreach (var (id, name) in behind)
        {
            var last = 0L;
            while (true)
            {
                await using (var command = new NpgsqlCommand($"SELECT sequence, record FROM {schema}.events WHERE stream_id = $1 AND sequence > $2 AND type = ANY($3) ORDER BY sequence LIMIT 4096", connection)
                {
                    Parameters = { new() { Value = id }, new() { Value = last }, new() { Value = ReadModels.Types.Select(t => (short)t).ToArray() } },
                })
                await using (var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false))
                {
                    var before = last;
                    while (await reader.ReadAsync(ct).ConfigureAwait(false))
                    {
                        last = reader.GetInt64(0);
                        models.Add(id, name, reader.GetFieldValue<byte[]>(1));
                    }

                    if (last == before)
                    {
                        break;
                    }
                }

                await models.WriteAsync(connection, ct).ConfigureAwait(false);
            }
        }

        await ExecuteAsync(connection, $"UPDATE {schema}.streams SET projected = version WHERE projected < version", ct).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
    }
}
