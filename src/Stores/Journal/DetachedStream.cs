using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// A stream that is written out of sight and put in its place by one rename, whole. Disposed without being published,
/// it is removed.
/// </summary>
public sealed class DetachedStream : IDisposable
{
    private readonly HeldFolder held;
    private readonly StreamFolder folder;
    private readonly StreamFolder target;
    private bool done;

    internal DetachedStream(HeldFolder held, StreamFolder folder, StreamFolder target, JournalWriter writer)
    {
        this.held = held;
        this.folder = folder;
        this.target = target;
        Writer = writer;
    }

    /// <summary>The stream.</summary>
    public StreamName Stream => folder.Stream;

    /// <summary>Its writer. Sealing before publishing makes the stream appear sealed.</summary>
    public JournalWriter Writer { get; }

    /// <summary>Reads what was written out so far.</summary>
    public JournalSource OpenSource()
    {
        Writer.WriteOut();
        return JournalSource.TryOpen(folder, 1, TornTailPolicy.Refuse) ?? throw new StreamNotFoundException(Stream, folder.Path);
    }

    /// <summary>Flushes the stream, closes its writer and puts it in its place.</summary>
    /// <exception cref="StreamExistsException">Somebody else wrote a stream of this name meanwhile; this one is removed when it is disposed.</exception>
    /// <exception cref="JournalFailedException">The last flush failed; nothing is published.</exception>
    public void Publish()
    {
        ObjectDisposedException.ThrowIf(done, this);
        Writer.Dispose();
        var parent = Path.GetDirectoryName(target.Path)!;
        DirectorySync.Create(parent);
        if (!target.RemoveRemains())
        {
            throw new StreamExistsException(Stream, target.Path);
        }

        try
        {
            Directory.Move(folder.Path, target.Path);
        }
        catch (IOException) when (Directory.Exists(target.Path))
        {
            // Somebody else was first, by an instant.
            throw new StreamExistsException(Stream, target.Path);
        }

        done = true;
        held.Dispose();
        target.FlushNames();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (done)
        {
            return;
        }

        done = true;
        try
        {
            Writer.Dispose();
        }
        catch (JournalFailedException)
        {
            // What could not be written is thrown away here in any case.
        }
        finally
        {
            held.Dispose();
        }
    }
}
