using EventSourcedMM.Architecture.Scans;

namespace EventSourcedMM.Architecture.Planted;

/// <summary>Each scan finds what it is for, at its file and line, in a tree with nothing else in it; and passes over the
/// same thing where it is allowed.</summary>
public class PlantedScanTests
{
    static readonly ReasonedFiles Rooms = ReasonedFiles.Parse(["Domain/Quoting/** : the quote formula is real-valued"]);

    static readonly ReasonedFiles Wrapping = ReasonedFiles.Parse(["Domain/Canonical/** : encodings move bits"]);

    [Theory]
    [InlineData("Dictionary<int, int> x = [];", "Dictionary")]
    [InlineData("HashSet<int> x = [];", "HashSet")]
    [InlineData("System.Collections.Immutable.ImmutableDictionary<int, int>? x;", "ImmutableDictionary")]
    [InlineData("System.Collections.Concurrent.ConcurrentQueue<int>? x;", "ConcurrentQueue")]
    [InlineData("object X(int[] a) => a.ToDictionary(k => k);", "ToDictionary")]
    [InlineData("void X() => Parallel.For(0, 1, _ => { });", "Parallel")]
    [InlineData("Task? x;", "Task")]
    [InlineData("async void X() { }", "async")]
    [InlineData("void X() { lock (this) { } }", "lock")]
    [InlineData("static int x;", "static field")]
    [InlineData("static int X { get; set; }", "static property")]
    [InlineData("int X(int a) => unchecked(a + 1);", "unchecked")]
    [InlineData("SortedDictionary<string, int> x = new();", "StringComparer.Ordinal")]
    [InlineData("object X() => new SortedSet<string>();", "StringComparer.Ordinal")]
    [InlineData("System.Numerics.Vector<double> x;", "vector")]
    public void Determinism_PlantedInProjections_NamesFileAndLine(string member, string expected)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Projections/Planted.cs", $"namespace P;\nclass Planted\n{{\n    {member}\n}}\n");

        var finding = Assert.Single(DeterminismScan.Run(tree.Sources, Wrapping));
        Assert.Equal(("src/Projections/Planted.cs", 4), (finding.File, finding.Line));
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Dictionary<int, int> x = []; // det-ok: looked up by key, never enumerated")]
    [InlineData("// det-ok: looked up by key, never enumerated\n    Dictionary<int, int> x = [];")]
    [InlineData("// det-ok: looked up by key, never enumerated;\n    // the keys are order ids\n    Dictionary<int, int> x = [];")]
    [InlineData("// a Dictionary would be out of order here")]
    [InlineData("string x = \"Dictionary<int, int>\";")]
    [InlineData("static readonly int[] x = []; const int Y = 1;")]
    [InlineData("SortedDictionary<string, int> x = new(StringComparer.Ordinal); SortedDictionary<int, int> y = new();")]
    public void Determinism_AllowedInProjections_PassesOver(string member)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Projections/Planted.cs", $"namespace P;\nclass Planted\n{{\n    {member}\n}}\n");

        Assert.Empty(DeterminismScan.Run(tree.Sources, Wrapping));
    }

    [Theory]
    [InlineData("// det-ok:")]
    [InlineData("// det-ok: because")]
    [InlineData("// the reason stands elsewhere")]
    public void Determinism_MarkerWithoutReason_DoesNotExcuse(string marker)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Planted.cs", $"class Planted {{ HashSet<int>? x; }} {marker}\n");

        Assert.Single(DeterminismScan.Run(tree.Sources, Wrapping));
    }

    [Fact]
    public void Determinism_WrappingInAFileOfTheList_PassesOver()
    {
        const string Wraps = "class Planted { int X(int a) => unchecked(a + 1); HashSet<int>? y; }\n";
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Canonical/Planted.cs", Wraps).Plant("src/Domain/Planted.cs", Wraps);

        Assert.Equal(["Canonical/Planted.cs HashSet", "Planted.cs HashSet", "Planted.cs unchecked"],
            DeterminismScan.Run(tree.Sources, Wrapping).Select(finding => finding.File["src/Domain/".Length..] + " " + finding.Message.Split('`')[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ReasonedFiles_GlobThatNamesNoFile_IsStale()
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Quoting/Glft/Planted.cs", "class Planted;");

        Assert.Empty(Rooms.Stale(tree.Sources));
        Assert.Equal(["Domain/Canonical/**"], Wrapping.Stale(tree.Sources));
    }

    [Fact]
    public void Determinism_OutsideThePureRooms_PassesOver()
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Live/Planted.cs", "class Planted { Dictionary<int, int>? x; async Task X() { } }\n");

        Assert.Empty(DeterminismScan.Run(tree.Sources, Wrapping));
    }

    [Fact]
    public void Determinism_BehindAnIf_IsSeenToo()
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Planted.cs", "class Planted\n{\n#if DEBUG\n    HashSet<int>? x;\n#endif\n}\n");

        Assert.Equal([3, 4], DeterminismScan.Run(tree.Sources, Wrapping).Select(finding => finding.Line).Order());
    }

    [Theory]
    [InlineData("double x;")]
    [InlineData("float X() => default;")]
    [InlineData("List<double>? x;")]
    [InlineData("long X(long a) => (long)(a * 0.5);")]
    [InlineData("Double x;")]
    [InlineData("System.Single x;")]
    [InlineData("long X(long a) => (long)Math.Sqrt(a);")]
    public void Float_PlantedOutsideTheRooms_NamesFileAndLine(string member)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Orders/Planted.cs", $"namespace P;\nclass Planted\n{{\n    {member}\n}}\n");

        var findings = FloatScan.Run(tree.Sources, Rooms).ToList();
        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.Equal(("src/Domain/Orders/Planted.cs", 4), (finding.File, finding.Line)));
    }

    [Theory]
    [InlineData("src/Domain/Quoting/Planted.cs", "class Planted { double x = 0.5; }")]
    [InlineData("src/Domain/Quoting/Glft/Planted.cs", "class Planted { double x = 0.5; }")]
    [InlineData("src/Replay/Planted.cs", "class Planted { double x = 0.5; }")]
    [InlineData("src/Domain/Planted.cs", "enum Fill { Single, Double } class Planted { Fill x = Fill.Single; int y = new[] { 1 }.Single(); string z = \"0.5\"; }")]
    public void Float_WhereItIsAllowedOrOnlyLooksLikeIt_PassesOver(string path, string text)
    {
        using var tree = new PlantedTree();
        tree.Plant(path, text);

        Assert.Empty(FloatScan.Run(tree.Sources, Rooms));
    }

    [Fact]
    public void Float_FieldInACompiledType_NamesTheTypesFileAndLine()
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Sample.cs", $"namespace {typeof(Sample).Namespace};\n\npublic sealed class {nameof(Sample)}\n{{\n}}\n");

        var findings = FloatReflection.Run(typeof(Sample).Assembly, tree.Sources, Rooms).Where(finding => finding.File == "src/Domain/Sample.cs").ToList();

        Assert.All(findings, finding => Assert.Equal(3, finding.Line));
        Assert.Contains(findings, finding => finding.Message.Contains("hidden is a Double field", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Message.Contains("Scale takes a", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Message.Contains("Scale returns a", StringComparison.Ordinal));
    }

    [Fact]
    public void Float_FieldInACompiledTypeOfARoom_PassesOver()
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Domain/Quoting/Sample.cs", $"namespace {typeof(Sample).Namespace};\n\npublic sealed class {nameof(Sample)}\n{{\n}}\n");

        Assert.DoesNotContain(FloatReflection.Run(typeof(Sample).Assembly, tree.Sources, Rooms), finding => finding.Message.Contains(nameof(Sample), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Domain/Orders.cs")]
    [InlineData("Domain/Orders.cs : why")]
    public void ReasonedFiles_LineWithoutAReason_IsRefused(string line) =>
        Assert.Contains("line 1", Assert.Throws<FormatException>(() => ReasonedFiles.Parse([line])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("#pragma warning disable RS0030")]
    [InlineData("[System.Diagnostics.CodeAnalysis.SuppressMessage(\"x\", \"y\")]")]
    [InlineData("[UnconditionalSuppressMessageAttribute(\"x\", \"y\")]")]
    [InlineData("#nullable disable")]
    public void Suppression_WithoutAReason_NamesFileAndLine(string suppression)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Stores/Planted.cs", $"namespace P;\n\n{suppression}\nclass Planted;\n");

        var finding = Assert.Single(SuppressionScan.Run(tree.Sources));
        Assert.Equal(("src/Stores/Planted.cs", 3), (finding.File, finding.Line));
    }

    [Theory]
    [InlineData("#pragma warning disable RS0030 // det-ok: the seed is recorded in the run's first event")]
    [InlineData("// det-ok: the seed is recorded in the run's first event\n#pragma warning disable RS0030")]
    [InlineData("#pragma warning restore RS0030")]
    [InlineData("#nullable enable")]
    public void Suppression_WithAReason_PassesOver(string suppression)
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Stores/Planted.cs", $"namespace P;\n\n{suppression}\nclass Planted;\n");

        Assert.Empty(SuppressionScan.Run(tree.Sources));
    }

    [Theory]
    [InlineData("src/Domain/Planted.g.cs", "class Planted;")]
    [InlineData("src/Domain/Planted.cs", "// <auto-generated/>\nclass Planted;")]
    [InlineData("src/Domain/.editorconfig", "root = true")]
    [InlineData("src/Domain/Directory.Build.props", "<Project/>")]
    [InlineData("src/Domain/EventSourcedMM.Domain.csproj", "<Project><PropertyGroup><NoWarn>RS0030</NoWarn></PropertyGroup></Project>")]
    [InlineData("Directory.Build.props", "<Project><PropertyGroup><CheckForOverflowUnderflow>false</CheckForOverflowUnderflow></PropertyGroup></Project>")]
    public void Suppression_ByFileNameOrBuildFile_IsFound(string path, string text)
    {
        using var tree = new PlantedTree();
        tree.Plant(path, text);

        Assert.Equal(path, Assert.Single(SuppressionScan.Run(tree.Sources)).File);
    }

    [Fact]
    public void Clock_ExemptionForAnotherFile_NamesTheLine()
    {
        using var tree = new PlantedTree();
        tree.Plant(".editorconfig", "[src/Live/Clock.cs]\ndotnet_diagnostic.RS0030.severity = none\n[src/Replay/**.cs]\ndotnet_diagnostic.RS0030.severity = none\n");

        Assert.Equal((".editorconfig", 4), Assert.Single(ClockScan.Run(tree.Sources)) is var finding ? (finding.File, finding.Line) : default);
    }

    [Fact]
    public void Clock_HandedToReplay_NamesTheLine()
    {
        using var tree = new PlantedTree();
        tree.Plant("src/Replay/Planted.cs", "namespace P;\nclass Planted(IClock clock);\n").Plant("src/Live/Planted.cs", "class Planted(IClock clock);\n");

        Assert.Equal(("src/Replay/Planted.cs", 2), Assert.Single(ClockScan.Run(tree.Sources)) is var finding ? (finding.File, finding.Line) : default);
    }
}

/// <summary>Compiled with floating point in it, for the reflection scan to find.</summary>
public sealed class Sample
{
    readonly double hidden = Math.PI;

    /// <summary>Takes and gives floating point inside other types.</summary>
    public double?[] Scale(ref float by) => [hidden * by];
}
