using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// An archived stream: a folder of Parquet files, with the manifest that the journal published. Folders that other programs
/// wrote from ours, without a manifest, are read as well; their manifest is made by reading them.
/// </summary>
public sealed class ArchiveFolder
{
    private ArchiveFolder(string path, StreamManifest? published)
    {
        Path = path;
        Published = published;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The manifest in the folder; null when there is none.</summary>
    public StreamManifest? Published { get; }

    /// <summary>Bytes of its files.</summary>
    public long Bytes => new DirectoryInfo(Path).EnumerateFiles().Sum(f => f.Length);

    /// <summary>The archive of a stream under a root; null when there is none.</summary>
    /// <exception cref="InvalidDataException">Its manifest was changed, or is another stream's.</exception>
    public static ArchiveFolder? Find(string root, StreamName stream)
    {
        var path = Place(root, stream);
        if (!File.Exists(System.IO.Path.Combine(path, ArchiveLayout.Manifest)))
        {
            return null;
        }

        var folder = Open(path);
        return folder.Published!.Stream == stream
            ? folder
            : throw new InvalidDataException($"{path} holds {folder.Published.Stream}: it was moved or renamed.");
    }

    /// <summary>Names of the streams that are archived under a root, in ordinal order.</summary>
    public static IReadOnlyList<StreamName> List(string root) => Journal.StreamLookup.List(root, "");

    /// <summary>Where a stream's archive belongs under a root.</summary>
    public static string Place(string root, StreamName stream) =>
        System.IO.Path.Combine(root, stream.Value.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Where a store keeps its archive.</summary>
    public static string RootOf(string store) => System.IO.Path.Combine(store, ArchiveLayout.StoreFolder);

    /// <summary>True for a folder that holds tables of an archive, and for one of its tables.</summary>
    public static bool IsArchive(string path) => Directory.Exists(path)
        ? ArchiveLayout.Tables.Any(t => File.Exists(System.IO.Path.Combine(path, t)))
        : File.Exists(path) && ArchiveLayout.Tables.Contains(System.IO.Path.GetFileName(path))
            && File.Exists(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, ArchiveLayout.Others));

    /// <summary>Opens the archive that a folder is, or that a table is of.</summary>
    /// <exception cref="InvalidDataException">The manifest was changed.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ArchiveFolder Open(string path)
    {
        var folder = System.IO.Path.GetFullPath(File.Exists(path) ? System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))! : path);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder {folder}.");
        }

        var manifest = System.IO.Path.Combine(folder, ArchiveLayout.Manifest);
        return new ArchiveFolder(folder, File.Exists(manifest) ? StreamManifest.Parse(File.ReadAllBytes(manifest), manifest) : null);
    }

    /// <summary>The events.</summary>
    public IEventSource OpenSource(long fromSequence = 1) => new ArchiveSource(Path, Published?.Events ?? 0, fromSequence);

    /// <summary>
    /// The published manifest where the files are sealed and carry its content hash, so that nobody can have changed them
    /// unseen; otherwise one made by reading everything.
    /// </summary>
    /// <exception cref="InvalidDataException">The events are not those of the manifest; or there is none, and no start of a recording either, so that the day cannot be named.</exception>
    public StreamManifest Manifest(Action<long>? progress = null)
    {
        if (Published is { } published && IsSealed(published))
        {
            return published;
        }

        var read = Compute(Published?.Stream ?? NameFromEvents(), progress);
        return Published is null || Published.ContentHash == read.ContentHash
            ? read
            : throw new InvalidDataException($"the events in {Path} have content hash {read.ContentHash}, its manifest says {Published.ContentHash}: files were changed or replaced.");
    }

    /// <summary>Reads everything and compares it with the manifest; what is wrong, in words, null when nothing is.</summary>
    public string? Verify(Action<long>? progress = null)
    {
        if (Published is null)
        {
            return null;
        }

        try
        {
            var read = Compute(Published.Stream, progress);
            return read.ContentHash == Published.ContentHash
                ? null
                : $"the events in {Path} have content hash {read.ContentHash}, its manifest says {Published.ContentHash}.";
        }
        catch (Exception e) when (e is InvalidDataException or ParquetException)
        {
            return e.Message;
        }
    }

    private bool IsSealed(StreamManifest manifest)
    {
        foreach (var path in ArchiveLayout.Tables.Select(t => System.IO.Path.Combine(Path, t)).Where(File.Exists))
        {
            using var reader = ParquetReader.Open(path);
            if (!reader.HasVerifiedFooter || reader.FindNote(ArchiveLayout.ContentHashKey) != manifest.ContentHash.ToString())
            {
                return false;
            }
        }

        return true;
    }

    private StreamManifest Compute(StreamName name, Action<long>? progress)
    {
        using var digest = new StreamDigest(name);
        using var source = OpenSource();
        var record = new ByteBuffer(64 * 1024);
        while (source.Read(out var header, out var payload))
        {
            record.Clear();
            EventRecord.Write(record, header, payload);
            digest.Add(record.Span);
            if ((header.Sequence & 0xFFFF) == 0)
            {
                progress?.Invoke(header.Sequence);
            }
        }

        return digest.ToManifest(Published?.SealedBy ?? "", Published?.Notes);
    }

    private StreamName NameFromEvents()
    {
        var (start, time, instrument) = ArchiveInstrument.Find(Path);
        if (start is not { } recording || instrument is not { } i)
        {
            throw new InvalidDataException($"{Path} has no {ArchiveLayout.Manifest}, and {ArchiveLayout.Others} does not begin with the start of a recording and its instrument: it cannot be told which day this is.");
        }

        var day = UtcDay.NameOf(time);
        return StreamName.Market(i.Symbol, day, recording.Recording);
    }
}
