using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Postgres;
using EventSourcedMM.Stores.Upcasting;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>A database that an earlier version of this program made is brought up to date, with what is in it.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresMigrationTests
{
    [Fact]
    public async Task Schema_OfVersionOne_IsMigratedAndItsEventsComeIntoTheReadModels()
    {
        var connection = PostgresServer.Shared.NewSchema();
        var schema = new NpgsqlConnectionStringBuilder(connection).SearchPath!;
        var stream = StreamName.Run("r1", "BTCUSDT");
        var batch = new EventBatch();
        // As a program of that time wrote it: a run's start of version 1.
        batch.Add(Header(1, EventType.RunStarted), new RunStartedVersion1 { Run = "r1", Engine = "1", Configuration = "{}", HorizonSource = "", Parent = "", Kind = "backtest", Symbol = "BTCUSDT", Inputs = "market/BTCUSDT/2024-08-08/x 1 " + new string('a', 64) });
        batch.Add(Header(2, EventType.OrderFilled), new OrderFilled { OrderId = 7, Price = 6_000_000_000_000, Quantity = 150_000_000, CommissionValue = Int128.MaxValue / 1_000 });
        await using (var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { SearchPath = null }))
        {
            await PostgresSchema.MigrateAsync(source, schema, "p", default, target: 1);
            await using var claim = source.CreateCommand($"SELECT id FROM {schema}.claim($1, 0, 2, 1, 2)");
            claim.Parameters.Add(new NpgsqlParameter { Value = stream.Value });
            var id = (long)(await claim.ExecuteScalarAsync())!;
            for (var i = 0; i < 2; i++)
            {
                await using var insert = source.CreateCommand($"INSERT INTO {schema}.events VALUES ($1, $2, $3, $4)");
                insert.Parameters.Add(new NpgsqlParameter { Value = id });
                insert.Parameters.Add(new NpgsqlParameter { Value = i + 1L });
                insert.Parameters.Add(new NpgsqlParameter { Value = (short)EventRecord.Read(batch[i], out _).Type });
                insert.Parameters.Add(new NpgsqlParameter { Value = batch[i].ToArray() });
                await insert.ExecuteNonQueryAsync();
            }
        }

        await using var store = new PostgresStore(connection, "p", TimeProvider.System);
        Assert.True((await store.AppendAsync(stream, 0, batch, Durability.EveryAppend)).AlreadyStored);
        var market = new EventBatch();
        market.Add(Header(1, EventType.InstrumentDefined), new InstrumentDefined { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", PriceDecimals = 8, QuantityDecimals = 8, CommissionDecimals = 8 });

        // Decimals are null, not guessed, until the input says its scales.
        await using var read = NpgsqlDataSource.Create(connection);
        Assert.Equal(DBNull.Value, await Value(read, "SELECT price FROM fills"));
        await store.AppendAsync(StreamName.Parse("market/BTCUSDT/2024-08-08/x"), 0, market, Durability.EveryAppend);
        Assert.Equal("60000 1.5 bid", await Value(read, "SELECT price || ' ' || quantity || ' ' || side FROM fills"));
        Assert.Equal((Int128.MaxValue / 1_000).ToString(System.Globalization.CultureInfo.InvariantCulture), await Value(read, "SELECT commission_value::text FROM fill_rows"));
        Assert.Equal(2L, await Value(read, "SELECT projected FROM streams WHERE name LIKE 'run/%'"));
    }

    private static EventHeader Header(long sequence, EventType type) => new(sequence, type, 1, 0, 1_723_075_200_000_000_000 + sequence, Cause.None);

    private static async Task<object?> Value(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
