using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Finds streams in a store's directory and what their files say about them.</summary>
internal static class StreamLookup
{
    /// <summary>What is known about a stream; null when it has no event and is not sealed.</summary>
    public static StreamInfo? Find(StreamFolder folder)
    {
        if (File.Exists(folder.Manifest))
        {
            StreamManifest manifest;
            try
            {
                manifest = StreamManifest.Parse(File.ReadAllBytes(folder.Manifest), folder.Manifest);
            }
            catch (InvalidDataException e)
            {
                throw new StreamDamagedException(folder.Stream, 1, e.Message);
            }

            return new StreamInfo(folder.Stream, manifest.Events, manifest.FirstTime, manifest.LastTime, true, manifest.ContentHash);
        }

        // From the commit mark on it is a few batches to the end. A torn tail is no part of the stream.
        var from = Math.Max(CommitMark.Read(folder.Mark)?.Version ?? 1, 1);
        using var end = JournalSource.TryOpen(folder, from, TornTailPolicy.Accept);
        var last = default(EventHeader);
        while (end is not null && end.Read(out var header, out _))
        {
            last = header;
        }

        if (last.Sequence == 0)
        {
            return null;
        }

        using var start = JournalSource.TryOpen(folder, 1, TornTailPolicy.Accept);
        return start is not null && start.Read(out var first, out _)
            ? new StreamInfo(folder.Stream, last.Sequence, first.ReceiveTime, last.ReceiveTime, false, null)
            : null;
    }

    /// <summary>Names of the streams under a root, in ordinal order.</summary>
    public static StreamName[] List(string root, string prefix) =>
        List(root, prefix, static folder => File.Exists(folder.Manifest) || folder.Segments().Count > 0);

    /// <summary>The same with what was a stream once: a folder whose segments are gone and whose other files are still there.</summary>
    public static StreamName[] ListWithRemains(string root, string prefix) =>
        List(root, prefix, static folder => folder.Files().Any(path => path != folder.Lock && path != folder.Holder));

    private static StreamName[] List(string root, string prefix, Predicate<StreamFolder> isStream)
    {
        var names = new List<string>();
        foreach (var (family, depth) in (ReadOnlySpan<(string, int)>)[("market", 3), ("portfolio", 1), ("run", 2)])
        {
            Walk(Path.Combine(root, family), family, depth, prefix, isStream, names);
        }

        names.Sort(StringComparer.Ordinal);
        return Array.ConvertAll(names.ToArray(), StreamName.Parse);
    }

    private static void Walk(string path, string name, int depth, string prefix, Predicate<StreamFolder> isStream, List<string> names)
    {
        if (depth > 0)
        {
            foreach (var child in Folders(path))
            {
                Walk(child, name + "/" + Path.GetFileName(child), depth - 1, prefix, isStream, names);
            }

            return;
        }

        if (name.StartsWith(prefix, StringComparison.Ordinal) && TryParse(name, out var stream) && isStream(new StreamFolder(path, stream)))
        {
            names.Add(name);
        }
    }

    // One that is removed while the store is looked through, by whoever archives or gives up a stream, is not there.
    private static string[] Folders(string path)
    {
        try
        {
            return Directory.GetDirectories(path);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static bool TryParse(string name, out StreamName stream)
    {
        try
        {
            stream = StreamName.Parse(name);
            return true;
        }
        catch (FormatException)
        {
            // Somebody's own folder: no stream can have its name.
            stream = default;
            return false;
        }
    }
}
