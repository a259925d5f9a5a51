using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Archive;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Streams that are written out of sight and appear whole, and streams that leave their place whole.</summary>
public sealed partial class JournalStore
{
    private const string DetachedFolder = ".detached";

    /// <summary>
    /// Removes the journal of a sealed stream that is archived in this store; the stream is read from the archive from then on.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="read">What was archived, or found to be archived, a moment ago: an archive elsewhere, or none, is read whole before anything is removed.</param>
    /// <exception cref="InvalidOperationException">There is no archive of the same content.</exception>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    /// <exception cref="StreamLockedException">Somebody works on its files.</exception>
    public void RemoveArchivedJournal(StreamName stream, ArchivedStream? read = null)
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

        if (read?.Path != archive.Path && archive.Verify() is { } problem)
        {
            throw new ArchiveException($"{archive.Path} is damaged: {problem.TrimEnd('.')}. Move it away and archive {stream} again: its journal stays.");
        }

        // Whoever put the archive there may have been killed before its name was flushed.
        DiskFlush.Names(Root, FlushPoint.ArchiveName);
        StreamFolder.In(ArchiveFolder.RootOf(Root), stream).FlushNames();

        // Out of its place by one rename: a reader that has it open goes on, and nobody sees half of it.
        using var aside = HeldFolder.Make(Path.Combine(Root, DetachedFolder), $"{stream.Value.Replace('/', '+')}+removed+");
        try
        {
            // Nobody compacts it meanwhile.
            WriterLock.Take(Folder(stream), options.Program).Dispose();
            Directory.Move(Folder(stream).Path, Path.Combine(aside.Path, "journal"));
        }
        catch (DirectoryNotFoundException) when (!HasJournal(stream))
        {
            // Another process was first.
            return;
        }

        DiskFlush.Names(Path.GetDirectoryName(Folder(stream).Path)!, FlushPoint.RemovedJournal);
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
        if (target.HasFiles() || (!besideArchive && FindArchive(stream) is not null))
        {
            throw new StreamExistsException(stream, Root);
        }

        var held = HeldFolder.Make(Path.Combine(Root, DetachedFolder), stream.Value.Replace('/', '+') + "+");
        try
        {
            var folder = new StreamFolder(held.Path, stream);
            return new DetachedStream(held, folder, target, JournalWriter.Open(folder, options, timers, Durability.OnClose));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Removes detached streams whose writers are gone, and says how many.</summary>
    public int SweepDetached() => HeldFolder.Sweep(Path.Combine(Root, DetachedFolder), "");
}
