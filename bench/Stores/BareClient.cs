using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcedMM.Stores.Bench;

/// <summary>The same rows into the same kind of table, without a store around it: no versions, no checks, no subscriptions.</summary>
internal sealed class BareClient(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlConnection connection = new(connectionString);

    public async Task CreateAsync()
    {
        var schema = new NpgsqlConnectionStringBuilder(connectionString).SearchPath;
        await connection.OpenAsync();
        await ExecuteAsync($"CREATE SCHEMA {schema}");
        foreach (var table in (string[])["a", "b", "c"])
        {
            await ExecuteAsync($"CREATE TABLE {table} (stream_id bigint NOT NULL, sequence bigint NOT NULL, type smallint NOT NULL, record bytea NOT NULL, PRIMARY KEY (stream_id, sequence))");
        }
    }

    public async Task<long> CopyRawAsync(string table, List<EventBatch> batches)
    {
        var rows = new CopyRows();
        var count = 0L;
        foreach (var batch in batches)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var copy = await connection.BeginRawBinaryCopyAsync($"COPY {table} FROM STDIN (FORMAT BINARY)"))
            {
                await copy.WriteAsync(rows.Encode(1, batch));
            }

            await transaction.CommitAsync();
            count += batch.Count;
        }

        return count;
    }

    public async Task<long> CopyRowsAsync(string table, List<EventBatch> batches)
    {
        var count = 0L;
        foreach (var batch in batches)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var copy = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT BINARY)"))
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    await copy.StartRowAsync();
                    await copy.WriteAsync(1L, NpgsqlDbType.Bigint);
                    await copy.WriteAsync(batch.FirstSequence + i, NpgsqlDbType.Bigint);
                    await copy.WriteAsync((short)EventRecord.Read(batch[i], out _).Type, NpgsqlDbType.Smallint);
                    await copy.WriteAsync(batch[i].ToArray(), NpgsqlDbType.Bytea);
                }

                await copy.CompleteAsync();
            }

            await transaction.CommitAsync();
            count += batch.Count;
        }

        return count;
    }

    public async Task<long> InsertAsync(string table, List<EventBatch> batches)
    {
        var count = 0L;
        foreach (var batch in batches)
        {
            var types = new short[batch.Count];
            var records = new byte[batch.Count][];
            for (var i = 0; i < batch.Count; i++)
            {
                types[i] = (short)EventRecord.Read(batch[i], out _).Type;
                records[i] = batch[i].ToArray();
            }

            // One statement, one round trip, its own transaction.
            await using var command = new NpgsqlCommand($"INSERT INTO {table} SELECT 1, $1 + n, t, r FROM unnest($2::smallint[], $3::bytea[]) WITH ORDINALITY AS x (t, r, n)", connection)
            {
                Parameters = { new() { Value = batch.FirstSequence - 1 }, new() { Value = types }, new() { Value = records } },
            };
            count += await command.ExecuteNonQueryAsync();
        }

        return count;
    }

    public async Task<long> ReadAsync(string table)
    {
        await using var command = new NpgsqlCommand($"SELECT sequence, record FROM {table} WHERE stream_id = 1 ORDER BY sequence", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var count = 0L;
        while (await reader.ReadAsync())
        {
            count += reader.GetInt64(0) > 0 && reader.GetFieldValue<byte[]>(1).Length > 0 ? 1 : 0;
        }

        return count;
    }

    public async ValueTask DisposeAsync() => await connection.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
