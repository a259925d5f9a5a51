using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// The kill switch as a file: <c>control/&lt;run&gt;.kill</c> in the store. Whoever can write the store can pull it, without any
/// connection to the process; the run looks for it every quarter of a second and takes it away when it has ended.
/// </summary>
public static class KillFile
{
    private const string Flatten = "flatten";

    /// <summary>How often a run looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Where the file of a run is.</summary>
    public static string PathOf(JournalStore store, string run) => Path.Combine(store.Root, "control", run + ".kill");

    /// <summary>Pulls the switch of a run.</summary>
    public static void Pull(JournalStore store, string run, bool flatten)
    {
        var path = PathOf(store, run);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".part", flatten ? Flatten : "");
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>Whether it was pulled, and whether the position is to be closed; null when it was not.</summary>
    public static bool? Read(JournalStore store, string run)
    {
        try
        {
            return File.ReadAllText(PathOf(store, run)).Trim() == Flatten;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There, and not ours to read (another user's, a disk that fails): whoever put it there wanted an end.
            return false;
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
