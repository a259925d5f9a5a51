using EventSourcedMM.Domain.Events;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>A small batch in one statement, which is its own transaction: the claim of the versions and the rows.</summary>
internal static class SmallAppend
{
    /// <summary>Claims and inserts; nothing is inserted when nothing was claimed.</summary>
    public static async Task<(long Id, long Version, bool Sealed, bool Claimed)> RunAsync(NpgsqlDataSource server, string schema, StreamName stream, long expected, EventBatch batch, CancellationToken ct)
    {
        var types = new short[batch.Count];
        var records = new byte[batch.Count][];
        var last = 0L;
        for (var i = 0; i < batch.Count; i++)
        {
            var header = EventRecord.Read(batch[i], out _);
            types[i] = (short)header.Type;
            records[i] = batch[i].ToArray();
            last = header.ReceiveTime;
        }

        await using var command = server.CreateCommand(
            $"WITH c AS MATERIALIZED (SELECT id, version, sealed, claimed FROM {schema}.claim($1, $2, $3, $4, $5)), "
            + $"i AS (INSERT INTO {schema}.events (stream_id, sequence, type, record) SELECT c.id, $2 + n, t, r FROM c, unnest($6::smallint[], $7::bytea[]) WITH ORDINALITY AS x (t, r, n) WHERE c.claimed) "
            + "SELECT id, version, sealed, claimed FROM c");
        foreach (var value in (object[])[stream.Value, expected, batch.LastSequence, batch.FirstReceiveTime, last, types, records])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await ReadClaimAsync(command, ct).ConfigureAwait(false);
    }

    /// <summary>What a claim answered.</summary>
    public static async Task<(long Id, long Version, bool Sealed, bool Claimed)> ReadClaimAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        await reader.ReadAsync(ct).ConfigureAwait(false);
        var claim = reader.GetBoolean(3)
            ? (reader.GetInt64(0), reader.GetInt64(1), false, true)
            : (reader.IsDBNull(0) ? 0 : reader.GetInt64(0), reader.IsDBNull(1) ? 0 : reader.GetInt64(1), !reader.IsDBNull(2) && reader.GetBoolean(2), false);

        // To the very end: the rows are inserted after the answer's row, and a statement of its own is committed after both.
        while (await reader.ReadAsync(ct).ConfigureAwait(false) || await reader.NextResultAsync(ct).ConfigureAwait(false))
        {
            continue;
        }

        return claim;
    }
}
