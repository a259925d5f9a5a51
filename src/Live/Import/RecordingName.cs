using System.Globalization;
using System.Security.Cryptography;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// Names an imported recording: its first second and a short digest of its first lines. The same lines give the same
/// name, whatever the file is called and however it is packed.
/// </summary>
internal static class RecordingName
{
    // Enough to tell recordings apart, little enough to be read before everything else.
    private const int Lines = 1_000;

    /// <summary>The name of a recording that begins with a file.</summary>
    public static string Of(RecorderFileInfo first)
    {
        using var file = RecorderFile.Open(first.Path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Lines && file.Read(out var line); i++)
        {
            hash.AppendData(line);
            hash.AppendData("\n"u8);
        }

        var instant = NodaConstants.UnixEpoch + Duration.FromNanoseconds(first.FirstTime);
        var second = InstantPattern.Create("uuuuMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture).Format(instant);
        return $"{second}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..8]}";
    }
}
