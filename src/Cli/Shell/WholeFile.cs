using System.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Writes a file whole or not at all.</summary>
public static class WholeFile
{
    /// <summary>Writes text beside the file and moves it into its place.</summary>
    public static void Write(string path, string text)
    {
        var part = path + ".part";
        try
        {
            File.WriteAllText(part, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Before the work: that a file can stand where it is to be written.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">The file; null when none is to be written.</param>
    /// <exception cref="UsageException">It names a directory, or lies in one that is not there.</exception>
    public static void Check(string option, string? path)
    {
        if (path is null)
        {
            return;
        }

        if (Directory.Exists(path) || Path.EndsInDirectorySeparator(path))
        {
            throw new UsageException($"{option} {path} is a directory; name a file in it.");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } place && !Directory.Exists(place))
        {
            throw new UsageException($"{option} {path}: there is no directory {place}.");
        }
    }
}
