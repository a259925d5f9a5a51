using System.Diagnostics;
using System.Text.Json.Nodes;
using EventSourcedMM.Tests.Live;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>A Debug build of the program, made here from the same sources, gives the same bytes as the Release build.</summary>
[Trait("Category", "Slow")]
public sealed class DebugBuildTests(UsualMode usual) : IClassFixture<UsualMode>, IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DebugBuild_SameRecordings_GivesTheSameBytesAndEachVerifiesTheOther()
    {
        var debug = new Mode([("MM_SAMPLES", Path.Combine(folder, "none"))], Build());
        var store = Path.Combine(folder, "store");

        // Its own import of NEXOUSDT too: the bundled store behind it was made by another build.
        MmProcess.Run(debug, ["import", .. Samples.Nexo, "--symbol", "NEXOUSDT", "--store", store]).Done();
        var outcome = ModeOutcome.Make(debug, store);

        Assert.Equal(Lines(usual.Outcome.Text), Lines(outcome.Text));
        Assert.All(outcome.Runs, run => Verified(MmProcess.Run(Mode.Usual, "verify", run, "--store", store, "--json")));
        Verified(MmProcess.Run(debug, "verify", outcome.Runs[0], "--store", usual.Outcome.Store, "--json"));
    }

    // The days of NEXOUSDT are here in the store itself, not behind it.
    private static string[] Lines(string outcome) => [.. outcome.Split('\n').Where(l => !l.StartsWith("market/NEXOUSDT/", StringComparison.Ordinal))];

    private static void Verified(Ended ended) => Assert.True((bool)JsonNode.Parse(ended.Done())!["identical"]!);

    // A soak builds the whole program. Otherwise the rooms that parse, store, fold, decide and execute are built, and stand in
    // for those of the program under test: what is left of it reads arguments and prints.
    private string Build()
    {
        var root = Path.GetFullPath(Path.Combine(Samples.Root, "..", ".."));
        var artifacts = Path.Combine(folder, "artifacts");
        if (Cases.IsSoak)
        {
            Build(root, artifacts, Path.Combine(root, "src", "Cli"));
            return Checked(Path.Combine(artifacts, "bin", "EventSourcedMM.Cli", "debug"));
        }

        var rooms = Path.Combine(folder, "rooms", "Rooms.csproj");
        Directory.CreateDirectory(Path.GetDirectoryName(rooms)!);
        File.WriteAllText(rooms, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{root}/src/Replay/EventSourcedMM.Replay.csproj" />
                <ProjectReference Include="{root}/src/Live/EventSourcedMM.Live.csproj" />
              </ItemGroup>
            </Project>
            """);
        Build(root, artifacts, rooms);
        var program = Path.Combine(folder, "program");
        Directory.CreateDirectory(program);
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(MmProcess.Program)!))
        {
            var built = Path.Combine(artifacts, "bin", "Rooms", "debug", Path.GetFileName(file));
            File.Copy(Path.GetFileName(file).StartsWith("EventSourcedMM.", StringComparison.Ordinal) && File.Exists(built) ? built : file, Path.Combine(program, Path.GetFileName(file)));
        }

        return Checked(program);
    }

    private static void Build(string root, string artifacts, string project)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["build", project, "-c", "Debug", "-v", "quiet", "-nodeReuse:false", $"-p:ArtifactsPath={artifacts}", "-p:NuGetAudit=false", "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = root,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.GetAwaiter().GetResult());
    }

    private static string Checked(string program)
    {
        foreach (var room in (string[])["Domain", "Projections", "Stores", "Replay", "Live"])
        {
            var debuggable = (DebuggableAttribute)System.Reflection.Assembly.Load(File.ReadAllBytes(Path.Combine(program, $"EventSourcedMM.{room}.dll")))
                .GetCustomAttributes(typeof(DebuggableAttribute), false).Single();
            Assert.True(debuggable.IsJITOptimizerDisabled, $"{room} is not a Debug build");
        }

        return Path.Combine(program, "mm.dll");
    }
}
