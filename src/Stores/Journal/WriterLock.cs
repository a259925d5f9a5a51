using System.Globalization;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// One writer a stream: an exclusive lock of the operating system on a file in the stream's folder. It ends with its
/// process, however that ends, so there is no stale lock to break. Who holds it stands in a file beside it.
/// </summary>
internal sealed class WriterLock : IDisposable
{
    private const int Attempts = 10;
    private const int MostPauses = 2_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private const string FailedNote = "whose write or flush failed";

    private readonly FileStream file;
    private readonly string holder;

    private WriterLock(FileStream file, string holder)
    {
        this.file = file;
        this.holder = holder;
    }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="StreamLockedException">Somebody else is writing; names them.</exception>
    public static WriterLock Take(StreamFolder folder, string program)
    {
        for (var (attempt, pause) = (1, 1); ; pause++)
        {
            try
            {
                var file = new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
                try
                {
                    File.WriteAllText(folder.Holder, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} ({program})\n"));
                    return new WriterLock(file, folder.Holder);
                }
                catch
                {
                    file.Dispose();
                    throw;
                }
            }
            catch (IOException e) when (IsSharingViolation(e))
            {
                // A reader that asks whether a writer is at work holds the lock for an instant, which is long where that reader is not given
                // the processor: readers can share it, so that where it can be shared there is no writer and it is worth waiting.
                if ((IsHeld(folder) && attempt++ == Attempts) || pause == MostPauses)
                {
                    throw new StreamLockedException(folder.Stream, ReadHolder(folder));
                }

                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>True while a writer holds the lock.</summary>
    public static bool IsHeld(StreamFolder folder)
    {
        if (!File.Exists(folder.Lock))
        {
            return false;
        }

        try
        {
            using var probe = new FileStream(folder.Lock, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            return true;
        }
    }

    /// <summary>Keeps writers out while there is none: one that comes waits for this to be disposed. Null where one is at work.</summary>
    /// <exception cref="IOException">The lock cannot be opened.</exception>
    public static IDisposable? KeepOut(StreamFolder folder)
    {
        try
        {
            return new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, 1);
        }
        catch (IOException e) when (IsSharingViolation(e))
        {
            return null;
        }
    }

    /// <summary>True when the writer at work has said that its disk failed.</summary>
    public static bool HasFailed(StreamFolder folder) => ReadHolder(folder).EndsWith(FailedNote, StringComparison.Ordinal);

    /// <summary>Says beside the lock, for as long as it is held, that what was written may be nowhere but in memory.</summary>
    public void NoteFailure()
    {
        try
        {
            File.AppendAllText(holder, FailedNote);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // tidy-ok: the failure itself is reported by the writer; on a disk that takes nothing at all there is no note of it
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // While the lock is still held: nobody else's name is deleted.
            File.Delete(holder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, or the disk fails: the name of a holder that holds nothing says nothing.
        }
        finally
        {
            file.Dispose();
        }
    }

    /// <summary>Who wrote their name beside the lock.</summary>
    public static string ReadHolder(StreamFolder folder)
    {
        try
        {
            return File.ReadAllText(folder.Holder).Trim().Replace("\n", ", ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "a process that has not written its name yet";
        }
    }

    // EAGAIN on Linux, on BSD and macOS; sharing and lock violation on Windows. Anything else (no space, no such folder) is itself.
    internal static bool IsSharingViolation(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);
}
