using System.Runtime.CompilerServices;
using System.Text;
#if OFFICIAL_STORES
using VerifyTests;
using VerifyXunit;
#endif

namespace EventSourcedMM.Tests.Support;

/// <summary>Holds a text to the one kept in git beside the test, by Verify's conventions: `Class.Method.verified.txt`, and
/// `Class.Method.received.txt` where they differ. The class is the test file's name. Text is compared byte for byte after
/// line ends became line feeds. With -p:OfficialStores=true the same calls go through Verify, on the same files.</summary>
public static class Snapshot
{
    const int ShownDifferences = 5;
    const int LongestShownLine = 160;

    /// <summary>Fails unless the text is the verified one. Await or return the task: with Verify it is the comparison.</summary>
    /// <param name="text">What the test produced; not empty.</param>
    /// <param name="parameters">Sets the case of a theory apart: `Class.Method_parameters.verified.txt`; characters that a
    /// file name cannot hold become dashes.</param>
    /// <param name="file">The test's source file, given by the compiler.</param>
    /// <param name="method">The test's name, given by the compiler.</param>
    public static Task Match(string text, string? parameters = null, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var name = $"{Path.GetFileNameWithoutExtension(file)}.{method}" + (parameters is null ? "" : "_" + Dashed(parameters));
#if OFFICIAL_STORES
        var settings = new VerifySettings();
        settings.UseFileName(name);
        settings.DontScrubDateTimes();
        settings.DontScrubGuids();
        settings.DisableRequireUniquePrefix();
        return Verifier.Verify(text, settings, file).ToTask();
#else
        Compare(text.ReplaceLineEndings("\n"), Path.Combine(Path.GetDirectoryName(file)!, name));
        return Task.CompletedTask;
#endif
    }

    static string Dashed(string parameters) =>
        string.Concat(parameters.Select(c => "\\/:*?\"<>|".Contains(c, StringComparison.Ordinal) || char.IsControl(c) || c == ' ' ? '-' : c));

#if !OFFICIAL_STORES
    static void Compare(string text, string name)
    {
        var (verified, received) = (name + ".verified.txt", name + ".received.txt");
        var kept = File.Exists(verified) ? File.ReadAllText(verified).ReplaceLineEndings("\n") : null;
        if (kept == text)
        {
            File.Delete(received);
            return;
        }

        // Verify writes a byte order mark; the same bytes here keep a switch between the two out of git.
        File.WriteAllText(received, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Fail(
            (kept is null ? $"There is no {Path.GetFileName(verified)} yet.\n" : $"{Path.GetFileName(verified)} and what the test produced differ:\n{Difference(kept, text)}")
            + $"If the new text is right, accept it with\n  mv '{received}' '{verified}'\nand say in the commit why it changed.");
    }

    static string Difference(string kept, string text)
    {
        var (old, now) = (kept.Split('\n'), text.Split('\n'));
        var shown = new StringBuilder();
        var differences = 0;
        for (var line = 0; line < Math.Max(old.Length, now.Length); line++)
        {
            var (before, after) = (line < old.Length ? old[line] : null, line < now.Length ? now[line] : null);
            if (before == after || ++differences > ShownDifferences)
            {
                continue;
            }

            shown.Append(before is null ? "" : $"  line {line + 1} verified: {Short(before)}\n");
            shown.Append(after is null ? "" : $"  line {line + 1} received: {Short(after)}\n");
        }

        if (differences > ShownDifferences)
        {
            shown.Append($"  and {differences - ShownDifferences} more lines ({old.Length} verified, {now.Length} received)\n");
        }

        return shown.ToString();
    }

    static string Short(string line) => line.Length <= LongestShownLine ? line : line[..LongestShownLine] + "…";
#endif
}
