namespace EventSourcedMM.Architecture.Scans;

/// <summary>A tree of sources under any root: the repository, or a planted copy. Scans are functions over it.</summary>
public sealed class SourceTree(string root)
{
    static readonly string[] NotOurs =
        ["artifacts", "bin", "obj", "node_modules", ".git", "TestResults", "BenchmarkDotNet.Artifacts", ".vs", ".idea", "__pycache__"];

    static readonly string[] TextExtensions =
        [".cs", ".csproj", ".props", ".targets", ".json", ".md", ".sh", ".cmd", ".py", ".js", ".mjs", ".ts", ".html", ".css",
         ".txt", ".yml", ".config", ".editorconfig", ".gitattributes", ".gitignore", ""];

    readonly Lazy<IReadOnlyList<SourceFile>> files = new(() => Read(Path.GetFullPath(root)));

    /// <summary>The repository these tests were built from.</summary>
    public static SourceTree Repository { get; } = new(FindRepository());

    /// <summary>The absolute path of the root.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Every text file outside build output and recorded data, ordered by path.</summary>
    public IReadOnlyList<SourceFile> Texts => files.Value;

    /// <summary>The C# files below one of the folders (with /, relative to the root).</summary>
    public IEnumerable<SourceFile> CSharp(params string[] folders) =>
        Texts.Where(f => f.Extension == ".cs" && folders.Any(folder => f.IsBelow(folder)));

    /// <summary>The C# files of Domain and Projections: the rooms the determinism law is strictest about.</summary>
    public IEnumerable<SourceFile> Pure => CSharp("src/Domain", "src/Projections");

    static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EventSourcedMM.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no EventSourcedMM.sln above {AppContext.BaseDirectory}: run the tests from their build output");
    }

    static List<SourceFile> Read(string root)
    {
        var found = new List<SourceFile>();
        Walk(root, "");
        found.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return found;

        void Walk(string folder, string relative)
        {
            foreach (var path in Directory.EnumerateFiles(folder))
            {
                var name = Path.GetFileName(path);
                var extension = name.StartsWith('.') ? name : Path.GetExtension(name);
                if (TextExtensions.Contains(extension) && !name.EndsWith(".verified.txt", StringComparison.Ordinal)
                    && !name.EndsWith(".received.txt", StringComparison.Ordinal))
                {
                    found.Add(new SourceFile(relative + name, File.ReadAllText(path)));
                }
            }

            foreach (var path in Directory.EnumerateDirectories(folder))
            {
                var name = Path.GetFileName(path);
                var recordings = relative.Length == 0 && name == "data";
                if (!NotOurs.Contains(name) && !recordings)
                {
                    Walk(path, relative + name + "/");
                }
            }
        }
    }
}
