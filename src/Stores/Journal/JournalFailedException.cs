using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Writing or flushing a stream failed. The writer takes nothing more; opening the stream again starts from what is on disk.</summary>
public sealed class JournalFailedException(StreamName stream, long durable, Exception cause)
    : IOException($"Writing stream {stream} failed: {cause.Message} Events up to {durable} are on disk; later ones were not acknowledged as durable and may be missing.", cause)
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>Last sequence that is known to be on disk.</summary>
    public long DurableVersion { get; } = durable;

    /// <summary>True for what a disk that takes nothing more throws, unless it is told as a journal's failure already.</summary>
    public static bool IsCause(Exception e) => e is UnauthorizedAccessException or (IOException and not JournalFailedException);
}
