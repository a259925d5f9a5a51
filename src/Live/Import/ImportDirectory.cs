using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// Makes a directory with an imported store, once: it is filled under another name beside its place and renamed. When two
/// processes do so at once, one of them comes first and the other uses what that one made.
/// </summary>
internal static class ImportDirectory
{
    private static int count;

    /// <summary>The directory, made if it is not there.</summary>
    /// <param name="place">Where it belongs.</param>
    /// <param name="fill">Imports into an empty store.</param>
    public static void Ensure(string place, Action<JournalStore> fill)
    {
        if (Directory.Exists(place))
        {
            return;
        }

        var parent = Path.GetDirectoryName(Path.GetFullPath(place))!;
        var temporary = Path.Combine(parent, $".making-{Path.GetFileName(place)}-{Environment.ProcessId}-{Interlocked.Increment(ref count)}");
        try
        {
            if (Directory.Exists(temporary))
            {
                // Left behind by a process that had this process's id.
                Directory.Delete(temporary, recursive: true);
            }

            Directory.CreateDirectory(temporary);
            fill(new JournalStore(temporary, Clock.Timers));
            try
            {
                Directory.Move(temporary, place);
            }
            catch (IOException) when (Directory.Exists(place))
            {
                // Another process was first; what it made is the same.
                Directory.Delete(temporary, recursive: true);
            }
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }
}
