using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// Makes a directory with an imported store, once: it is filled under another name beside its place and renamed. When two
/// processes do so at once, one of them comes first and the other uses what that one made.
/// </summary>
internal static class ImportDirectory
{
    private const string Prefix = ".making-";

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
        HeldFolder.Sweep(parent, Prefix);
        using var held = HeldFolder.Make(parent, $"{Prefix}{Path.GetFileName(place)}-");
        fill(new JournalStore(held.Path, Clock.Timers));
        try
        {
            Directory.Move(held.Path, place);
        }
        catch (IOException) when (Directory.Exists(place))
        {
            // Another process was first; what it made is the same.
        }
    }
}
