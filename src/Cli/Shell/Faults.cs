using System.Text.RegularExpressions;

namespace EventSourcedMM.Cli.Shell;

/// <summary>What the system says of files, in words for people.</summary>
public static partial class Faults
{
    private const int Exists = 17;

    /// <summary>What happened.</summary>
    public static string Words(Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        var path = Quoted().Match(fault.Message) is { Success: true } named ? named.Groups[1].Value : null;
        return fault switch
        {
            FileNotFoundException when path is not null => $"There is no file {path}.",
            DirectoryNotFoundException when path is not null => $"There is no directory {Path.GetDirectoryName(path)}, of {path}.",
            UnauthorizedAccessException when path is not null => Directory.Exists(path) ? $"{path} is a directory, not a file." : $"{path} may not be read or written.",
            IOException { HResult: Exists } when path is not null && File.Exists(path) => $"{path} is a file; a directory is needed there.",
            _ => fault.Message,
        };
    }

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
