using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace EventSourcedMM.Tests.Stores.Postgres;

/// <summary>
/// A real server, from the installed PostgreSQL, in a temporary folder with a Unix socket and no port. As root it runs as
/// another user, since PostgreSQL refuses root. It ends with the test process, however that ends.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    // Never disposed: the shell that started it ends it after this process.
    private static readonly Lazy<PostgresServer> SharedServer = new(() => new PostgresServer());

    private static int schemas;

    private readonly string folder = Directory.CreateTempSubdirectory("mm-pg-").FullName;
    private readonly string programs = Programs();
    private readonly string? user = Environment.UserName == "root" ? (File.ReadAllText("/etc/passwd").Contains("\npostgres:", StringComparison.Ordinal) ? "postgres" : "nobody") : null;
    private bool disposed;

    public PostgresServer()
    {
        Run("chmod", "755", folder);
        if (user is not null)
        {
            Run("chown", user, folder);
        }

        Run(Path.Combine(programs, "initdb"), "-D", Data, "-U", "mm", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        Start();
    }

    /// <summary>One server for all tests that do not stop it.</summary>
    public static PostgresServer Shared => SharedServer.Value;

    private string Data => Path.Combine(folder, "data");

    /// <summary>Connects to the server's database.</summary>
    public string ConnectionString => $"Host={folder};Username=mm;Database=postgres;Timeout=30;Password=s3cr3t";

    /// <summary>A connection string with a schema that nothing uses yet.</summary>
    public string NewSchema() => string.Create(CultureInfo.InvariantCulture, $"{ConnectionString};Search Path=t{Interlocked.Increment(ref schemas)}");

    public void Start()
    {
        // The shell ends the server and removes its folder when this process is gone, however it went.
        var script = $"\"{programs}/postgres\" -D \"{Data}\" -k \"{folder}\" -c listen_addresses='' -c shared_buffers=32MB -c max_connections=60 >>\"{folder}/log\" 2>&1 & p=$!; "
            + $"while [ -d /proc/{Environment.ProcessId} ] && kill -0 $p 2>/dev/null; do sleep 0.5; done; "
            + $"[ -d /proc/{Environment.ProcessId} ] || {{ kill -INT $p 2>/dev/null; wait $p; rm -rf \"{folder}\"; }}";
        var start = user is null ? new ProcessStartInfo("sh") : new ProcessStartInfo("runuser") { ArgumentList = { "-u", user, "--", "sh" } };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.WorkingDirectory = folder;
        using var process = Process.Start(start)!;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                connection.Open();
                return;
            }
            catch (NpgsqlException) when (attempt < 600)
            {
                Thread.Sleep(100);
            }
        }
    }

    /// <summary>Stops it: at once (as after a crash), or in order with running transactions rolled back.</summary>
    public void Stop(bool crash = false)
    {
        var pid = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
        Run("kill", crash ? "-QUIT" : "-INT", pid);
        for (var attempt = 0; Directory.Exists($"/proc/{pid}") && attempt < 600; attempt++)
        {
            Thread.Sleep(50);
        }
    }

    public void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            Stop(crash: true);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static string Programs()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin")) : []);
        return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "postgres")))
            ?? throw new InvalidOperationException("PostgreSQL's server is missing; run: tools/needs.sh postgresql");
    }

    private void Run(string program, params string[] arguments)
    {
        var asUser = user is not null && program.EndsWith("initdb", StringComparison.Ordinal);
        var start = new ProcessStartInfo(asUser ? "runuser" : program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var argument in asUser ? ["-u", user!, "--", program, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program}: {error.Result}");
        }
    }
}
