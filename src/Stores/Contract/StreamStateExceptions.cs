using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>The stream does not exist.</summary>
public sealed class StreamNotFoundException(StreamName stream, string where)
    : Exception($"There is no stream {stream} in {where}.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;
}

/// <summary>The stream exists already and would be overwritten.</summary>
public sealed class StreamExistsException(StreamName stream, string where)
    : Exception($"Stream {stream} exists already in {where}: choose another name, or move the old one away.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;
}

/// <summary>The stream is sealed: its content hash is published and nothing is added to it.</summary>
public sealed class StreamSealedException(StreamName stream, long version)
    : Exception($"Stream {stream} is sealed at version {version}: a sealed stream takes no more events. Write to a new stream.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>Its last sequence.</summary>
    public long Version { get; } = version;
}

/// <summary>Stored events are damaged, missing, or not what the stream's checksums say.</summary>
public sealed class StreamDamagedException(StreamName stream, long sequence, string what)
    : Exception($"Stream {stream} is damaged at event {sequence}: {what} Run 'mm store verify' for the whole list.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>The first event that cannot be read.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>Somebody else is writing the stream: one writer a stream.</summary>
public sealed class StreamLockedException(StreamName stream, string holder)
    : Exception($"Stream {stream} is being written by {holder}: one writer a stream. Stop it, or write to another stream.")
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>Who holds it: process id, host and program.</summary>
    public string Holder { get; } = holder;
}
