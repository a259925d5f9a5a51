using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>
/// A stream's content hash: the same for every copy of the stream in any store, and different when any event differs.
/// <para>
/// D(0) = SHA-256 of the ASCII text "EventSourcedMM content hash 1", a zero byte and the stream's name in UTF-8.
/// Block n (from 1) holds the records with sequences (n − 1) · 4096 + 1 to n · 4096.
/// D(n) = SHA-256 of D(n − 1) and, for every record of block n in order, its length (4 bytes, little-endian) and its
/// canonical bytes (<see cref="EventRecord"/>, version as first written).
/// The content hash is D of the last block, full or not; D(0) for a stream without events.
/// </para>
/// </summary>
public sealed class ContentHash : IDisposable
{
    /// <summary>Records in a full block.</summary>
    public const int BlockRecords = 4096;

    private readonly IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<Digest> closed = [];

    // SHA-256 is called for many records at once: a call costs more than hashing a trade.
    private readonly ByteBuffer pending = new(PendingLimit * 2);
    private Digest chain;
    private int inBlock;

    private const int PendingLimit = 32 * 1024;

    /// <summary>The hash of a stream without events.</summary>
    public ContentHash(StreamName stream) => chain = Seed(stream);

    /// <summary>Records added, and so the last sequence.</summary>
    public long Count { get; private set; }

    /// <summary>The content hash of everything added so far.</summary>
    public Digest Current => inBlock == 0 ? chain : OpenBlock();

    /// <summary>D(1), D(2) … of every block, the last one full or not.</summary>
    public IReadOnlyList<Digest> Blocks => inBlock == 0 ? closed.ToArray() : [.. closed, OpenBlock()];

    /// <summary>D(0): what the first block is chained to.</summary>
    public static Digest Seed(StreamName stream)
    {
        var bytes = Encoding.UTF8.GetBytes("EventSourcedMM content hash 1\0" + stream.Value);
        return Digest.From(SHA256.HashData(bytes));
    }

    /// <summary>Block, from 1, that holds a sequence.</summary>
    public static long BlockOf(long sequence) => ((sequence - 1) / BlockRecords) + 1;

    /// <summary>
    /// The root of a list of block digests: SHA-256 over the digests end to end. A manifest carries it, so that the list
    /// beside it cannot be changed unseen.
    /// </summary>
    public static Digest Root(IReadOnlyList<Digest> blocks)
    {
        var bytes = new byte[blocks.Count * Digest.Size];
        for (var i = 0; i < blocks.Count; i++)
        {
            blocks[i].CopyTo(bytes.AsSpan(i * Digest.Size));
        }

        return Digest.From(SHA256.HashData(bytes));
    }

    /// <summary>Adds the next record.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are not a record with the next sequence.</exception>
    public void Add(ReadOnlySpan<byte> record)
    {
        var sequence = SequenceOf(record);
        if (sequence != Count + 1)
        {
            throw new CanonicalFormatException($"event {sequence} stands where event {Count + 1} belongs");
        }

        if (inBlock == 0)
        {
            chain.CopyTo(pending.Room(Digest.Size));
            pending.Advance(Digest.Size);
        }

        BinaryPrimitives.WriteInt32LittleEndian(pending.Room(4), record.Length);
        pending.Advance(4);
        pending.Write(record);
        Count++;
        inBlock++;
        if (inBlock == BlockRecords)
        {
            Feed();
            CloseBlock();
        }
        else if (pending.Length >= PendingLimit)
        {
            Feed();
        }
    }

    /// <summary>
    /// Starts again at a block's first record with the digest that a list gives for the block before, so that each block
    /// can be checked by itself and a forgery is named by its block.
    /// </summary>
    /// <param name="block">Block from 1.</param>
    /// <param name="previous">D of the block before.</param>
    public void RestartAt(long block, Digest previous)
    {
        pending.Clear();
        _ = sha.GetHashAndReset();
        chain = previous;
        inBlock = 0;
        Count = (block - 1) * BlockRecords;
    }

    /// <inheritdoc/>
    public void Dispose() => sha.Dispose();

    private static long SequenceOf(ReadOnlySpan<byte> record)
    {
        var at = 0;
        Varint.Read(record, ref at);
        Varint.Read(record, ref at);
        return unchecked((long)Varint.Read(record, ref at));
    }

    private void Feed()
    {
        sha.AppendData(pending.Span);
        pending.Clear();
    }

    private Digest OpenBlock()
    {
        Feed();
        Span<byte> digest = stackalloc byte[Digest.Size];
        sha.GetCurrentHash(digest);
        return Digest.From(digest);
    }

    private void CloseBlock()
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        sha.GetHashAndReset(digest);
        chain = Digest.From(digest);
        closed.Add(chain);
        inBlock = 0;
    }
}
