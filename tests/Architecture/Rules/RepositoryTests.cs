using System.Reflection;
using System.Text.Json;
using EventSourcedMM.Architecture.Scans;

namespace EventSourcedMM.Architecture.Rules;

/// <summary>Every rule of STYLE.md that a scan holds, on this repository. That the scans find what they should is shown in
/// PlantedScanTests and PlantedBuildTests.</summary>
public class RepositoryTests
{
    static readonly SourceTree Tree = SourceTree.Repository;

    [Fact]
    public void Rooms_References_FollowTheArrows() =>
        Findings.AssertNone(ArrowScan.Run(Tree, File.ReadAllLines(Path.Combine(Tree.Root, "tests", "Architecture", "arrows.txt"))));

    [Fact]
    public void PureRooms_Sources_AreDeterministic() => Findings.AssertNone(DeterminismScan.Run(Tree, ReasonedFiles.WrappingFiles));

    [Fact]
    public void PureRooms_Sources_HoldNoFloatOutsideTheFloatRooms() => Findings.AssertNone(FloatScan.Run(Tree, ReasonedFiles.FloatRooms));

    [Theory]
    [InlineData("EventSourcedMM.Domain")]
    [InlineData("EventSourcedMM.Projections")]
    public void PureRooms_Assembly_HoldsNoFloatOutsideTheFloatRooms(string assembly) =>
        Findings.AssertNone(FloatReflection.Run(Assembly.Load(assembly), Tree, ReasonedFiles.FloatRooms));

    [Fact]
    public void Exceptions_EachLine_IsStillNeeded()
    {
        Assert.Empty(ReasonedFiles.FloatRooms.Stale(Tree));
        Assert.Empty(ReasonedFiles.WrappingFiles.Stale(Tree));
    }

    [Fact]
    public void Sources_Suppressions_SayWhy() => Findings.AssertNone(SuppressionScan.Run(Tree));

    [Fact]
    public void Clocks_Read_InTheTwoClockFilesOnly() => Findings.AssertNone(ClockScan.Run(Tree));

    [Fact]
    public void PublicTypes_Documentation_HasASummary() => Findings.AssertNone(DocumentationScan.Run(Tree));

    [Fact]
    public void PublicNames_Words_AreWrittenOut() => Findings.AssertNone(NameScan.Run(Tree));

    [Fact]
    public void Files_Texts_AreTidy() => Findings.AssertNone(TidyScan.Run(Tree));

    [Fact]
    public void CommandLine_RuntimeConfiguration_HasNoCulture()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "mm.runtimeconfig.json");
        using var configuration = JsonDocument.Parse(File.ReadAllText(path));
        var properties = configuration.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");

        Assert.True(properties.GetProperty("System.Globalization.Invariant").GetBoolean(), $"{path}: InvariantGlobalization is off");
    }
}
