using System.Collections;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>
/// Every mark of a run in its order, each stored as what changed since the one before: about a fifth of its size, so that months of
/// minutes take no more room than the book does. Reading in order is cheap, jumping costs up to a block.
/// </summary>
public sealed class MarkSeries : IReadOnlyList<MarkPoint>
{
    private const int BlockMarks = 256;

    private readonly List<byte[]> blocks = [];
    private readonly ByteBuffer bytes = new(4_096);
    private readonly MarkPoint[] decoded = new MarkPoint[BlockMarks];
    private MarkPoint last;
    private int decodedBlock = -1;

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>Bytes that the marks take.</summary>
    public long Bytes => blocks.Sum(b => (long)b.Length) + bytes.Length;

    /// <inheritdoc/>
    public MarkPoint this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var block = index / BlockMarks;
            if (block != decodedBlock)
            {
                Decode(block);
            }

            return decoded[index % BlockMarks];
        }
    }

    /// <summary>Adds a mark.</summary>
    public void Add(in MarkPoint mark)
    {
        if (Count % BlockMarks == 0)
        {
            Close();
            last = default;
        }

        var writer = new CanonicalWriter(bytes);
        foreach (var change in (ReadOnlySpan<Int128>)
            [(Int128)mark.Time - last.Time, mark.Equity - last.Equity, (Int128)mark.Position - last.Position, (Int128)mark.Fills - last.Fills, (Int128)mark.MidTwice - last.MidTwice])
        {
            var value = change;
            writer.Money("change", ref value);
        }

        last = mark;
        if (Count++ / BlockMarks == decodedBlock)
        {
            decodedBlock = -1;
        }
    }

    /// <inheritdoc/>
    public IEnumerator<MarkPoint> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Close()
    {
        if (Count > 0)
        {
            blocks.Add(bytes.Span.ToArray());
            bytes.Clear();
        }
    }

    // A block begins from nothing, so that it can be read alone.
    private void Decode(int block)
    {
        var reader = new CanonicalReader(block < blocks.Count ? blocks[block] : bytes.Span, new LevelArena());
        var mark = default(MarkPoint);
        var count = Math.Min(BlockMarks, Count - (block * BlockMarks));
        Span<Int128> changes = stackalloc Int128[5];
        for (var i = 0; i < count; i++)
        {
            foreach (ref var change in changes)
            {
                reader.Money("change", ref change);
            }

            mark = new MarkPoint((long)(mark.Time + changes[0]), mark.Equity + changes[1], (long)(mark.Position + changes[2]), (long)(mark.Fills + changes[3]), (long)(mark.MidTwice + changes[4]));
            decoded[i] = mark;
        }

        decodedBlock = block;
    }
}
