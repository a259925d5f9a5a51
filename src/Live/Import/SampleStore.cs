using System.Security.Cryptography;
using System.Text;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// The recordings that ship with the program (data/sample), as a store that is made on first use and kept. Its name
/// follows from the recordings and from the code that imports them, so it is never out of date.
/// </summary>
public static class SampleStore
{
    /// <summary>Environment variable that names another directory of samples.</summary>
    public const string Variable = "MM_SAMPLES";

    // How many made stores are kept beside the newest: other builds may still be using theirs.
    private const int Kept = 3;

    /// <summary>The directory of the imported samples, made when it is not there yet; null when there are no samples.</summary>
    /// <exception cref="ImportException">A sample is damaged.</exception>
    public static string? Ensure() => Ensure(FindSamples(), null);

    /// <summary>The same for given places.</summary>
    /// <param name="samples">Directory of samples; null for none.</param>
    /// <param name="place">Directory to keep the store in; null for the usual one.</param>
    internal static string? Ensure(string? samples, string? place)
    {
        if (samples is null || Sessions(samples) is not { Count: > 0 } sessions)
        {
            return null;
        }

        var key = KeyOf(sessions);
        foreach (var parent in place is null ? Places(samples) : [place])
        {
            var store = Path.Combine(parent, key);
            try
            {
                if (!Directory.Exists(store))
                {
                    Directory.CreateDirectory(parent);
                    ImportDirectory.Ensure(store, into =>
                    {
                        foreach (var (symbol, files) in sessions)
                        {
                            new Importer(into, new ImportOptions()).Run(files, symbol);
                        }
                    });
                    RemoveOld(parent, key);
                }

                return store;
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException && place is null && parent != Places(samples)[^1])
            {
                // Beside the program nothing can be written: the next place can.
            }
        }

        return null;
    }

    /// <summary>data/sample above the program, or what MM_SAMPLES names; null when there is neither.</summary>
    internal static string? FindSamples()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : null;
        }

        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var candidate = Path.Combine(directory.FullName, "data", "sample");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    // A directory a session, named binance-spot-<symbol>-<day>; everything in it but its description is a recorder's file.
    private static List<(string Symbol, string[] Files)> Sessions(string samples)
    {
        var sessions = new List<(string, string[])>();
        foreach (var directory in Directory.GetDirectories(samples, "binance-spot-*").Order(StringComparer.Ordinal))
        {
            var files = Directory.GetFiles(directory).Where(f => Path.GetExtension(f) != ".txt").Order(StringComparer.Ordinal).ToArray();
            if (Path.GetFileName(directory).Split('-') is [_, _, var symbol, ..] && files.Length > 0)
            {
                sessions.Add((symbol.ToUpperInvariant(), files));
            }
        }

        return sessions;
    }

    private static string KeyOf(List<(string Symbol, string[] Files)> sessions)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        hash.AppendData(ImporterBuild.Identity());

        foreach (var (symbol, files) in sessions)
        {
            foreach (var file in files)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{symbol} {Path.GetFileName(file)}\n"));
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static string[] Places(string samples)
    {
        var root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(samples)))!;
        return [Path.Combine(root, "artifacts", "sample-store"), Path.Combine(Path.GetTempPath(), $"eventsourcedmm-sample-store-{Environment.UserName}")];
    }

    private static void RemoveOld(string parent, string key)
    {
        foreach (var old in new DirectoryInfo(parent).GetDirectories()
            .Where(d => d.Name != key && !d.Name.StartsWith('.'))
            .OrderByDescending(d => d.LastWriteTimeUtc)
            .Skip(Kept))
        {
            try
            {
                old.Delete(recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use or gone already: the next one who makes a store tries again.
            }
        }
    }
}
