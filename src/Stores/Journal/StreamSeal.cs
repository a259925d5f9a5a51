using System.Text;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Stores.Journal;

/// <summary>Publishes a stream's block digests and its manifest.</summary>
internal static class StreamSeal
{
    /// <summary>Reads the stream back from its files and publishes what they hold. The manifest comes last: with it the stream is sealed.</summary>
    /// <exception cref="StreamDamagedException">The files do not hold the events up to the version.</exception>
    public static StreamManifest Publish(StreamFolder folder, long version, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes)
    {
        using var digest = new StreamDigest(folder.Stream);
        using (var source = JournalSource.TryOpen(folder, 1, TornTailPolicy.Refuse))
        {
            while (source is not null && source.ReadRecord(out var record))
            {
                digest.Add(record);
            }
        }

        if (digest.Count != version)
        {
            throw new StreamDamagedException(folder.Stream, Math.Min(digest.Count, version) + 1, $"{version} events were written, {digest.Count} can be read back.");
        }

        var manifest = digest.ToManifest(engineVersion, notes);
        WriteBlocks(folder, digest.Hash.Blocks);
        AtomicFile.Write(folder.Manifest, manifest.ToJson());
        return manifest;
    }

    /// <summary>Reads the list of block digests: one a line, in order.</summary>
    /// <exception cref="InvalidDataException">Names the line that is no digest.</exception>
    public static List<Digest> ReadBlocks(StreamFolder folder)
    {
        var text = File.ReadAllText(folder.BlockDigests);
        var blocks = new List<Digest>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                blocks.Add(Digest.Parse(line));
            }
            catch (FormatException e)
            {
                throw new InvalidDataException($"{folder.BlockDigests} line {blocks.Count + 1}: {e.Message}", e);
            }
        }

        // Capital digits or a missing line break are no other digests, but somebody has been at the file.
        return TextOf(blocks) == text
            ? blocks
            : throw new InvalidDataException($"{folder.BlockDigests} is not written as it was sealed: one digest of small hexadecimal digits a line, each line ended.");
    }

    private static void WriteBlocks(StreamFolder folder, IReadOnlyList<Digest> blocks) =>
        AtomicFile.Write(folder.BlockDigests, Encoding.ASCII.GetBytes(TextOf(blocks)));

    private static string TextOf(IReadOnlyList<Digest> blocks)
    {
        var text = new StringBuilder();
        foreach (var block in blocks)
        {
            text.Append(block.ToString()).Append('\n');
        }

        return text.ToString();
    }
}
