using System.Text.RegularExpressions;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>A list of files under src that a rule makes an exception for, each line with its reason.</summary>
public sealed class ReasonedFiles
{
    readonly List<(string Glob, Regex Pattern)> lines = [];

    ReasonedFiles()
    {
    }

    /// <summary>Where `double` may live in Domain and Projections.</summary>
    public static ReasonedFiles FloatRooms => Read("float-rooms.txt");

    /// <summary>Where arithmetic may wrap in Domain and Projections.</summary>
    public static ReasonedFiles WrappingFiles => Read("wrapping-files.txt");

    /// <summary>Reads lines `glob under src/ : reason`, where ** spans folders and * stays inside one name. Blank lines and
    /// lines that begin with # are comments.</summary>
    /// <exception cref="FormatException">A line without a reason; the message names the list and the line.</exception>
    public static ReasonedFiles Parse(IReadOnlyList<string> lines, string list = "list")
    {
        var result = new ReasonedFiles();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Trim() is "" || lines[i].StartsWith('#'))
            {
                continue;
            }

            var parts = lines[i].Split(" : ", 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[1].Length < 10)
            {
                throw new FormatException($"{list} line {i + 1}: write `glob : reason`, the reason in a few words");
            }

            var pattern = Regex.Escape("src/" + parts[0]).Replace(@"\*\*", ".*", StringComparison.Ordinal)
                .Replace(@"\*", "[^/]*", StringComparison.Ordinal);
            result.lines.Add((parts[0], new Regex($"^{pattern}$")));
        }

        return result;
    }

    /// <summary>Whether the list names the file, given relative to the root.</summary>
    public bool Allow(string path) => lines.Any(line => line.Pattern.IsMatch(path));

    /// <summary>The globs that name no file of the tree: exceptions that nobody needs any more.</summary>
    public IEnumerable<string> Stale(SourceTree tree) =>
        lines.Where(line => !tree.CSharp("src").Any(file => line.Pattern.IsMatch(file.Path))).Select(line => line.Glob);

    static ReasonedFiles Read(string list) =>
        Parse(File.ReadAllLines(Path.Combine(SourceTree.Repository.Root, "tests", "Architecture", list)), list);
}
