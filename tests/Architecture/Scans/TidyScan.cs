using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>The house kept tidy: short files, nothing unfinished, no swallowed error, no test that cannot fail, nothing
/// that only works on one machine. `tidy-ok: reason` on the line or above it excuses a line; in its first ten lines, a
/// file's length.</summary>
public static partial class TidyScan
{
    /// <summary>The marker that excuses a line.</summary>
    public const string Marker = "tidy-ok";

    /// <summary>The longest a source file may be: one idea a file.</summary>
    public const int LongestFile = 500;

    const string Rule = "tidy";

    static readonly string[] Sources = [".cs", ".sh", ".py", ".js", ".mjs", ".ts", ".css", ".cmd"];

    // A clone in such a folder says nothing about the machine it was made on.
    static readonly string[] CommonFolders = ["", "/", "/tmp", "/home", "/root", "/opt", "/srv", "/src", "/app", "/usr", "/usr/src", "/var", "/mnt", "/data", "/build"];

    /// <summary>The findings in every text file under a root.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree) =>
        tree.Texts.SelectMany(file => Lines(tree, file)).Concat(tree.CSharp("src", "tests", "bench").SelectMany(Code)).Distinct();

    static IEnumerable<Finding> Lines(SourceTree tree, SourceFile file)
    {
        var length = file.Lines.Length - (file.Text.EndsWith('\n') ? 1 : 0);
        var isSource = Sources.Contains(file.Extension) || file.Text.StartsWith("#!", StringComparison.Ordinal);
        if (isSource && length > LongestFile && !Enumerable.Range(1, 10).Any(line => file.Excuses(line, Marker)))
        {
            yield return file.At(length, Rule, $"{length} lines: one idea a file, at most {LongestFile} lines");
        }

        var places = Places(tree.Root);
        for (var i = 0; i < file.Lines.Length; i++)
        {
            var line = file.Lines[i];
            var what = line switch
            {
                _ when line.Contains('\t') && (isSource || file.Extension is ".csproj" or ".props" or ".json" or ".md") => "a tab: indent with spaces",
                _ when isSource && file.Extension != ".cs" && Unfinished().IsMatch(line) => "an unfinished mark: finish it, or write an issue",
                _ when OneMachine().IsMatch(line) || places.Any(place => line.Contains(place, StringComparison.Ordinal)) => "a path of one machine: make it relative to the repository or an argument",
                _ when file.Path.EndsWith("lock.json", StringComparison.Ordinal) && ForeignRegistry().IsMatch(line) => "a package from a registry other than the public one: lock it again without a local registry",
                _ when line.Contains("<package" + "Sources>", StringComparison.Ordinal) && file.Extension == ".config" => "package sources are the user's own: leave them out",
                _ => null,
            };
            if (what is not null && !file.Excuses(i + 1, Marker))
            {
                yield return file.At(i + 1, Rule, what);
            }
        }
    }

    static IEnumerable<Finding> Code(SourceFile file) =>
        from root in file.Syntax
        from found in Comments(root).Concat(root.DescendantNodes().Select(Judge).OfType<(int Line, string Message)>())
        where !file.Excuses(found.Line, Marker)
        select file.At(found.Line, Rule, found.Message);

    static IEnumerable<(int Line, string Message)> Comments(SyntaxNode root) =>
        from trivia in root.DescendantTrivia()
        where trivia.ToString().StartsWith('/')
        from Match match in Unfinished().Matches(trivia.ToString())
        let first = trivia.GetLocation().GetLineSpan().StartLinePosition.Line + 1
        select (first + trivia.ToString()[..match.Index].Count(c => c == '\n'), "an unfinished mark: finish it, or write an issue");

    static (int Line, string Message)? Judge(SyntaxNode node) => node switch
    {
        ObjectCreationExpressionSyntax creation when creation.Type.ToString().EndsWith(nameof(NotImplementedException), StringComparison.Ordinal) =>
            (SourceFile.LineOf(node), "an unfinished member: write it, or leave it out"),
        CatchClauseSyntax { Block.Statements.Count: 0 } swallowed when !SaysWhy(swallowed.Block) =>
            (SourceFile.LineOf(node), "an error is swallowed: handle it, let it pass, or say in a comment inside why nothing is to be done"),
        InvocationExpressionSyntax call when call.ToString() is "Assert.True(true)" or "Assert.False(false)" =>
            (SourceFile.LineOf(node), "a test that cannot fail"),
        AttributeArgumentSyntax { NameEquals.Name.Identifier.Text: "Skip" } =>
            (SourceFile.LineOf(node), "a test that does not run: mend it, or say `tidy-ok: <reason>`"),
        _ => null,
    };

    static bool SaysWhy(BlockSyntax block) =>
        block.DescendantTrivia().Any(trivia => trivia.ToString().StartsWith('/') && trivia.ToString().Split(' ', '\n').Count(word => word.Any(char.IsLetter)) >= 4);

    // The folder of this clone and the one above it, where their names are telling enough to be searched for.
    static string[] Places(string root) =>
        new[] { root, Path.GetDirectoryName(root) ?? "" }
            .Select(place => place.Replace('\\', '/').TrimEnd('/'))
            .Where(place => !CommonFolders.Contains(place))
            .Select(place => place + "/").ToArray();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|HACK)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(?<![\w.])/home/[a-z]|/Users/[A-Za-z]|(?<![\w.])/ro[o]t/|[A-Za-z]:\\Users\\")]
    private static partial Regex OneMachine();

    [GeneratedRegex("\"resolved\": *\"https?://(?!registry\\.npmjs\\.org/)")]
    private static partial Regex ForeignRegistry();
}
