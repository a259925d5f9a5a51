using System.Diagnostics;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>dotnet build in a test: alone, without the build servers of whoever runs the tests, and a failure shows all that it said.</summary>
internal static class NestedBuild
{
    /// <summary>Builds.</summary>
    /// <param name="folder">Working directory.</param>
    /// <param name="project">Project, or its folder.</param>
    /// <param name="configuration">Debug or Release.</param>
    /// <param name="more">Further arguments.</param>
    public static void Run(string folder, string project, string configuration, params string[] more)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["build", project, "-c", configuration, "-v", "quiet", "-nodeReuse:false", "-p:NuGetAudit=false", "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false", .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.GetAwaiter().GetResult());
    }
}
