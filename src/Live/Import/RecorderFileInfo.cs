using System.Security.Cryptography;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Live.Import;

/// <summary>What is known about a recorder's file before its lines are imported.</summary>
/// <param name="Path">The file as the user named it.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Digest of the file's bytes.</param>
/// <param name="FirstTime">First local stamp in nanoseconds since the epoch.</param>
/// <param name="Clock">Resolution of the stamps.</param>
public sealed record RecorderFileInfo(string Path, long Bytes, Digest Sha256, long FirstTime, ReceiveClock Clock)
{
    /// <summary>Looks at a file.</summary>
    /// <exception cref="ImportException">It cannot be opened, is empty, or does not begin with a recorder's line.</exception>
    public static RecorderFileInfo Probe(string path)
    {
        using var file = RecorderFile.Open(path);
        if (!file.Read(out var line))
        {
            throw new ImportException(file.IsCut
                ? $"{path}: the gzip data is cut before the end of its first line."
                : $"{path}: there is no line in it.");
        }

        if (!RecorderLine.TryParse(line, out var parsed, out var problem))
        {
            throw new ImportException($"{path} line {file.LineNumber}: {problem}. A recorder's line is a local stamp, a space and the venue's JSON message.");
        }

        return new RecorderFileInfo(path, new FileInfo(path).Length, Hash(path), parsed.ReceiveTime, parsed.Clock);
    }

    /// <summary>Digest and name, as they stand in the recording's first event and in its manifest.</summary>
    public string Line => $"{Sha256} {System.IO.Path.GetFileName(Path)}";

    private static Digest Hash(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 256 * 1024, FileOptions.SequentialScan);
        Span<byte> digest = stackalloc byte[Digest.Size];
        SHA256.HashData(file, digest);
        return Digest.From(digest);
    }
}
