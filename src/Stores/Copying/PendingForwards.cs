using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores.Copying;

/// <summary>
/// Streams of a journal that are still to be carried to a server: one small file each beside the journal, made before the stream
/// is carried and removed when it is there, so that a later command carries what a server that was away, or a kill, left behind.
/// It is a reminder, no cursor: what the server lacks, the server says.
/// </summary>
/// <param name="journal">Where the streams are.</param>
/// <param name="place">The server, without secrets.</param>
public sealed class PendingForwards(JournalStore journal, string place)
{
    private const string Unfinished = ".new";

    private readonly string folder = Path.Combine(journal.Root, ".forward", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(place)))[..16]);

    /// <summary>The streams, in ordinal order.</summary>
    public IReadOnlyList<StreamName> List()
    {
        var streams = new List<StreamName>();
        foreach (var file in Files())
        {
            if (file.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                // Left by a command that was killed while it wrote a reminder.
                continue;
            }

            try
            {
                streams.Add(StreamName.Parse(Path.GetFileName(file).Replace('+', '/')));
            }
            catch (FormatException)
            {
                // tidy-ok: an editor's or a file system's own file: no stream can have its name, and it is in nobody's way
            }
        }

        streams.Sort((a, b) => string.CompareOrdinal(a.Value, b.Value));
        return streams;
    }

    /// <summary>A stream is to be carried: the reminder is on disk when this returns.</summary>
    /// <exception cref="IOException">The disk takes none.</exception>
    public void Add(StreamName stream)
    {
        DirectorySync.Create(folder);
        AtomicFile.Write(FileOf(stream), Encoding.UTF8.GetBytes(place + "\n"));
    }

    /// <summary>A stream is there.</summary>
    public void Remove(StreamName stream)
    {
        try
        {
            File.Delete(FileOf(stream));
        }
        catch (DirectoryNotFoundException)
        {
            // The reminders were deleted, which loses nothing.
        }
    }

    private string[] Files()
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private string FileOf(StreamName stream) => Path.Combine(folder, stream.Value.Replace('/', '+'));
}
