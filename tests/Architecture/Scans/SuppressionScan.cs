using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>The ways to silence the build's own checks in src: each is refused, or must say why.</summary>
public static partial class SuppressionScan
{
    const string Rule = "suppression";

    static readonly string[] SuppressingAttributes = ["SuppressMessage", "UnconditionalSuppressMessage", "GeneratedCode"];

    static readonly string[] GeneratedNames = [".g.cs", ".g.i.cs", ".generated.cs", ".designer.cs"];

    /// <summary>The findings in src, and in the build files above it, under a root.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree) =>
        tree.CSharp("src").SelectMany(Scan).Concat(tree.Texts.SelectMany(ScanBuildFile)).Distinct();

    static IEnumerable<Finding> Scan(SourceFile file)
    {
        if (GeneratedNames.Any(end => file.Path.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            || file.Lines.Take(10).Any(line => line.Contains("<auto" + "-generated", StringComparison.OrdinalIgnoreCase)))
        {
            yield return file.At(1, Rule, "analyzers skip a file that calls itself generated: give it another name or header");
        }

        foreach (var root in file.Syntax)
        {
            foreach (var node in root.DescendantNodes(descendIntoTrivia: true))
            {
                var what = node switch
                {
                    PragmaWarningDirectiveTriviaSyntax pragma when pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword) => "`#pragma warning disable`",
                    NullableDirectiveTriviaSyntax nullable when !nullable.SettingToken.IsKind(SyntaxKind.RestoreKeyword) && !nullable.SettingToken.IsKind(SyntaxKind.EnableKeyword) => "`#nullable disable`",
                    AttributeSyntax attribute when SuppressingAttributes.Contains(NameOf(attribute)) => $"`[{NameOf(attribute)}]`",
                    _ => null,
                };
                var line = SourceFile.LineOf(node);
                if (what is not null && !file.Excuses(line, DeterminismScan.Marker))
                {
                    yield return file.At(line, Rule, $"{what} without `{DeterminismScan.Marker}: <reason>` on its line or the line above");
                }
            }
        }
    }

    static string NameOf(AttributeSyntax attribute)
    {
        var name = attribute.Name.ToString().Split('.')[^1];
        return name.EndsWith("Attribute", StringComparison.Ordinal) ? name[..^"Attribute".Length] : name;
    }

    static IEnumerable<Finding> ScanBuildFile(SourceFile file)
    {
        var name = file.Path.Split('/')[^1];
        if (file.IsBelow("src") && (name is ".editorconfig" or ".globalconfig" || name.EndsWith(".ruleset", StringComparison.Ordinal)
            || (name.StartsWith("Directory.Build.", StringComparison.Ordinal) && file.Path != "src/Directory.Build.props")))
        {
            yield return file.At(1, Rule, "severities and build settings stand in the root .editorconfig and in src/Directory.Build.props, nowhere else");
        }

        if (file.Extension is not (".csproj" or ".props" or ".targets") || file.IsBelow("tests") || file.IsBelow("bench"))
        {
            yield break;
        }

        for (var i = 0; i < file.Lines.Length; i++)
        {
            if (Loosening().IsMatch(file.Lines[i]) && !file.Excuses(i + 1, DeterminismScan.Marker))
            {
                yield return file.At(i + 1, Rule, $"this loosens the build's checks: leave it out, or say `{DeterminismScan.Marker}: <reason>` in a comment above");
            }
        }
    }

    [GeneratedRegex(@"<NoWarn>[^<]*(RS00|IDE|CS0?[0-9]{4}(?<!CS1591))|<WarningsNotAsErrors>|<TreatWarningsAsErrors>\s*false|<RunAnalyzers\w*>\s*false|<CheckForOverflowUnderflow>\s*false|<Nullable>\s*disable|<Deterministic>\s*false|<InvariantGlobalization>\s*false|<EnforceCodeStyleInBuild>\s*false", RegexOptions.IgnoreCase)]
    private static partial Regex Loosening();
}
