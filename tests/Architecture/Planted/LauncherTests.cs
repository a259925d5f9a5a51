using System.Diagnostics;

namespace EventSourcedMM.Architecture.Planted;

/// <summary>`./mm` itself, with the real SDK, around a program of a few lines that says what it was given.</summary>
[Trait("Category", "Slow")]
public sealed class LauncherTests(BuiltLauncher built) : IClassFixture<BuiltLauncher>, IDisposable
{
    internal const string Program = """
        foreach (var argument in args) Console.WriteLine($"argument <{argument}>");
        Console.WriteLine($"folder {System.IO.Path.GetFileName(Environment.CurrentDirectory)}");
        // The launcher says when the build was over, so that its time is not taken for the command's.
        var start = Environment.GetEnvironmentVariable("MM_STARTED");
        Console.Error.WriteLine("said on the side" + (start is null ? "" : (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds - double.Parse(start.Replace(',', '.'), System.Globalization.CultureInfo.InvariantCulture) is >= 0 and < 60 ? ", just built" : $", {start}"));
        Console.WriteLine($"version one, input {Console.In.ReadToEnd()}");
        return 7;
        """;

    readonly PlantedTree tree = Planted();

    internal static PlantedTree Planted() => new PlantedTree().Copy("mm").Copy("tools/build-mm.sh").Copy("tools/needs.sh").Copy("global.json")
        .Plant("Directory.Build.props", "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><UseArtifactsOutput>true</UseArtifactsOutput></PropertyGroup></Project>")
        .Plant("src/Cli/Cli.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType><AssemblyName>mm</AssemblyName></PropertyGroup></Project>")
        .Plant("src/Cli/Program.cs", Program)
        .Plant("src/Web/Client/package.json", "{}")
        .Plant("other place/here.txt", "");

    public void Dispose() => tree.Dispose();

    [Fact]
    public void Launcher_FirstUse_BuildsAndThenIsTheProgram()
    {
        // What the packages of the browser's part are installed into is no source of the program.
        built.Tree.Plant("src/Web/Client/node_modules/package/index.js", "");
        var second = built.Tree.Run(built.Mm, "", "other place");

        Assert.Equal((7, "argument <two words>\nargument <>\nargument <--json>\nfolder other place\nversion one, input typed\n", "building mm (first use)…\nsaid on the side, just built\n"), built.First);
        Assert.Equal((7, "folder other place\nversion one, input \n", "said on the side\n"), second);
        Assert.False(Directory.Exists(Path.Combine(built.Tree.Root, "other place", "artifacts")));
    }

    [Fact]
    public void Launcher_ThroughALinkAndWithABareEnvironment_IsTheProgram()
    {
        File.CreateSymbolicLink(Path.Combine(built.Tree.Root, "other place", "link"), "../mm");

        var bare = built.Tree.Run("/usr/bin/env", $"-i PATH={Environment.GetEnvironmentVariable("PATH")} ./link a", "other place");

        Assert.Equal((7, "argument <a>\nfolder other place\nversion one, input \n"), (bare.ExitCode, bare.Output));
    }

    [Fact]
    public void Launcher_SourceChanged_BuildsAgainWhileTheOldBuildRunsOn()
    {
        tree.Run(Mm, "");
        using var old = tree.Start(Mm, "");
        Assert.StartsWith("folder", old.StandardOutput.ReadLine(), StringComparison.Ordinal);

        tree.Plant("src/Cli/Program.cs", Program.Replace("one", "two", StringComparison.Ordinal));
        var changed = tree.Run(Mm, "");
        old.StandardInput.Close();
        var oldSaid = PlantedTree.Finish(old);
        File.Delete(Path.Combine(tree.Plant("src/Cli/Extra.cs", "class Extra;").Root, "src/Cli/Extra.cs"));
        var deleted = tree.Run(Mm, "");

        Assert.StartsWith("building mm (sources changed)…\n", changed.Errors, StringComparison.Ordinal);
        Assert.Contains("version two", changed.Output, StringComparison.Ordinal);
        Assert.Contains("version one", oldSaid.Output, StringComparison.Ordinal);
        Assert.StartsWith("building mm (sources changed)…\n", deleted.Errors, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(Path.Combine(tree.Root, "artifacts", "mm-builds")));
    }

    [Fact]
    public void Launcher_SourceBroken_ShowsTheLogAndEndsWith2()
    {
        tree.Plant("src/Cli/Program.cs", "return nothing;");

        var (exitCode, output, errors) = tree.Run(Mm, "");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("Program.cs(1,8): error CS0103", errors, StringComparison.Ordinal);
        Assert.Contains("mm: the build failed", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Launcher_TwoFirstUsesAtOnce_BuildOnceAndBothRun()
    {
        var started = Enumerable.Range(0, 2).Select(_ => tree.Start(Mm, "")).ToList();
        started.ForEach(process => process.StandardInput.Close());
        var said = started.Select(PlantedTree.Finish).ToList();

        Assert.All(said, one => Assert.Equal((7, $"folder {Path.GetFileName(tree.Root)}\nversion one, input \n"), (one.ExitCode, one.Output)));
        Assert.Single(said, one => one.Errors.Contains("building mm", StringComparison.Ordinal));
        Assert.Single(Directory.GetDirectories(Path.Combine(tree.Root, "artifacts", "mm-builds")));
    }

    [Fact]
    public void Launcher_NoCompilerPackageForMachineCode_PublishesWithoutIt()
    {
        tree.Plant("nuget.config", "<configuration><package" + "Sources><clear/></package" + "Sources></configuration>");

        var said = tree.Run(Mm, "", environment: new Dictionary<string, string?> { ["NUGET_PACKAGES"] = Path.Combine(tree.Root, "no-packages") });

        Assert.Equal((7, "building mm (first use)…\nsaid on the side, just built\n"), (said.ExitCode, said.Errors));
    }

    [Fact]
    public void Launcher_Terminated_PassesTheSignalOn()
    {
        using var running = built.Tree.Start(built.Mm, "");
        Assert.StartsWith("folder", running.StandardOutput.ReadLine(), StringComparison.Ordinal);

        using (var kill = Process.Start("kill", $"-TERM {running.Id}"))
        {
            kill.WaitForExit();
        }

        Assert.Equal(128 + 15, PlantedTree.Finish(running).ExitCode);
    }

    [Theory]
    [InlineData(null, "the .NET SDK is missing")]
    [InlineData("#!/bin/sh\necho '8.0.100 [/usr/share/dotnet/sdk]'\n", "the .NET SDK 10.0.100 or a later 10.0 is needed, found: 8.0.100")]
    public void Launcher_DotnetMissingOrTooOld_SaysSo(string? dotnet, string expected)
    {
        var tools = Path.Combine(tree.Root, "tools on the path");
        Directory.CreateDirectory(tools);
        foreach (var tool in new[] { "find", "grep", "cut", "tr", "mkdir", "dirname" })
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), File.Exists("/bin/" + tool) ? "/bin/" + tool : "/usr/bin/" + tool);
        }

        if (dotnet is not null)
        {
            tree.Plant("tools on the path/dotnet", dotnet);
            tree.Run("chmod", "+x dotnet", "tools on the path");
        }

        var said = tree.Run("/bin/bash", "./mm", environment: new Dictionary<string, string?> { ["PATH"] = tools });

        Assert.Equal((2, ""), (said.ExitCode, said.Output));
        Assert.Contains(expected, said.Errors, StringComparison.Ordinal);
    }

    string Mm => Path.Combine(tree.Root, "mm");
}

/// <summary>A tree in which `./mm` has been used once, for what happens after that.</summary>
public sealed class BuiltLauncher : IDisposable
{
    /// <summary>Uses it for the first time, from another folder, with arguments and input.</summary>
    public BuiltLauncher() => First = Tree.Run(Mm, "\"two words\" \"\" --json", "other place", input: "typed");

    /// <summary>The tree; its sources stay as they are.</summary>
    public PlantedTree Tree { get; } = LauncherTests.Planted();

    /// <summary>The launcher in it.</summary>
    public string Mm => Path.Combine(Tree.Root, "mm");

    /// <summary>How the first use ended and what it said.</summary>
    public (int ExitCode, string Output, string Errors) First { get; }

    /// <inheritdoc/>
    public void Dispose() => Tree.Dispose();
}
