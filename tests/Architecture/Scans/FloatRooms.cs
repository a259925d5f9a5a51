using System.Text.RegularExpressions;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>The list of files where `double` may live, read from tests/Architecture/float-rooms.txt.</summary>
public sealed class FloatRooms
{
    readonly List<(string Glob, Regex Pattern)> rooms = [];

    FloatRooms()
    {
    }

    /// <summary>The globs, as written.</summary>
    public IEnumerable<string> Globs => rooms.Select(room => room.Glob);

    /// <summary>The repository's own list.</summary>
    public static FloatRooms OfRepository() =>
        Parse(File.ReadAllLines(Path.Combine(SourceTree.Repository.Root, "tests", "Architecture", "float-rooms.txt")));

    /// <summary>Reads lines `glob : reason`; blank lines and lines that begin with # are comments.</summary>
    /// <exception cref="FormatException">A line without a reason; the message names the line.</exception>
    public static FloatRooms Parse(IReadOnlyList<string> lines)
    {
        var result = new FloatRooms();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Trim() is "" || lines[i].StartsWith('#'))
            {
                continue;
            }

            var parts = lines[i].Split(" : ", 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[1].Length < 10)
            {
                throw new FormatException($"float-rooms.txt line {i + 1}: write `glob : reason`, the reason in a few words");
            }

            var pattern = Regex.Escape("src/" + parts[0]).Replace(@"\*\*", ".*", StringComparison.Ordinal)
                .Replace(@"\*", "[^/]*", StringComparison.Ordinal);
            result.rooms.Add((parts[0], new Regex($"^{pattern}$")));
        }

        return result;
    }

    /// <summary>Whether the file, given relative to the root, may use `double`.</summary>
    public bool Allow(string path) => rooms.Any(room => room.Pattern.IsMatch(path));

    /// <summary>Whether a glob of the list covers at least one of the files.</summary>
    public bool IsUsed(string glob, IEnumerable<string> paths) =>
        rooms.Where(room => room.Glob == glob).Any(room => paths.Any(room.Pattern.IsMatch));
}
