using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>
/// DuckDB as an independent reader and writer of Parquet, run by node out of tests/duckdb. Its packages are installed
/// with `npm ci` when they are missing or older than the lock file; without node or npm the test fails and says so.
/// </summary>
public static class DuckDb
{
    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan QueryTime = TimeSpan.FromMinutes(2);
    private static readonly Lazy<string> Folder = new(FindAndInstall);

    /// <summary>Runs statements in order in one new database; every value comes back as text or null.</summary>
    public static IReadOnlyList<DuckDbResult> TryRun(params IEnumerable<string> statements)
    {
        string input = JsonSerializer.Serialize(statements);
        string output = RunProcess("node", ["query.mjs"], Folder.Value, input, QueryTime);
        return JsonSerializer.Deserialize<DuckDbResult[]>(output, JsonSerializerOptions.Web)
            ?? throw new InvalidOperationException("node query.mjs printed no result");
    }

    /// <summary>As <see cref="TryRun"/>; fails where a statement fails.</summary>
    public static IReadOnlyList<string?[][]> Run(params IEnumerable<string> statements)
    {
        string[] list = statements.ToArray();
        IReadOnlyList<DuckDbResult> results = TryRun(list);
        for (int i = 0; i < list.Length; i++)
        {
            Assert.True(results[i].Error is null, $"DuckDB: {results[i].Error}\nin: {list[i]}");
        }

        return results.Select(result => result.Rows!).ToArray();
    }

    /// <summary>A path as an SQL string.</summary>
    public static string Quote(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string FindAndInstall()
    {
        string folder = Path.Combine(RepositoryRoot(), "tests", "duckdb");
        using FileStream onlyOne = WaitForLock(Path.Combine(Path.GetTempPath(), "eventsourcedmm-duckdb-npm-ci.lock"));
        var installed = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json")))
        {
            RunProcess(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"], folder, "", InstallTime);
        }

        return folder;
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "EventSourcedMM.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds EventSourcedMM.sln.");
    }

    private static FileStream WaitForLock(string path)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.Elapsed < InstallTime)
            {
                Thread.Sleep(200);
            }
        }
    }

    private static string RunProcess(string program, string[] arguments, string folder, string input, TimeSpan time)
    {
        string command = $"{program} {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"The DuckDB tests run `{command}` in {folder}, but {program} could not be started ({e.Message}). Install Node.js 20 or later with npm.", e);
        }

        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(time))
            {
                process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"`{command}` in {folder} did not end within {time}.");
            }

            Task.WaitAll(output, errors);
            return process.ExitCode == 0
                ? output.Result
                : throw new InvalidOperationException($"`{command}` in {folder} ended with code {process.ExitCode}:\n{errors.Result}");
        }
    }
}

/// <summary>What one statement gave: rows of text, or an error.</summary>
public sealed record DuckDbResult(string?[][]? Rows, string? Error);
