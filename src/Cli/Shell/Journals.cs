using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Opens embedded stores with this process's timers.</summary>
public static class Journals
{
    /// <summary>One store.</summary>
    public static JournalStore Open(string directory) => new(directory, WallClock.Timers);

    /// <summary>A store to work in, and others that are only read behind it.</summary>
    public static StoreSet Open(string directory, IEnumerable<string> others) => new(Open(directory), others.Select(Open));
}
