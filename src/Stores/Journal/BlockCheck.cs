using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Checks every block by itself against the published list, so that a forged record is named by its block and the blocks behind it are not blamed.</summary>
internal sealed class BlockCheck(StreamFolder folder, IReadOnlyList<Digest> published, List<JournalFinding> findings) : IRecordVisitor, IDisposable
{
    private readonly ContentHash hash = new(folder.Stream);
    private long block;
    private long expected;

    /// <inheritdoc/>
    public void On(long sequence, ReadOnlySpan<byte> record)
    {
        if (ContentHash.BlockOf(sequence) != block)
        {
            Close();
            block = ContentHash.BlockOf(sequence);
            expected = ((block - 1) * ContentHash.BlockRecords) + 1;
            if (block <= published.Count + 1L)
            {
                hash.RestartAt(block, block == 1 ? ContentHash.Seed(folder.Stream) : published[(int)block - 2]);
            }
        }

        // A hole makes the block uncheckable; the hole itself has been noted.
        if (sequence != expected || block > published.Count)
        {
            expected = -1;
            return;
        }

        try
        {
            hash.Add(record);
            expected++;
        }
        catch (CanonicalFormatException)
        {
            Mismatch();
            expected = -1;
        }
    }

    /// <summary>Checks the last block.</summary>
    public void Close()
    {
        if (block > 0 && expected > 0 && hash.Current != published[(int)block - 1])
        {
            Mismatch();
        }

        block = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();

    private void Mismatch()
    {
        var first = ((block - 1) * ContentHash.BlockRecords) + 1;
        findings.Add(new JournalFinding(FindingKind.BlockMismatch, Path.GetFileName(folder.BlockDigests), -1, first, block, $"The records of block {block} (events {first} to {first + ContentHash.BlockRecords - 1} at most) do not have the digest that was published: they were changed after the stream was sealed."));
    }
}
