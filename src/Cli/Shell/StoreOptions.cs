using System.CommandLine;
using EventSourcedMM.Replay.Days;

namespace EventSourcedMM.Cli.Shell;

/// <summary>The flag that names the event store.</summary>
public sealed class StoreOptions
{
    private readonly Option<string> store = new("--store")
    {
        Description = "The event store: a directory with the embedded journal.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "data",
    };

    /// <summary>Adds the flag to a command.</summary>
    public void AddTo(Command command) => command.Options.Add(store);

    /// <summary>The named directory.</summary>
    public string Directory(ParseResult parsed) => parsed.GetValue(store)!;

    /// <summary>The named store, and behind it the bundled samples.</summary>
    public StoreSet Open(ParseResult parsed)
    {
        var directory = Embedded(Directory(parsed));
        if (File.Exists(directory))
        {
            throw new UsageException($"--store {directory} is a file; name a directory.");
        }

        // Files that were backtested with --data have stores of their own, so that their runs can be verified later.
        var files = Path.Combine(directory, "files");
        var imported = System.IO.Directory.Exists(files) ? System.IO.Directory.GetDirectories(files).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        return Journals.Open(directory, Samples.Root().Concat(imported));
    }

    /// <summary>Makes sure that something can be stored in a directory, before the work is done.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static void RequireWritable(string directory, string flag)
    {
        if (File.Exists(directory))
        {
            throw new UsageException($"{flag} {directory} is a file; name a directory.");
        }

        try
        {
            // Where the directory is not there yet, the nearest one above must take it: nothing is made before the work is done.
            var place = new DirectoryInfo(directory);
            while (!place.Exists && place.Parent is { } above)
            {
                place = above;
            }

            var probe = Path.Combine(place.FullName, $".writable-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{flag} {directory} cannot be written ({e.Message}); name a directory that can be.");
        }
    }

    /// <summary>The location, if it is a directory.</summary>
    /// <exception cref="UsageException">It names a server.</exception>
    public static string Embedded(string location) =>
        location.Contains("://", StringComparison.Ordinal) || location.StartsWith("postgres:", StringComparison.Ordinal) || location.StartsWith("marten:", StringComparison.Ordinal)
            ? throw new UsageException($"--store {location.Split(':')[0]}: this build has the embedded journal only; name a directory.")
            : location;
}
