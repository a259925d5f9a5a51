using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// The kill switch as a file: <c>control/&lt;run&gt;.kill</c> in the store. Whoever can write the store can pull it, without any
/// connection to the process; the run looks for it every quarter of a second and takes it away when it has ended. Its text is
/// empty, or the word <c>cancel</c> or <c>flatten</c>.
/// </summary>
public static class KillFile
{
    /// <summary>How often a run looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Where the file of a run is.</summary>
    public static string PathOf(JournalStore store, string run) => Path.Combine(store.Root, "control", run + ".kill");

    /// <summary>Pulls the switch of a run.</summary>
    public static void Pull(JournalStore store, string run, KillOrder order = KillOrder.AsConfigured)
    {
        var path = PathOf(store, run);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path + ".part", order switch { KillOrder.Cancel => "cancel", KillOrder.Flatten => "flatten", _ => "" });
        File.Move(path + ".part", path, overwrite: true);
    }

    /// <summary>What was ordered; null while the switch was not pulled. Whatever else the file says, it was.</summary>
    public static KillOrder? Read(JournalStore store, string run)
    {
        var path = PathOf(store, run);
        try
        {
            // Looked at four times a second: what is not there is no exception. What may not be looked at is one.
            return (int)new FileInfo(path).Attributes == -1 ? null : File.ReadAllText(path).Trim() switch
            {
                "cancel" => KillOrder.Cancel,
                "flatten" => KillOrder.Flatten,
                _ => KillOrder.AsConfigured,
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There, and not ours to read (another user's, a disk that fails): whoever put it there wanted an end.
            return KillOrder.AsConfigured;
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

/// <summary>What the kill switch does beyond cancelling everything.</summary>
public enum KillOrder
{
    /// <summary>What the run was configured to do (<c>--on-kill</c>).</summary>
    AsConfigured = 0,

    /// <summary>Nothing: the position stays.</summary>
    Cancel = 1,

    /// <summary>The position is closed.</summary>
    Flatten = 2,
}
