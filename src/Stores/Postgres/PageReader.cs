using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>Reads the events of a stream a page at a time, and nobody else's: its id is taken only together with its name.</summary>
internal static class PageReader
{
    private const int PageRows = 4_096;
    private const int FilteredRows = 65_536;

    /// <summary>A condition of a statement: the stream with the id $1 is the one of this name. Asked once, not for each row.</summary>
    public static string IsStill(string schema, string name) => $"EXISTS (SELECT 1 FROM {schema}.streams WHERE id = $1 AND name = {name})";

    /// <summary>The next page and the last sequence it covers; no page when all of them are of other types.</summary>
    /// <exception cref="StreamDamagedException">An event is missing, or is no record.</exception>
    public static async Task<(EventPage? Page, long Last)> RunAsync(
        NpgsqlDataSource server, string schema, string place, StreamName stream, long id, long version, long next, EventTypeSet? types, CancellationToken ct)
    {
        // A range of sequences rather than a limit alone: without fresh statistics the planner may sort all that is left for it.
        var upper = Math.Min(version, next + (types is null ? PageRows : FilteredRows) - 1);
        var filter = types is null ? "" : " AND type = ANY($5)";
        await using var command = server.CreateCommand($"SELECT sequence, record FROM {schema}.events WHERE stream_id = $1 AND sequence BETWEEN $2 AND $3 AND {IsStill(schema, "$4")}{filter} ORDER BY sequence LIMIT {PageRows}");
        foreach (var value in (object[])[id, next, upper, stream.Value])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        if (types is { } wanted)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = wanted.Types.Select(t => (short)t).ToArray() });
        }

        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        var builder = new EventPageBuilder(PageRows);
        var expected = next;
        while (!builder.IsFull && await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            var sequence = reader.GetInt64(0);
            var record = reader.GetFieldValue<byte[]>(1);
            if (!Head(record, out var header, out var start) || header.Sequence != sequence || (types is null && sequence != expected))
            {
                throw new StreamDamagedException(stream, expected, $"in {place} event {sequence} stands there, or its bytes are not a record.");
            }

            expected = sequence + 1;
            builder.Add(header, record.AsSpan(start));
        }

        var isEnd = !builder.IsFull;
        if (isEnd && types is null && expected <= upper)
        {
            throw new StreamDamagedException(stream, expected, $"{place} states {version} events, this one is missing.");
        }

        return (builder.IsEmpty ? null : builder.Take(), isEnd ? upper : expected - 1);
    }

    private static bool Head(byte[] record, out EventHeader header, out int start)
    {
        try
        {
            header = EventRecord.Read(record, out start);
            return true;
        }
        catch (CanonicalFormatException)
        {
            (header, start) = (default, 0);
            return false;
        }
    }
}
