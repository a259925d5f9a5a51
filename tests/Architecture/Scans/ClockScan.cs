using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>Who may read a clock: two files, by the root .editorconfig; and Replay not even one that is handed in.</summary>
public static partial class ClockScan
{
    const string Rule = "clock";

    /// <summary>The files that read a clock, each for the reason in .editorconfig.</summary>
    public static IReadOnlyList<string> ClockFiles { get; } = ["src/Live/Clock.cs", "src/Cli/WallClock.cs"];

    static readonly HashSet<string> Clocks = new(StringComparer.Ordinal)
    {
        "IClock", "SystemClock", "TimeProvider", "Stopwatch", "PeriodicTimer", "ZonedClock", "FakeClock",
    };

    /// <summary>The findings under a root: a severity set for a file that is not a clock file, a clock named in Replay.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree) => Exemptions(tree).Concat(Replay(tree)).Distinct();

    static IEnumerable<Finding> Exemptions(SourceTree tree)
    {
        foreach (var file in tree.Texts.Where(file => file.Path == ".editorconfig"))
        {
            var section = "";
            for (var i = 0; i < file.Lines.Length; i++)
            {
                var line = file.Lines[i].Trim();
                if (line.StartsWith('['))
                {
                    section = line.Trim('[', ']');
                }
                else if (Lowered().IsMatch(line) && !ClockFiles.Contains(section))
                {
                    yield return file.At(i + 1, Rule, $"[{section}] silences a check: only {string.Join(" and ", ClockFiles)} may");
                }
            }
        }
    }

    static IEnumerable<Finding> Replay(SourceTree tree) =>
        from file in tree.CSharp("src/Replay")
        from root in file.Syntax
        from name in root.DescendantNodes().OfType<SimpleNameSyntax>()
        where Clocks.Contains(name.Identifier.Text) && !file.Excuses(SourceFile.LineOf(name), DeterminismScan.Marker)
        select file.At(SourceFile.LineOf(name), Rule, $"`{name.Identifier.Text}`: Replay has virtual time only, the stamps of the events it reads");

    [GeneratedRegex(@"^(dotnet_diagnostic\.\w+\.severity\s*=\s*(none|silent|suggestion|default)|dotnet_analyzer_diagnostic\S*\s*=\s*(none|silent)|generated_code\s*=\s*true)")]
    private static partial Regex Lowered();
}
