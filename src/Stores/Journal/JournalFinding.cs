namespace EventSourcedMM.Stores.Journal;

/// <summary>What kind of thing a verification found.</summary>
public enum FindingKind
{
    /// <summary>Bytes at the end that are no whole batch and were never acknowledged.</summary>
    TornTail = 0,

    /// <summary>A record whose checksum is wrong.</summary>
    DamagedRecord = 1,

    /// <summary>A batch or block whose head or table is damaged: none of its records can be trusted.</summary>
    DamagedFrame = 2,

    /// <summary>A segment's header is damaged, or the file belongs elsewhere.</summary>
    DamagedSegment = 3,

    /// <summary>Events that must be there are not.</summary>
    MissingEvents = 4,

    /// <summary>A block's records do not have the digest that was published: they were changed after sealing.</summary>
    BlockMismatch = 5,

    /// <summary>The manifest was changed, or does not describe the stream.</summary>
    ManifestMismatch = 6,

    /// <summary>The list of block digests is missing, was changed, or does not have the manifest's root.</summary>
    BlockListMismatch = 7,

    /// <summary>The commit mark is missing or damaged.</summary>
    CommitMark = 8,

    /// <summary>The sparse index is damaged; it can be deleted.</summary>
    SparseIndex = 9,

    /// <summary>A file that does not belong here.</summary>
    StrayFile = 10,

    /// <summary>A torn tail that was set aside earlier.</summary>
    SetAside = 11,

    /// <summary>A snapshot of engine state is damaged; it can be deleted.</summary>
    Snapshot = 12,
}

/// <summary>One thing that a verification found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="File">File name in the stream's folder.</param>
/// <param name="Offset">Where in the file; −1 when it is about the whole file.</param>
/// <param name="Sequence">First event concerned; 0 when unknown.</param>
/// <param name="Block">Block of the content hash concerned, from 1; 0 when unknown.</param>
/// <param name="Message">What is wrong, in words.</param>
public sealed record JournalFinding(FindingKind Kind, string File, long Offset, long Sequence, long Block, string Message)
{
    /// <summary>True when events are lost or changed; false when it is only worth knowing.</summary>
    public bool IsDamage => Kind is not (FindingKind.SetAside or FindingKind.SparseIndex or FindingKind.StrayFile or FindingKind.Snapshot);
}

/// <summary>The result of walking a stream.</summary>
/// <param name="Events">Whole events found.</param>
/// <param name="Batches">Whole batches or blocks found.</param>
/// <param name="Segments">Segment files.</param>
/// <param name="Bytes">Bytes in them.</param>
/// <param name="Sealed">True when the stream has a manifest.</param>
/// <param name="ContentHash">Content hash of what was found, when it could be computed without a hole.</param>
/// <param name="Findings">What was found, in the order of the stream.</param>
public sealed record JournalReport(long Events, long Batches, int Segments, long Bytes, bool Sealed, Domain.Canonical.Digest? ContentHash, IReadOnlyList<JournalFinding> Findings)
{
    /// <summary>True when nothing is wrong with the events.</summary>
    public bool IsClean => !Findings.Any(f => f.IsDamage);
}
