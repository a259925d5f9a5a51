using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>The stream is not where the writer thought it was: somebody else wrote to it, or the writer is behind.</summary>
public class StreamConflictException : Exception
{
    /// <summary>Names the stream, the version that was expected and the one that is there.</summary>
    public StreamConflictException(StreamName stream, long expected, long actual)
        : this(stream, expected, actual, $"Stream {stream} is at version {actual}, the append expected version {expected}: read the stream's version and send only what comes after it.")
    {
    }

    /// <summary>The same with words of its own.</summary>
    protected StreamConflictException(StreamName stream, long expected, long actual, string message)
        : base(message)
    {
        Stream = stream;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The stream.</summary>
    public StreamName Stream { get; }

    /// <summary>Last sequence the writer expected.</summary>
    public long Expected { get; }

    /// <summary>Last sequence that is there.</summary>
    public long Actual { get; }
}

/// <summary>An event with this id (stream and sequence) is stored with other bytes.</summary>
public sealed class EventConflictException : StreamConflictException
{
    /// <summary>Names the stream and the sequence whose bytes differ.</summary>
    public EventConflictException(StreamName stream, long expected, long actual, long sequence)
        : base(stream, expected, actual, $"Event {sequence} of stream {stream} is stored with other bytes: an event never changes. The append expected version {expected}, the stream is at {actual}.")
        => Sequence = sequence;

    /// <summary>The first sequence whose bytes differ.</summary>
    public long Sequence { get; }
}
