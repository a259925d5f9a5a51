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

    /// <summary>A program in a folder of its own: every file of the one under test, but for the assemblies that were built here.</summary>
    /// <param name="folder">Where to; it is made.</param>
    /// <param name="assemblies">What was built.</param>
    /// <returns>Its mm.dll.</returns>
    public static string ProgramOf(string folder, IEnumerable<string> assemblies)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory).Where(f => Path.GetExtension(f) is ".dll" or ".json").Concat(assemblies))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        return Path.Combine(folder, "mm.dll");
    }
}
