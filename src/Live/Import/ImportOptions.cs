namespace EventSourcedMM.Live.Import;

/// <summary>What an import may do.</summary>
public sealed record ImportOptions
{
    /// <summary>File with the instrument: our own form or exchangeInfo; null to find it elsewhere.</summary>
    public string? InstrumentFile { get; init; }

    /// <summary>Import the whole lines of a gzip file that is cut.</summary>
    public bool AllowCut { get; init; }

    /// <summary>Program and version, as they stand in the recording and in its manifests.</summary>
    public string Recorder { get; init; } = "EventSourcedMM " + typeof(ImportOptions).Assembly.GetName().Version!.ToString(3);
}
