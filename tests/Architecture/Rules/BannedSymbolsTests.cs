using EventSourcedMM.Architecture.Scans;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EventSourcedMM.Architecture.Rules;

/// <summary>The analyzer passes over a banned name that names nothing; these tests do not.</summary>
public class BannedSymbolsTests
{
    static IEnumerable<string> Files =>
        Directory.GetFiles(Path.Combine(SourceTree.Repository.Root, "src"), "BannedSymbols*.txt").Select(path => Path.GetFileName(path));

    /// <summary>The lists in src.</summary>
    public static TheoryData<string> Lists => new(Files);

    [Theory]
    [MemberData(nameof(Lists))]
    public void BannedSymbol_EachLine_NamesSomethingThatExistsAndSaysWhatToDo(string list)
    {
        var libraries = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create("banned", references: libraries.Select(path => MetadataReference.CreateFromFile(path)));

        var findings = new List<Finding>();
        var lines = File.ReadAllLines(Path.Combine(SourceTree.Repository.Root, "src", list));
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0 || lines[i].StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            var parts = lines[i].Split("; ", 2);
            if (parts.Length != 2 || parts[1].Length < 10)
            {
                findings.Add(new Finding("src/" + list, i + 1, "banned", "write `symbol; what to do instead`"));
            }
            else if (DocumentationCommentId.GetSymbolsForDeclarationId(parts[0], compilation).IsEmpty)
            {
                findings.Add(new Finding("src/" + list, i + 1, "banned", $"{parts[0]} names nothing: the ban would never be noticed missing"));
            }
        }

        Assert.Contains(lines, line => line.Contains("; ", StringComparison.Ordinal));
        Findings.AssertNone(findings);
    }

    [Fact]
    public void BannedSymbols_Lists_AreThoseThatSrcWires() =>
        Assert.Equal(
            ["BannedSymbols.Pure.txt", "BannedSymbols.Timers.txt", "BannedSymbols.VirtualTime.txt", "BannedSymbols.txt"],
            Files.Order(StringComparer.Ordinal));
}
