using System.Diagnostics;
using System.Globalization;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Removes what interrupted writers have left out of sight. A writer is gone when nobody holds the lock and no process
/// here has the id in the folder's name: between the folder and its lock, and between the end of writing and the rename,
/// a living writer holds none.
/// </summary>
internal static class DetachedSweep
{
    /// <summary>Sweeps a store's folder of detached streams, and says how many were removed.</summary>
    public static int Run(string folder)
    {
        var removed = 0;
        foreach (var path in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            if (WriterLock.IsHeld(new StreamFolder(path, default)) || WriterLives(Path.GetFileName(path)))
            {
                continue;
            }

            try
            {
                Directory.Delete(path, recursive: true);
                removed++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, or swept by another process just now: it is in nobody's way.
            }
        }

        return removed;
    }

    // Names end in the process and its count: run+r1+BTCUSDT+1234+1.
    private static bool WriterLives(string name)
    {
        if (name.Split('+') is not [.., var id, _] || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var process))
        {
            return false;
        }

        try
        {
            using var running = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
