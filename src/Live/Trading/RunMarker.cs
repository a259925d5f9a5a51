using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// <c>control/&lt;run&gt;.live</c> in the store: held by the process that runs the run, from before its first event to its end. So a run can be
/// found and killed before its first book is whole, whatever its streams look like. It names the venue that the run's orders rest at, and
/// stays when the process dies.
/// </summary>
public sealed class RunMarker : IDisposable
{
    private const string Ending = ".live";

    private readonly FileStream file;

    private RunMarker(FileStream file) => this.file = file;

    /// <summary>Holds a run's marker.</summary>
    /// <param name="store">The store.</param>
    /// <param name="run">Name of the run.</param>
    /// <param name="endpoint">The venue: scheme, host and port of its REST API.</param>
    /// <exception cref="LiveRunException">Another process runs it.</exception>
    public static RunMarker Hold(JournalStore store, string run, string endpoint)
    {
        var path = PathOf(store, run);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.UTF8.GetBytes(endpoint));
            file.Flush();
            return new RunMarker(file);
        }
        catch (IOException e)
        {
            throw new LiveRunException($"Another process runs {run}, or {path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The venue of a run whose process died; null when it left no word.</summary>
    public static string? Endpoint(JournalStore store, string run) => Exists(store, run) && File.ReadAllText(PathOf(store, run)).Trim() is { Length: > 0 } name ? name : null;

    /// <summary>True while a process runs the run.</summary>
    public static bool IsHeld(JournalStore store, string run)
    {
        if (!Exists(store, run))
        {
            return false;
        }

        try
        {
            using var probe = new FileStream(PathOf(store, run), FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's counts as held: a kill that nobody hears is better than one that was not given.
            return true;
        }
    }

    /// <summary>The runs that a process runs now.</summary>
    public static IReadOnlyList<string> Running(JournalStore store)
    {
        var folder = Path.Combine(store.Root, "control");
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*" + Ending).Select(p => Path.GetFileNameWithoutExtension(p)).Where(run => IsHeld(store, run)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The run has ended: nothing is left to know.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(file.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A run that has ended is not gone on with, whatever its marker says.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static bool Exists(JournalStore store, string run) => File.Exists(PathOf(store, run));

    private static string PathOf(JournalStore store, string run) => Path.Combine(store.Root, "control", run + Ending);
}
