namespace EventSourcedMM.Stores.Journal;

/// <summary>How an embedded journal behaves.</summary>
public sealed record JournalOptions
{
    /// <summary>A segment is closed by the first batch that would make it longer than this, in bytes.</summary>
    public long SegmentBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Encoded batches are handed to the operating system when this many bytes wait, at the latest.</summary>
    public int BufferBytes { get; init; } = 1024 * 1024;

    /// <summary>How often a subscription looks for events that another process appended.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What to do with a torn tail when a stream is opened for writing. What is done is reported to <see cref="Report"/>.</summary>
    public TornTailPolicy TornTail { get; init; } = TornTailPolicy.Refuse;

    /// <summary>Told about every torn tail that was set aside.</summary>
    public Action<TailSetAside>? Report { get; init; }

    /// <summary>Name of the program, shown to whoever is refused as second writer.</summary>
    public string Program { get; init; } = "mm";
}
