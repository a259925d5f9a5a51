using System.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>
/// Writes what a command was told to write. A file appears whole or not at all; a link stays and what it points to is replaced; into a device, a
/// FIFO or standard output is written, as a shell would: they are never replaced by a file.
/// </summary>
public static class WholeFile
{
    private const int MostLinks = 40;

    private static readonly string[] Output = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

    /// <summary>Writes a text.</summary>
    /// <param name="path">Where, as the user named it.</param>
    /// <param name="text">The whole of it.</param>
    /// <exception cref="IOException">It cannot be written; what was there is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; what was there is as it was.</exception>
    public static void Write(string path, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (IsStandardOutput(path))
        {
            using var output = Console.OpenStandardOutput();
            output.Write(bytes);
            return;
        }

        var target = Target(path);
        if (TryWriteThrough(target, bytes))
        {
            return;
        }

        var part = target + ".part";
        try
        {
            File.WriteAllBytes(part, bytes);
            File.Move(part, target, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>True for the names of standard output.</summary>
    public static bool IsStandardOutput(string path) => Output.Contains(path, StringComparer.Ordinal);

    /// <summary>Before the work: that a file can stand where it is to be written, and is none of those that are read.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">The file; null when none is to be written.</param>
    /// <param name="inputs">What is read: option and file, null when none is.</param>
    /// <exception cref="UsageException">It names a directory, lies in one that is not there, or is what is read.</exception>
    public static void Check(string option, string? path, params (string Option, string? Path)[] inputs)
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

        if (IsOfTheSystem(Target(path)) && !File.Exists(path))
        {
            throw new UsageException($"{option} {path}: there is no such device.");
        }

        if (Array.Find(inputs, i => i.Path is { } input && Real(input) == Real(path)) is { Path: { } read } same)
        {
            throw new UsageException($"{option} {path} would write over {same.Option} {read}; name another file.");
        }
    }

    // Where the links lead, but for those of the system: what /dev/stdout points to is a name only for this process.
    private static string Target(string path)
    {
        for (var links = 0; !IsOfTheSystem(path) && new FileInfo(path).LinkTarget is { } next; links++)
        {
            path = links < MostLinks ? Path.Combine(Path.GetDirectoryName(path) ?? "", next) : throw new IOException($"{path} is a link that leads in a circle.");
        }

        return path;
    }

    private static bool IsOfTheSystem(string path)
    {
        var full = Path.GetFullPath(path);
        return full.StartsWith("/proc/", StringComparison.Ordinal) || (full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal));
    }

    // Opened once: who reads a FIFO sees its end with the first writer's. A file that has something in it is a regular one: a device or a FIFO has no length.
    private static bool TryWriteThrough(string path, byte[] bytes)
    {
        if (!IsOfTheSystem(path) && new FileInfo(path) is not { Exists: true, Length: 0 })
        {
            return false;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
        if (!IsOfTheSystem(path) && IsRegular(file))
        {
            return false;
        }

        if (file.CanSeek)
        {
            file.Seek(0, SeekOrigin.End);
        }

        file.Write(bytes);
        return true;
    }

    // The length of a regular file can be set, also to what it is; that of a device cannot, and a FIFO has no position.
    private static bool IsRegular(FileStream file)
    {
        if (!file.CanSeek)
        {
            return false;
        }

        try
        {
            RandomAccess.SetLength(file.SafeFileHandle, 0);
            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    // The file itself, whatever links lead to it or to a directory above it.
    private static string Real(string path)
    {
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        var left = new Stack<string>(Path.GetFullPath(path)[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; left.TryPop(out var part);)
        {
            var here = part == ".." ? Path.GetDirectoryName(real) ?? real : Path.Combine(real, part);
            if (links < MostLinks && part != ".." && new FileInfo(here).LinkTarget is { } next)
            {
                links++;
                real = Path.IsPathRooted(next) ? Path.GetPathRoot(next)! : real;
                foreach (var piece in next.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse().Where(p => p != "."))
                {
                    left.Push(piece);
                }
            }
            else
            {
                real = here;
            }
        }

        return real;
    }
}
