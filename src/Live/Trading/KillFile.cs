using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// The kill switch as a file: <c>control/&lt;run&gt;.kill</c> in the store. Whoever can write the store can pull it, without any
/// connection to the process; the run looks for it every quarter of a second and takes it away when it has ended.
/// </summary>
public static class KillFile
{
    /// <summary>How often a run looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Where the file of a run is.</summary>
    public static string PathOf(JournalStore store, string run) => Path.Combine(store.Root, "control", run + ".kill");

    /// <summary>Pulls the switch of a run.</summary>
    public static void Pull(JournalStore store, string run)
    {
        var path = PathOf(store, run);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".part", "");
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>Whether it was pulled, whatever it says.</summary>
    public static bool IsPulled(JournalStore store, string run)
    {
        try
        {
            _ = File.ReadAllText(PathOf(store, run));
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There, and not ours to read (another user's, a disk that fails): whoever put it there wanted an end.
            return true;
        }
    }

    /// <summary>Takes it away: the run has ended.</summary>
    public static void Remove(JournalStore store, string run)
    {
        try
        {
            File.Delete(PathOf(store, run));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The run has ended; no other has its name.
        }
    }
}
