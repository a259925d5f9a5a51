using System.Xml;
using System.Xml.Linq;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>Holds the project files of src to the arrows in tests/Architecture/arrows.txt.</summary>
public static class ArrowScan
{
    const string Rule = "arrows";
    const string Prefix = "EventSourcedMM.";

    static readonly string[] Pure = ["Domain", "Projections"];

    /// <summary>The findings for the projects below src under a root, against lines as in arrows.txt.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree, IEnumerable<string> lines)
    {
        var (allowed, never) = Parse(lines);
        var projects = tree.Texts.Where(file => file.IsBelow("src") && file.Extension == ".csproj").ToDictionary(RoomOf, StringComparer.Ordinal);
        var references = projects.ToDictionary(
            project => project.Key,
            project => Items(project.Value, "ProjectReference").Select(item => (Room: RoomOf(item.Include), item.Line)).ToList(),
            StringComparer.Ordinal);

        foreach (var missing in allowed.Keys.Where(room => !projects.ContainsKey(room)))
        {
            yield return new Finding("src", 0, Rule, $"no project for the room {missing}");
        }

        foreach (var (room, file) in projects)
        {
            if (!allowed.TryGetValue(room, out var targets))
            {
                yield return file.At(1, Rule, $"{room} is not in tests/Architecture/arrows.txt: name it there, with the rooms it may reference");
                continue;
            }

            foreach (var (target, line) in references[room].Where(reference => !targets.Contains(reference.Room)))
            {
                yield return file.At(line, Rule, $"{room} may not reference {target}");
            }

            foreach (var target in targets.Where(target => references[room].All(reference => reference.Room != target)))
            {
                yield return file.At(1, Rule, $"{room} should reference {target}: change the project or arrows.txt");
            }

            foreach (var finding in SideDoors(room, file))
            {
                yield return finding;
            }

            foreach (var (_, banned) in never.Where(pair => pair.From == room && Reaches(room, pair.To, references, [])))
            {
                yield return file.At(1, Rule, $"{room} must never reach {banned}, not even through another room");
            }
        }
    }

    // A linked source file, a binary reference or a package would carry an arrow that no ProjectReference shows.
    static IEnumerable<Finding> SideDoors(string room, SourceFile file)
    {
        foreach (var (include, line) in Items(file, "Compile").Concat(Items(file, "EmbeddedResource")).Where(item => item.Include.EndsWith(".cs", StringComparison.Ordinal) && item.Include.Contains("..", StringComparison.Ordinal)))
        {
            yield return file.At(line, Rule, $"{room} compiles {include} from another folder: reference the room that owns it");
        }

        foreach (var (include, line) in Items(file, "Reference"))
        {
            yield return file.At(line, Rule, $"{room} references the binary {include}: reference a project or a package");
        }

        if (!Pure.Contains(room))
        {
            yield break;
        }

        foreach (var (include, line) in Items(file, "PackageReference").Concat(Items(file, "FrameworkReference")))
        {
            yield return file.At(line, Rule, $"{room} may reference nothing outside the language's own library, not {include}");
        }
    }

    static bool Reaches(string from, string to, Dictionary<string, List<(string Room, int Line)>> references, HashSet<string> seen) =>
        references.TryGetValue(from, out var next)
        && next.Any(reference => reference.Room == to || (seen.Add(reference.Room) && Reaches(reference.Room, to, references, seen)));

    static (Dictionary<string, string[]> Allowed, List<(string From, string To)> Never) Parse(IEnumerable<string> lines)
    {
        var allowed = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var never = new List<(string, string)>();
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            if (line.Split(" -> ") is [var room, var targets])
            {
                allowed[room] = targets == "nothing" ? [] : targets.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
            else if (line.Split(" never ") is [var from, var to])
            {
                never.Add((from, to));
            }
            else
            {
                throw new FormatException($"arrows.txt: `{line}` is neither `A -> B C` nor `A never B`");
            }
        }

        return (allowed, never);
    }

    static IEnumerable<(string Include, int Line)> Items(SourceFile file, string name) =>
        XDocument.Parse(file.Text, LoadOptions.SetLineInfo).Descendants(name)
            .Where(item => item.Attribute("Include") is not null)
            .Select(item => (item.Attribute("Include")!.Value, ((IXmlLineInfo)item).LineNumber));

    static string RoomOf(SourceFile file) => RoomOf(file.Path);

    static string RoomOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));
        return name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
    }
}
