using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Walks a stream and says everything that is wrong with it: framing, checksums, sequences, the block chain against the
/// published digests, manifest, commit mark, index and stray files. It changes nothing.
/// </summary>
public static class JournalVerifier
{
    /// <summary>
    /// Streams of the store in a directory whose names start with a prefix, in ordinal order: also those of which nothing is
    /// left but their commit mark, which no reader lists.
    /// </summary>
    public static IReadOnlyList<StreamName> Streams(string root, string prefix = "") => StreamLookup.ListWithRemains(root, prefix);

    /// <summary>Who is writing a stream now; null when nobody is.</summary>
    public static string? Writer(string root, StreamName stream)
    {
        var folder = StreamFolder.In(root, stream);
        return WriterLock.IsHeld(folder) ? WriterLock.ReadHolder(folder) : null;
    }

    /// <summary>Verifies a stream of the store in a directory.</summary>
    /// <exception cref="StreamNotFoundException">There is no such stream.</exception>
    public static JournalReport Verify(string root, StreamName stream)
    {
        var folder = StreamFolder.In(root, stream);
        if (!Directory.Exists(folder.Path))
        {
            throw new StreamNotFoundException(stream, Path.GetFullPath(root));
        }

        return Verify(folder);
    }

    internal static JournalReport Verify(StreamFolder folder)
    {
        var findings = new List<JournalFinding>();
        var (manifest, blocks) = ReadPublished(folder, findings);

        // A stream that is being written: the mark is read first, so that it is never ahead of what the walk sees.
        var isSealed = File.Exists(folder.Manifest);
        var mark = isSealed ? null : CheckMark(folder, findings);
        using var digest = new StreamDigest(folder.Stream);
        var chain = new Chain(digest);
        var walk = new StreamWalk(folder, chain, findings);
        walk.Run();
        CheckEnd(folder, findings, walk, isSealed, manifest, mark);
        var whole = chain.IsWhole && digest.Count == walk.Next - 1;
        if (manifest is not null)
        {
            CheckPublished(folder, findings, manifest, blocks, whole ? digest : null);
        }

        CheckFiles(folder, findings, isSealed);
        return new JournalReport(walk.Events, walk.Batches, walk.Segments, walk.Bytes, isSealed, whole ? digest.Hash.Current : null, findings);
    }

    private static (StreamManifest? Manifest, List<Digest>? Blocks) ReadPublished(StreamFolder folder, List<JournalFinding> findings)
    {
        if (!File.Exists(folder.Manifest))
        {
            return (null, null);
        }

        StreamManifest? manifest = null;
        try
        {
            manifest = StreamManifest.Parse(File.ReadAllBytes(folder.Manifest), folder.Manifest);
            if (manifest.Stream != folder.Stream)
            {
                Note(findings, FindingKind.ManifestMismatch, folder.Manifest, $"It is the manifest of stream {manifest.Stream}.");
            }
        }
        catch (InvalidDataException e)
        {
            Note(findings, FindingKind.ManifestMismatch, folder.Manifest, e.Message);
        }

        try
        {
            var blocks = StreamSeal.ReadBlocks(folder);
            if (manifest is null || ContentHash.Root(blocks) == manifest.BlockRoot)
            {
                return (manifest, blocks);
            }

            Note(findings, FindingKind.BlockListMismatch, folder.BlockDigests, "The list of block digests does not have the root that the manifest states.");
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            Note(findings, FindingKind.BlockListMismatch, folder.BlockDigests, e.Message);
        }

        return (manifest, null);
    }

    private static CommitPoint? CheckMark(StreamFolder folder, List<JournalFinding> findings)
    {
        var mark = CommitMark.Read(folder.Mark, out var bothWhole);
        if (mark is null)
        {
            if (File.Exists(folder.Manifest))
            {
                // Sealed since the walk began.
                return null;
            }

            Note(findings, FindingKind.CommitMark, folder.Mark, "The commit mark is missing or damaged: nobody can tell whether acknowledged events are missing at the end.");
        }
        else if (!bothWhole)
        {
            Note(findings, FindingKind.CommitMark, folder.Mark, "One slot of the commit mark is damaged: it may promise less than was acknowledged.");
        }

        return mark;
    }

    private static void CheckEnd(StreamFolder folder, List<JournalFinding> findings, StreamWalk walk, bool isSealed, StreamManifest? manifest, CommitPoint? mark)
    {
        var promised = manifest?.Events ?? mark?.Version ?? 0;
        if (walk.Tail is { } tail)
        {
            if (isSealed || promised >= walk.Next)
            {
                findings.Add(new JournalFinding(FindingKind.DamagedFrame, tail.Segment, tail.Offset, walk.Next, ContentHash.BlockOf(walk.Next), $"{char.ToUpperInvariant(tail.Problem[0])}{tail.Problem[1..]} Events up to {promised} were acknowledged."));
            }
            else if (!WriterLock.IsHeld(folder))
            {
                findings.Add(new JournalFinding(FindingKind.TornTail, tail.Segment, tail.Offset, walk.Next, ContentHash.BlockOf(walk.Next), $"{tail.Length} bytes that were never acknowledged: {tail.Problem}"));
            }
        }
        else if (promised >= walk.Next)
        {
            findings.Add(new JournalFinding(FindingKind.MissingEvents, Path.GetFileName(folder.Path), -1, walk.Next, ContentHash.BlockOf(walk.Next), $"Events {walk.Next} to {promised} were acknowledged and are missing at the end."));
        }
        else if (manifest is not null && promised < walk.Next - 1)
        {
            findings.Add(new JournalFinding(FindingKind.ManifestMismatch, Path.GetFileName(folder.Manifest), -1, promised + 1, ContentHash.BlockOf(promised + 1), $"The stream was sealed with {promised} events and holds {walk.Next - 1}."));
        }
    }

    private static void CheckPublished(StreamFolder folder, List<JournalFinding> findings, StreamManifest manifest, List<Digest>? blocks, StreamDigest? digest)
    {
        if (digest is not null && digest.Hash.Current == manifest.ContentHash)
        {
            var found = digest.ToManifest(manifest.SealedBy, manifest.Notes);
            if (!found.ToJson().AsSpan().SequenceEqual((manifest with { Stream = folder.Stream }).ToJson()))
            {
                Note(findings, FindingKind.ManifestMismatch, folder.Manifest, "Its counts or times are not those of the events.");
            }

            return;
        }

        var before = findings.Count;
        if (blocks is not null)
        {
            // Only now is it worth a second walk, to name the blocks.
            using var check = new BlockCheck(folder, blocks, findings);
            new StreamWalk(folder, check, []).Run();
            check.Close();
        }

        if (findings.Count == before && digest is not null)
        {
            Note(findings, FindingKind.ManifestMismatch, folder.Manifest, $"The content hash is {digest.Hash.Current}, the manifest states {manifest.ContentHash}.");
        }
    }

    private static void CheckFiles(StreamFolder folder, List<JournalFinding> findings, bool isSealed)
    {
        SparseIndex.Load(folder, out var whole);
        if (!whole)
        {
            Note(findings, FindingKind.SparseIndex, folder.Index, "The sparse index is damaged. It is only a hint: delete it, the next writer makes it anew.");
        }

        var snapshots = new SnapshotFolder(folder);
        foreach (var sequence in snapshots.Sequences())
        {
            if (snapshots.Read(sequence) is null)
            {
                findings.Add(new JournalFinding(FindingKind.Snapshot, Path.GetFileName(folder.Snapshots), -1, sequence, ContentHash.BlockOf(sequence), $"The snapshot at event {sequence} is damaged. It was made from the events: delete it."));
            }
        }

        var segments = folder.Segments().ConvertAll(s => s.Path);
        foreach (var path in Directory.EnumerateFiles(folder.Path).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith("torn-after-", StringComparison.Ordinal))
            {
                Note(findings, FindingKind.SetAside, path, "A torn tail that was set aside when the stream was opened for writing.");
            }
            else if (name.StartsWith("cut-after-", StringComparison.Ordinal))
            {
                Note(findings, FindingKind.SetAside, path, "Damaged events that a repair took out of the stream.");
            }
            else if (!segments.Contains(path)
                && path != folder.Manifest && path != folder.BlockDigests && path != folder.Index && path != folder.Lock && path != folder.Holder
                && (path != folder.Mark || isSealed))
            {
                Note(findings, FindingKind.StrayFile, path, path.EndsWith(".mmz.new", StringComparison.Ordinal) ? "What an interrupted mm store compact left: the next one removes it." : "A file that is no part of the stream: an interrupted write, or somebody's own.");
            }
        }
    }

    private static void Note(List<JournalFinding> findings, FindingKind kind, string path, string message) =>
        findings.Add(new JournalFinding(kind, Path.GetFileName(path), -1, 0, 0, message));

    /// <summary>Chains the records as long as there is no hole.</summary>
    private sealed class Chain(StreamDigest digest) : IRecordVisitor
    {
        public bool IsWhole { get; private set; } = true;

        public void On(long sequence, ReadOnlySpan<byte> record)
        {
            if (!IsWhole)
            {
                return;
            }

            try
            {
                if (sequence != digest.Count + 1)
                {
                    IsWhole = false;
                    return;
                }

                digest.Add(record);
            }
            catch (CanonicalFormatException)
            {
                IsWhole = false;
            }
        }
    }
}
