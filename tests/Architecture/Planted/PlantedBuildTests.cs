using System.Text.RegularExpressions;

namespace EventSourcedMM.Architecture.Planted;

/// <summary>The banned-symbol lists do their work in a real build: each banned call, planted in a copy of a room, is an
/// error that names the file and the line.</summary>
[Trait("Category", "Slow")]
public partial class PlantedBuildTests
{
    [Fact]
    public void BannedCall_PlantedInDomain_FailsTheBuildNamingFileAndLine()
    {
        using var tree = new PlantedTree();
        tree.CopyBuildSettings().CopyFolder("src/Domain").Plant("src/Domain/Planted.cs", """
            namespace EventSourcedMM.Domain;

            /// <summary>Planted.</summary>
            public static class Planted
            {
                /// <summary>Reads the clock.</summary>
                public static long Now() => DateTime.UtcNow.Ticks;
            }
            """);
        var planted = tree.Build("src/Domain");

        Assert.NotEqual(0, planted.ExitCode);
        Assert.Equal([("Planted.cs", 7, "RS0030")], Errors(planted.Output));

        // Nothing else is wrong with the copy: it is this line alone that fails it.
        Assert.All((planted.Output + planted.Errors).Split('\n').Where(line => line.Contains("error", StringComparison.OrdinalIgnoreCase) && !line.Contains("Error(s)", StringComparison.Ordinal)), line => Assert.Contains("Planted.cs(7,", line, StringComparison.Ordinal));
    }

    [Fact]
    public void BannedCalls_OneALineInAPureRoom_EachFailsItsLine()
    {
        string[] calls =
        [
            "DateTimeOffset.UtcNow", "System.Diagnostics.Stopwatch.GetTimestamp()", "TimeProvider.System",
            "Random.Shared", "new Random(1)", "Guid.NewGuid()", "Environment.MachineName", "TimeZoneInfo.Local",
            "System.IO.File.ReadAllText(\"x\")", "System.Threading.Tasks.Task.Delay(1)", "System.Threading.Thread.CurrentThread",
            "System.Globalization.CultureInfo.CurrentCulture", "long.Parse(\"1\")", "(1L).ToString()", "(1.5).ToString(\"F2\")", "string.Format(\"{0}\", 1)",
            "\"a\".CompareTo(\"b\")", "\"a\".StartsWith(\"b\")", "StringComparer.CurrentCulture",
            "HashCode.Combine(1, 2)", "\"a\".GetHashCode()", "new object().GetHashCode()",
            "Math.Log(2)", "Math.Exp(2)", "Math.Pow(2, 3)", "Math.Sin(2)", "double.Log(2)", "MathF.Sqrt(2)",
            "typeof(string).GetMethods(System.Reflection.BindingFlags.Public)", "GC.GetTotalMemory(false)",
        ];
        using var tree = new PlantedTree();
        tree.CopyBuildSettings().CopyProjectAlone("Domain")
            .Plant("src/Domain/Planted.cs", "namespace EventSourcedMM.Domain;\nstatic class Planted\n{\n"
                + string.Concat(calls.Select((call, i) => $"    internal static object Call{i}() => {call};\n")) + "}\n");

        var errors = Errors(tree.Build("src/Domain").Output);

        var missed = calls.Where((_, i) => !errors.Contains(("Planted.cs", i + 4, "RS0030")));
        Assert.True(!missed.Any(), "no error for: " + string.Join(", ", missed));
        Assert.All(errors, error => Assert.Equal("RS0030", error.Rule));
    }

    [Fact]
    public void BannedCall_PlantedInReplay_FailsTheBuildForClocksAndTimers()
    {
        using var tree = new PlantedTree();
        tree.CopyBuildSettings().CopyProjectAlone("Replay").Plant("src/Replay/Planted.cs", """
            namespace EventSourcedMM.Replay;

            static class Planted
            {
                internal static object Now() => DateTime.UtcNow;

                internal static Task Wait() => Task.Delay(1);

                internal static object Clock() => NodaTime.SystemClock.Instance;

                internal static object HandedIn(TimeProvider clock) => clock.GetUtcNow();

                internal static void Sleep() => Thread.Sleep(1);
            }
            """);

        Assert.Equal(
            [("Planted.cs", 5, "RS0030"), ("Planted.cs", 7, "RS0030"), ("Planted.cs", 9, "RS0030"), ("Planted.cs", 11, "RS0030"), ("Planted.cs", 13, "RS0030")],
            Errors(tree.Build("src/Replay").Output));
    }

    [Fact]
    public void ClockFile_InLive_MayReadTheClockAndItsNeighbourMayNot()
    {
        const string Clock = "namespace EventSourcedMM.Live;\nstatic class NAME { internal static object Now() => DateTime.UtcNow; }\n";
        using var tree = new PlantedTree();
        tree.CopyBuildSettings().CopyProjectAlone("Live")
            .Plant("src/Live/Clock.cs", Clock.Replace("NAME", "Clock", StringComparison.Ordinal))
            .Plant("src/Live/Neighbour.cs", Clock.Replace("NAME", "Neighbour", StringComparison.Ordinal));

        Assert.Equal([("Neighbour.cs", 2, "RS0030")], Errors(tree.Build("src/Live").Output));
    }

    static List<(string File, int Line, string Rule)> Errors(string output) =>
        ErrorLine().Matches(output)
            .Select(match => (Path.GetFileName(match.Groups[1].Value), int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture), match.Groups[3].Value))
            .Distinct().OrderBy(error => error).ToList();

    [GeneratedRegex(@"^\s*(\S[^(\n]*)\((\d+),\d+\): error (\w+):", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
