using System.Buffers.Binary;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// What a program worked out of a whole sealed stream and keeps beside it, to have it at once the next time. The file is named
/// by the stream's content hash and says which build made it: one of other events, of another build, or damaged, counts as
/// none. Deleting it loses nothing.
/// File "snapshots/(content hash).(kind)", little-endian: 0 magic "MMKEPT01" (8), 8 content hash (32), 40 maker (16), 56 length
/// of the content (8), 64 CRC-32C of the content (4), 68 CRC-32C of the first 68 bytes (4), the content.
/// </summary>
public sealed class KeptIndex
{
    private const int HeadLength = 72;

    private readonly string folder;
    private readonly string kind;
    private readonly Digest content;
    private readonly Guid maker;

    private KeptIndex(string folder, string kind, Digest content, Guid maker)
    {
        this.folder = folder;
        this.kind = kind;
        this.content = content;
        this.maker = maker;
    }

    /// <summary>Why the last one could not be kept; null when it could.</summary>
    public string? Problem { get; private set; }

    private static ReadOnlySpan<byte> Magic => "MMKEPT01"u8;

    private string FileName => Path.Combine(folder, $"{content}.{kind}");

    /// <summary>The place of an index; null where none is kept: for a stream that still grows, is archived, or is in another store than the journal.</summary>
    /// <param name="store">Where the stream is.</param>
    /// <param name="info">What is known of the stream.</param>
    /// <param name="kind">What the index is for: the file's extension.</param>
    /// <param name="maker">The build that makes and reads it.</param>
    public static KeptIndex? Of(IEventStore store, StreamInfo info, string kind, Guid maker) =>
        info is { Sealed: true, ContentHash: { } content } && store is JournalStore journal && journal.HasJournal(info.Stream)
            ? new KeptIndex(StreamFolder.In(journal.Root, info.Stream).Snapshots, kind, content, maker)
            : null;

    /// <summary>The content; null when there is none that is whole, of these events and of this build.</summary>
    public ReadOnlyMemory<byte>? Read()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(FileName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var isWhole = bytes.Length >= HeadLength
            && bytes.AsSpan(0, 8).SequenceEqual(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(68)) == Crc32C.Of(bytes.AsSpan(0, 68))
            && Digest.From(bytes.AsSpan(8)) == content
            && new Guid(bytes.AsSpan(40, 16)) == maker
            && BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(56)) == bytes.Length - HeadLength
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(64)) == Crc32C.Of(bytes.AsSpan(HeadLength));
        return isWhole ? bytes.AsMemory(HeadLength) : null;
    }

    /// <summary>Keeps the content in place of any other of this kind; it is there whole or not at all.</summary>
    /// <returns>False when the disk takes none: the answers are the same without. <see cref="Problem"/> says why.</returns>
    public bool Write(ReadOnlySpan<byte> state)
    {
        var bytes = new byte[HeadLength + state.Length];
        Magic.CopyTo(bytes);
        content.CopyTo(bytes.AsSpan(8));
        maker.TryWriteBytes(bytes.AsSpan(40));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(56), state.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(64), Crc32C.Of(state));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(68), Crc32C.Of(bytes.AsSpan(0, 68)));
        state.CopyTo(bytes.AsSpan(HeadLength));
        try
        {
            DirectorySync.Create(folder);
            AtomicFile.Write(FileName, bytes);

            // Of a stream that had other events once: nobody can use it any more.
            foreach (var other in Directory.EnumerateFiles(folder, $"*.{kind}").Where(f => f != FileName))
            {
                File.Delete(other);
            }

            Problem = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem = e.Message;
            return false;
        }
    }
}
