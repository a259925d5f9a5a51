using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>
/// Events in PostgreSQL. A batch is one transaction: the stream's version is moved on by a compare-and-set that locks its row,
/// the events follow by binary COPY. The tables are made, and brought up to date, by the first use; where the connection string
/// has a Search Path, its first schema is used instead of mm. What SQL users read is described in docs/stores.md.
/// Reads and appends that meet a broken connection are tried once more on a new one: an append is known by its events' ids.
/// </summary>
public sealed class PostgresStore : IEventStore
{
    private const int MostAttempts = 4;

    // Up to here one statement with arrays beats the four round trips of a COPY (bench/Stores).
    private const int SmallBatch = 1_000;

    private readonly NpgsqlDataSource server;
    private readonly string schema;
    private readonly TimeProvider timers;
    private readonly PostgresOptions options;
    private readonly PostgresSignals signals;
    private readonly SemaphoreSlim preparing = new(1);
    private readonly System.Collections.Concurrent.ConcurrentBag<Encoder> encoders = [];
    private volatile bool isReady;
    private string? weakness;

    /// <summary>A store; the server is asked by the first use.</summary>
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="place">The store for messages, without secrets.</param>
    /// <param name="timers">Only its timers are used, never its clock.</param>
    /// <param name="options">How it behaves.</param>
    /// <exception cref="ArgumentException">The schema in Search Path is not a plain lower-case name.</exception>
    public PostgresStore(string connectionString, string place, TimeProvider timers, PostgresOptions? options = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        schema = builder.SearchPath?.Split(',')[0].Trim() ?? "mm";
        if (!Locations.PostgresAddress.IsPlainSchema(schema))
        {
            throw new ArgumentException("The schema in Search Path must be lower-case letters, digits and underscores, and begin with a letter.", nameof(connectionString));
        }

        builder.SearchPath = null;
        builder.ApplicationName ??= "EventSourcedMM";
        builder.IncludeErrorDetail = false;

        // Nothing here leaves a trace in a session; resetting it would cost a statement each time.
        builder.NoResetOnClose = true;
        server = NpgsqlDataSource.Create(builder);
        Place = place;
        this.timers = timers;
        this.options = options ?? new PostgresOptions();
        signals = new PostgresSignals(server, schema + "_events", timers, this.options);
    }

    /// <inheritdoc/>
    public string Place { get; }

    /// <inheritdoc/>
    /// <remarks>The server flushes every commit: a lesser durability is acknowledged as <see cref="Durability.EveryAppend"/> too.</remarks>
    /// <exception cref="StoreUnreachableException">The server is away; the batch may or may not be stored, and appending it again is safe.</exception>
    /// <exception cref="StoreRefusedException">The server refuses, or does not flush (fsync=off) although the batch asks for it.</exception>
    public async ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
    {
        AppendCheck.Arguments(expectedVersion, batch);
        return await RunAsync(() => TryAppendAsync(stream, expectedVersion, batch, durability, ct), ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        var row = await RunAsync(() => RowAsync(stream, ct), ct).ConfigureAwait(false);
        var next = fromSequence;
        while (row is { } found && next <= found.Version)
        {
            // A page at a time: no transaction and no connection is held while the reader works.
            var (page, last) = await RunAsync(() => PageAsync(stream, found, next, types, ct), ct).ConfigureAwait(false);
            next = last + 1;
            if (page is not null)
            {
                yield return page;
            }

            if (next > found.Version)
            {
                row = await RunAsync(() => RowAsync(stream, ct), ct).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>A server that goes away is waited for; the subscription goes on where it was when it is back.</remarks>
    public async IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fromSequence, 1);
        var signal = signals.For(stream);
        var next = fromSequence;
        while (true)
        {
            ct.ThrowIfCancellationRequested();

            // Asked for before reading, and only once appends are told: what is committed after this read wakes us.
            var told = signal.Next();
            var listening = signals.Ready();
            if (!listening.IsCompleted)
            {
                await Task.WhenAny(listening, Task.Delay(options.PollInterval, timers, ct)).ConfigureAwait(false);
            }

            StreamRow? row = null;
            (EventPage? Page, long Last) read = (null, next - 1);
            var away = false;
            try
            {
                row = await RunAsync(() => RowAsync(stream, ct), ct).ConfigureAwait(false);
                if (row is { } found && found.Version >= next)
                {
                    read = await RunAsync(() => PageAsync(stream, found, next, null, ct), ct).ConfigureAwait(false);
                }
            }
            catch (StoreUnreachableException)
            {
                away = true;
            }

            if (read.Page is not null)
            {
                next = read.Last + 1;
                yield return read.Page;
            }
            else if (row is { Sealed: true } end && end.Version < next)
            {
                yield break;
            }
            else
            {
                await Task.WhenAny(told, Task.Delay(away ? options.ReconnectInterval : options.PollInterval, timers, ct)).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default) =>
        await RunAsync(() => RowAsync(stream, ct), ct).ConfigureAwait(false) is { } row
            ? new StreamInfo(stream, row.Version, row.FirstTime, row.LastTime, row.Sealed, row.ContentHash is { } hash ? Digest.Parse(hash) : null)
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamName> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken ct = default)
    {
        var names = await RunAsync(
            async () =>
            {
                await using var command = server.CreateCommand($"SELECT name FROM {schema}.streams WHERE starts_with(name, $1) ORDER BY name");
                command.Parameters.Add(new NpgsqlParameter { Value = prefix });
                await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
                var found = new List<string>();
                while (await reader.ReadAsync(ct).ConfigureAwait(false))
                {
                    found.Add(reader.GetString(0));
                }

                return found;
            },
            ct).ConfigureAwait(false);
        foreach (var name in names)
        {
            yield return StreamName.Parse(name);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default)
    {
        var kept = notes?.ToArray();
        return await RunAsync(() => TrySealAsync(stream, engineVersion, kept, ct), ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default)
    {
        var json = await RunAsync(
            async () =>
            {
                await using var command = server.CreateCommand($"SELECT manifest FROM {schema}.streams WHERE name = $1");
                command.Parameters.Add(new NpgsqlParameter { Value = stream.Value });
                return await command.ExecuteScalarAsync(ct).ConfigureAwait(false) as byte[];
            },
            ct).ConfigureAwait(false);
        return json is null ? null : StreamManifest.Parse(json, $"the manifest of {stream} in {Place}");
    }

    /// <summary>
    /// Tells the scales of a run's input, so that the views can show decimals where the input itself is not stored here.
    /// </summary>
    public async Task NoteInstrumentAsync(StreamName input, InstrumentDefined instrument, CancellationToken ct = default) =>
        await RunAsync(
            async () =>
            {
                await using var connection = await server.OpenConnectionAsync(ct).ConfigureAwait(false);
                var models = new ReadModels(schema);
                models.AddInstrument(input.Value, instrument);
                await models.WriteAsync(connection, ct).ConfigureAwait(false);
                return true;
            },
            ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await signals.DisposeAsync().ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
        preparing.Dispose();
    }

    private async Task<AppendResult> TryAppendAsync(StreamName stream, long expected, EventBatch batch, Durability durability, CancellationToken ct)
    {
        if (durability.Kind == DurabilityKind.EveryAppend && weakness is not null)
        {
            throw new StoreRefusedException(Place, weakness);
        }

        if (batch.Count <= SmallBatch && !ReadModels.Wants(batch))
        {
            var small = await SmallAppend.RunAsync(server, schema, stream, expected, batch, ct).ConfigureAwait(false);
            return small.Claimed ? Acknowledge(batch.LastSequence, durability) : await NotClaimedAsync(stream, expected, batch, durability, small, ct).ConfigureAwait(false);
        }

        if (!encoders.TryTake(out var encoder))
        {
            encoder = new Encoder(new CopyRows(), new ReadModels(schema));
        }

        try
        {
            await using var connection = await server.OpenConnectionAsync(ct).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, ct).ConfigureAwait(false);
            var claim = await ClaimAsync(connection, stream, expected, batch, ct).ConfigureAwait(false);
            if (!claim.Claimed)
            {
                await transaction.RollbackAsync(ct).ConfigureAwait(false);
                return await NotClaimedAsync(stream, expected, batch, durability, claim, ct).ConfigureAwait(false);
            }

            await using (var copy = await connection.BeginRawBinaryCopyAsync($"COPY {schema}.events (stream_id, sequence, type, record) FROM STDIN (FORMAT BINARY)", ct).ConfigureAwait(false))
            {
                await copy.WriteAsync(encoder.Rows.Encode(claim.Id, batch), ct).ConfigureAwait(false);
            }

            foreach (var record in batch)
            {
                encoder.Models.Add(claim.Id, stream.Value, record);
            }

            await encoder.Models.WriteAsync(connection, ct).ConfigureAwait(false);
            await transaction.CommitAsync(ct).ConfigureAwait(false);
            return Acknowledge(batch.LastSequence, durability);
        }
        finally
        {
            encoder.Models.Clear();
            encoders.Add(encoder);
        }
    }

    // A server that does not flush promises nothing more for what it has already.
    private AppendResult Acknowledge(long version, Durability durability, bool alreadyStored = false) =>
        new(version, weakness is null ? Durability.EveryAppend : durability, weakness is null ? version : 0, alreadyStored);

    private async Task<(long Id, long Version, bool Sealed, bool Claimed)> ClaimAsync(NpgsqlConnection connection, StreamName stream, long expected, EventBatch batch, CancellationToken ct)
    {
        var last = EventRecord.Read(batch[batch.Count - 1], out _).ReceiveTime;
        await using var command = new NpgsqlCommand($"SELECT id, version, sealed, claimed FROM {schema}.claim($1, $2, $3, $4, $5)", connection)
        {
            Parameters =
            {
                new() { Value = stream.Value }, new() { Value = expected }, new() { Value = batch.LastSequence }, new() { Value = batch.FirstReceiveTime }, new() { Value = last },
            },
        };
        return await SmallAppend.ReadClaimAsync(command, ct).ConfigureAwait(false);
    }

    private async Task<AppendResult> NotClaimedAsync(StreamName stream, long expected, EventBatch batch, Durability durability, (long Id, long Version, bool Sealed, bool Claimed) there, CancellationToken ct)
    {
        if (batch.LastSequence <= there.Version)
        {
            await ConfirmAsync(stream, there.Id, there.Version, () => CompareAsync(stream, expected, batch, there.Id, there.Version, ct), ct).ConfigureAwait(false);
            return Acknowledge(there.Version, durability, alreadyStored: true);
        }

        throw there.Sealed ? new StreamSealedException(stream, there.Version) : new StreamConflictException(stream, expected, there.Version);
    }

    private async Task<bool> CompareAsync(StreamName stream, long expected, EventBatch batch, long id, long version, CancellationToken ct)
    {
        await using var command = server.CreateCommand($"SELECT record FROM {schema}.events WHERE stream_id = $1 AND sequence BETWEEN $2 AND $3 AND {PageReader.IsStill(schema, "$4")} ORDER BY sequence");
        foreach (var value in (object[])[id, batch.FirstSequence, batch.LastSequence, stream.Value])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!await reader.ReadAsync(ct).ConfigureAwait(false) || !batch[i].SequenceEqual(reader.GetFieldValue<byte[]>(0)))
            {
                throw new EventConflictException(stream, expected, version, batch.FirstSequence + i);
            }
        }

        return true;
    }

    private async Task<StreamRow?> RowAsync(StreamName stream, CancellationToken ct)
    {
        await using var command = server.CreateCommand($"SELECT id, version, first_time, last_time, sealed, content_hash FROM {schema}.streams WHERE name = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = stream.Value });
        await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
        return await reader.ReadAsync(ct).ConfigureAwait(false)
            ? new StreamRow(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetBoolean(4), reader.IsDBNull(5) ? null : reader.GetString(5))
            : null;
    }

    /// <summary>The next page and the last sequence it covers; no page when all of them are of other types.</summary>
    private Task<(EventPage? Page, long Last)> PageAsync(StreamName stream, StreamRow row, long next, EventTypeSet? types, CancellationToken ct) => ConfirmAsync(
        stream, row.Id, row.Version, () => PageReader.RunAsync(server, schema, Place, stream, row.Id, row.Version, next, types, ct), ct);

    // Tables that were dropped, and made anew, since the stream's row was read look like damage or like other events: ids begin again at 1.
    // So a finding counts when the stream is still the one it was, and a second look finds the same.
    private async Task<T> ConfirmAsync<T>(StreamName stream, long id, long version, Func<Task<T>> look, CancellationToken ct)
    {
        try
        {
            return await look().ConfigureAwait(false);
        }
        catch (Exception e) when (e is StreamDamagedException or EventConflictException)
        {
            if (await RowAsync(stream, ct).ConfigureAwait(false) is not { } now || now.Id != id || now.Version < version)
            {
                throw new StoreUnreachableException(Place, $"it is being changed ({stream} had {version} events a moment ago and has not now): it was emptied, or restored from a backup.", e);
            }

            return await look().ConfigureAwait(false);
        }
    }

    private async Task<StreamManifest> TrySealAsync(StreamName stream, string engineVersion, KeyValuePair<string, string>[]? notes, CancellationToken ct)
    {
        await using var connection = await server.OpenConnectionAsync(ct).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, ct).ConfigureAwait(false);
        var id = 0L;
        await using (var command = new NpgsqlCommand($"SELECT id, version, sealed FROM {schema}.streams WHERE name = $1 FOR UPDATE", connection) { Parameters = { new() { Value = stream.Value } } })
        await using (var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false))
        {
            if (!await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                throw new StreamNotFoundException(stream, Place);
            }

            if (reader.GetBoolean(2))
            {
                throw new StreamSealedException(stream, reader.GetInt64(1));
            }

            id = reader.GetInt64(0);
        }

        using var digest = new StreamDigest(stream);
        await using (var command = new NpgsqlCommand($"SELECT record FROM {schema}.events WHERE stream_id = $1 ORDER BY sequence", connection) { Parameters = { new() { Value = id } }, CommandTimeout = 0 })
        await using (var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(ct).ConfigureAwait(false))
            {
                digest.Add(reader.GetFieldValue<byte[]>(0));
            }
        }

        var manifest = digest.ToManifest(engineVersion, notes);
        await using (var command = new NpgsqlCommand($"UPDATE {schema}.streams SET sealed = true, content_hash = $2, manifest = $3 WHERE id = $1", connection)
        {
            Parameters = { new() { Value = id }, new() { Value = manifest.ContentHash.ToString() }, new() { Value = manifest.ToJson() } },
        })
        {
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await using (var command = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection) { Parameters = { new() { Value = schema + "_events" }, new() { Value = stream.Value } } })
        {
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }

        await transaction.CommitAsync(ct).ConfigureAwait(false);
        return manifest;
    }

    // Once more after a broken connection (the pool holds those of a server that was restarted) and after finding no tables.
    private async Task<T> RunAsync<T>(Func<Task<T>> body, CancellationToken ct)
    {
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await PrepareAsync(ct).ConfigureAwait(false);
                    return await body().ConfigureAwait(false);
                }
                catch (Exception e) when (!ct.IsCancellationRequested && MayTryAgain(e, attempt))
                {
                    isReady = false;
                    server.Clear();
                }
            }
        }
        catch (Exception e) when (PostgresErrors.Translate(e, Place) is { } translated)
        {
            ct.ThrowIfCancellationRequested();
            throw translated;
        }
    }

    // A broken connection once: the pool holds those of a server that was restarted. Tables that are gone may be gone again while they
    // are being made, by whoever empties the database.
    private static bool MayTryAgain(Exception e, int attempt) =>
        PostgresErrors.IsMissingSchema(e) || PostgresErrors.IsPassing(e) ? attempt < MostAttempts : attempt == 1 && PostgresErrors.IsBrokenConnection(e) && !PostgresErrors.IsTimeout(e);

    private async Task PrepareAsync(CancellationToken ct)
    {
        if (isReady)
        {
            return;
        }

        await preparing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (!isReady)
            {
                await PostgresSchema.RequireAsync(server, Place, ct).ConfigureAwait(false);
                await PostgresSchema.MigrateAsync(server, schema, Place, ct).ConfigureAwait(false);
                await using var command = server.CreateCommand("SELECT current_setting('fsync'), current_setting('synchronous_commit')");
                await using var reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
                await reader.ReadAsync(ct).ConfigureAwait(false);
                weakness = reader.GetString(0) == "off" ? "the server runs with fsync=off: what it acknowledges does not survive a power cut. Set fsync=on."
                    : reader.GetString(1) == "off" ? "the server or user has synchronous_commit=off: what it acknowledges may be lost in a crash. Set it on (ALTER ROLE … SET synchronous_commit = on)."
                    : null;
                isReady = true;
            }
        }
        finally
        {
            preparing.Release();
        }
    }

    private sealed record Encoder(CopyRows Rows, ReadModels Models);

    private sealed record StreamRow(long Id, long Version, long FirstTime, long LastTime, bool Sealed, string? ContentHash);
}
