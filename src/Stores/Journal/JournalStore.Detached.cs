using System.Globalization;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Streams that are written out of sight and appear whole, and streams that leave their place whole.</summary>
public sealed partial class JournalStore
{
    private const string DetachedFolder = ".detached";

    private int detachedCount;

    /// <summary>
    /// Removes the journal of a sealed stream that is archived in this store; the stream is read from the archive from then on.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no archive of the same content.</exception>
    public void RemoveArchivedJournal(StreamName stream)
    {
        if (!HasJournal(stream))
        {
            return;
        }

        var archive = ArchiveFolder.Find(ArchiveFolder.RootOf(Root), stream);
        if (archive?.Published is not { } kept || ReadManifest(stream) is not { } sealedAs || sealedAs.ContentHash != kept.ContentHash)
        {
            throw new InvalidOperationException($"{stream} has no archive of the same content in {Root}: its journal stays.");
        }

        // Out of its place by one rename: a reader that has it open goes on, and nobody sees half of it.
        var aside = Path.Combine(Root, DetachedFolder, string.Create(CultureInfo.InvariantCulture, $"{stream.Value.Replace('/', '+')}+removed+{Environment.ProcessId}"));
        DirectorySync.Create(Path.GetDirectoryName(aside)!);
        Directory.Move(Folder(stream).Path, aside);
        DirectorySync.Flush(Path.GetDirectoryName(Folder(stream).Path)!);
        Directory.Delete(aside, recursive: true);
    }

    /// <summary>
    /// Starts a stream that nobody sees before it is published: a crash, or giving up, leaves nothing under the stream's name.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="besideArchive">True to bring an archived stream back.</param>
    /// <exception cref="StreamExistsException">The stream exists already.</exception>
    public DetachedStream CreateDetached(StreamName stream, bool besideArchive = false)
    {
        var target = Folder(stream);
        if (Directory.Exists(target.Path) || (!besideArchive && FindArchive(stream) is not null))
        {
            throw new StreamExistsException(stream, Root);
        }

        var number = Interlocked.Increment(ref detachedCount);
        var name = string.Create(CultureInfo.InvariantCulture, $"{stream.Value.Replace('/', '+')}+{Environment.ProcessId}+{number}");
        var folder = new StreamFolder(Path.Combine(Root, DetachedFolder, name), stream);
        if (Directory.Exists(folder.Path))
        {
            // Left behind by a process that had this process's id.
            Directory.Delete(folder.Path, recursive: true);
        }

        return new DetachedStream(folder, target, JournalWriter.Open(folder, options, timers, Durability.OnClose));
    }

    /// <summary>Removes detached streams whose writers are gone, and says how many.</summary>
    public int SweepDetached() => DetachedSweep.Run(Path.Combine(Root, DetachedFolder));
}
