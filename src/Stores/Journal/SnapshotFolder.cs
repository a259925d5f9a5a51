using System.Buffers.Binary;
using System.Globalization;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>A state that was kept.</summary>
/// <param name="Sequence">Last event that is in it.</param>
/// <param name="State">The bytes, as they were given.</param>
public sealed record Snapshot(long Sequence, byte[] State);

/// <summary>
/// States of an engine or projection at some sequences of a stream, kept beside it to start from. They are made from the
/// events and can be deleted at any time: without them, or where one is damaged, the same comes out later. What the bytes
/// mean, and of which program version, their writer knows; a reader that does not know them starts from the first event.
/// File "snapshots/(sequence, 20 digits).snap", little-endian: 0 magic "MMSNAPSH" (8), 8 sequence (8), 16 length of the state (8),
/// 24 CRC-32C of the state (4), 28 CRC-32C of the first 28 bytes (4), the state.
/// </summary>
public sealed class SnapshotFolder
{
    private const int HeadLength = 32;
    private const string Extension = ".snap";

    private readonly string path;

    internal SnapshotFolder(StreamFolder folder)
    {
        path = folder.Snapshots;
        Stream = folder.Stream;
    }

    /// <summary>The stream.</summary>
    public StreamName Stream { get; }

    private static ReadOnlySpan<byte> Magic => "MMSNAPSH"u8;

    /// <summary>Sequences that have a snapshot, whole or not, in order.</summary>
    public IReadOnlyList<long> Sequences()
    {
        var sequences = new List<long>();
        foreach (var file in Files())
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            {
                sequences.Add(sequence);
            }
        }

        sequences.Sort();
        return sequences;
    }

    /// <summary>Keeps a state; one of the same sequence is replaced. It is there whole or not at all.</summary>
    public void Write(long sequence, ReadOnlySpan<byte> state)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        DirectorySync.Create(path);
        var bytes = new byte[HeadLength + state.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), state.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), Crc32C.Of(state));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(28), Crc32C.Of(bytes.AsSpan(0, 28)));
        state.CopyTo(bytes.AsSpan(HeadLength));
        AtomicFile.Write(FileOf(sequence), bytes);
    }

    /// <summary>The snapshot of a sequence; null when there is none or it is damaged.</summary>
    public Snapshot? Read(long sequence)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(FileOf(sequence));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Deleted just now, or the disk does not give it: without it the same comes out later.
            return null;
        }

        var isWhole = bytes.Length >= HeadLength
            && bytes.AsSpan(0, 8).SequenceEqual(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(28)) == Crc32C.Of(bytes.AsSpan(0, 28))
            && BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)) == sequence
            && BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)) == bytes.Length - HeadLength
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(24)) == Crc32C.Of(bytes.AsSpan(HeadLength));
        return isWhole ? new Snapshot(sequence, bytes[HeadLength..]) : null;
    }

    /// <summary>The whole snapshot with the highest sequence not above a limit; null when there is none.</summary>
    public Snapshot? Latest(long notAfter = long.MaxValue)
    {
        var sequences = Sequences();
        for (var i = sequences.Count - 1; i >= 0; i--)
        {
            if (sequences[i] <= notAfter && Read(sequences[i]) is { } snapshot)
            {
                return snapshot;
            }
        }

        return null;
    }

    /// <summary>Removes one; nothing when it is not there, or cannot be removed: it only takes room.</summary>
    public void Delete(long sequence)
    {
        try
        {
            File.Delete(FileOf(sequence));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process holds it, or the disk fails: whatever reads it later checks it.
        }
    }

    /// <summary>Removes all snapshots.</summary>
    public void DeleteAll()
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // tidy-ok: there are none, which is what was asked for
        }
    }

    // They may be deleted at any time, also now.
    private string[] Files()
    {
        try
        {
            return Directory.GetFiles(path, "*" + Extension);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private string FileOf(long sequence) => Path.Combine(path, sequence.ToString("D20", CultureInfo.InvariantCulture) + Extension);
}
