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
