using System.Net.Sockets;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Postgres;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>Servers and databases that cannot hold the events say so at once, and what to do.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresRefusalTests
{
    [Fact]
    public async Task Server_ThatIsTooOld_IsRefusedBeforeAnythingIsMade()
    {
        using var old = new OlderServer(PostgresServer.Shared.ConnectionString);
        var schema = new NpgsqlConnectionStringBuilder(PostgresServer.Shared.NewSchema()).SearchPath!;
        await using (var store = new PostgresStore(old.ConnectionString + ";Search Path=" + schema, "postgres://mm@old/postgres", TimeProvider.System))
        {
            var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.FindAsync(StoreEvents.Stream));
            Assert.StartsWith("postgres://mm@old/postgres: the server is PostgreSQL 12.", refused.Message, StringComparison.Ordinal);
            Assert.Contains("13 or later is needed", refused.Message, StringComparison.Ordinal);
        }

        await using var source = NpgsqlDataSource.Create(PostgresServer.Shared.ConnectionString);
        await using var command = source.CreateCommand($"SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Database_OfAnEncodingThatLacksCharacters_IsRefused()
    {
        PostgresServer.Shared.Execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        await using var store = new PostgresStore(PostgresServer.Shared.ConnectionString + ";Database=latin", "p", TimeProvider.System);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.FindAsync(StoreEvents.Stream));
        Assert.Contains("latin has the encoding LATIN1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("createdb -E UTF8", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_WithoutRights_IsToldWhichAreMissing()
    {
        PostgresServer.Shared.Execute("CREATE ROLE nobody_here LOGIN");
        await using var store = new PostgresStore(PostgresServer.Shared.NewSchema() + ";Username=nobody_here", "p", TimeProvider.System);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.FindAsync(StoreEvents.Stream));
        Assert.Contains("right to create a schema", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatAcknowledgesBeforeItFlushes_PromisesNothing()
    {
        var connection = PostgresServer.Shared.NewSchema() + ";Options=-c synchronous_commit=off";
        await using var store = new PostgresStore(connection, "p", TimeProvider.System);
        await PromisesNothingAsync(store, "synchronous_commit=off");
    }

    [Fact]
    public async Task Server_ThatDoesNotFlushAtAll_PromisesNothing()
    {
        using var server = new PostgresServer();
        server.Execute("ALTER SYSTEM SET fsync = off");
        server.Stop();
        server.Start();
        await using var store = new PostgresStore(server.NewSchema(), "p", TimeProvider.System);
        await PromisesNothingAsync(store, "fsync=off");
    }

    /// <summary>A server that is full or read-only is not a matter of the command line: it is waited for like one that is away.</summary>
    [Theory]
    [InlineData("53100", "could not extend file: No space left on device")]
    [InlineData("25006", "cannot execute INSERT in a read-only transaction")]
    [InlineData("58030", "could not write to file")]
    public async Task Server_ThatCannotTakeEventsNow_IsOutOfReachUntilItCan(string state, string message)
    {
        var connection = PostgresServer.Shared.NewSchema();
        var schema = new NpgsqlConnectionStringBuilder(connection).SearchPath!;
        await using var store = new PostgresStore(connection, "p", TimeProvider.System);
        await store.FindAsync(StoreEvents.Stream);
        PostgresServer.Shared.Execute($"CREATE FUNCTION {schema}.cannot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; END $$");
        PostgresServer.Shared.Execute($"CREATE TRIGGER cannot BEFORE INSERT ON {schema}.events EXECUTE FUNCTION {schema}.cannot()");
        var away = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend));
        Assert.Contains($"{message} ({state})", away.Message, StringComparison.Ordinal);
        PostgresServer.Shared.Execute($"DROP TRIGGER cannot ON {schema}.events");
        Assert.Equal(10, (await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend)).Version);
    }

    [Fact]
    public async Task Server_ThatBecameReadOnly_IsOutOfReach()
    {
        var connection = PostgresServer.Shared.NewSchema();
        await using (var before = new PostgresStore(connection, "p", TimeProvider.System))
        {
            await before.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend);
        }

        await using var store = new PostgresStore(connection + ";Options=-c default_transaction_read_only=on", "p", TimeProvider.System);
        Assert.Equal(10, (await store.FindAsync(StoreEvents.Stream))!.Version);
        var away = await Assert.ThrowsAsync<StoreUnreachableException>(async () => await store.AppendAsync(StoreEvents.Stream, 10, StoreEvents.Batch(11, 10), Durability.EveryAppend));
        Assert.Contains("read-only", away.Message, StringComparison.Ordinal);
    }

    // Neither for what is new, nor for what is repeated because the answer was lost.
    private static async Task PromisesNothingAsync(PostgresStore store, string setting)
    {
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.EveryAppend));
        Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
        Assert.Null(await store.FindAsync(StoreEvents.Stream));
        foreach (var again in (bool[])[false, true])
        {
            var kept = await store.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 10), Durability.OnClose);
            Assert.Equal((10L, Durability.OnClose, 0L, again), (kept.Version, kept.Durability, kept.DurableVersion, kept.AlreadyStored));
        }
    }

    /// <summary>A real server behind a socket on which it states an older version; everything else passes as it is.</summary>
    private sealed class OlderServer : IDisposable
    {
        private readonly TempFolder folder = new();
        private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly string server;

        public OlderServer(string connectionString)
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            server = Path.Combine(builder.Host!, ".s.PGSQL.5432");
            builder.Host = folder;
            ConnectionString = builder.ConnectionString;
            listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, ".s.PGSQL.5432")));
            listener.Listen();
            _ = Task.Run(AcceptAsync);
        }

        public string ConnectionString { get; }

        public void Dispose()
        {
            listener.Dispose();
            folder.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var client = await listener.AcceptAsync();
                    var behind = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await behind.ConnectAsync(new UnixDomainSocketEndPoint(server));
                    _ = PumpAsync(client, behind, false);
                    _ = PumpAsync(behind, client, true);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // tidy-ok: the test is over
            }
        }

        private static async Task PumpAsync(Socket from, Socket to, bool change)
        {
            var bytes = new byte[64 * 1024];
            try
            {
                for (int read; (read = await from.ReceiveAsync(bytes)) > 0;)
                {
                    var at = change ? bytes.AsSpan(0, read).IndexOf("server_version\0"u8) : -1;
                    if (at >= 0)
                    {
                        "12"u8.CopyTo(bytes.AsSpan(at + "server_version\0".Length));
                    }

                    await to.SendAsync(bytes.AsMemory(0, read));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // tidy-ok: the other end is gone, and so is this one
            }
            finally
            {
                from.Dispose();
                to.Dispose();
            }
        }
    }
}
