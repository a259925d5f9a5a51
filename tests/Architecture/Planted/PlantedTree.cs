using System.Diagnostics;
using System.Xml.Linq;
using EventSourcedMM.Architecture.Scans;

namespace EventSourcedMM.Architecture.Planted;

/// <summary>A throw-away folder that holds what a test plants: a copy of part of the repository, or a few files.</summary>
public sealed class PlantedTree : IDisposable
{
    static readonly TimeSpan LongestCommand = TimeSpan.FromMinutes(5);

    /// <summary>The absolute path of the folder.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("esmm-planted-").FullName;

    /// <summary>The tree as the scans see it now.</summary>
    public SourceTree Sources => new(Root);

    /// <summary>Writes a file at a path relative to the root, with /.</summary>
    public PlantedTree Plant(string path, string text)
    {
        var target = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target, text);
        return this;
    }

    /// <summary>Copies a file of the repository to the same place here; nothing where the repository has none.</summary>
    public PlantedTree Copy(string path)
    {
        var source = Path.Combine(SourceTree.Repository.Root, path);
        if (File.Exists(source))
        {
            var target = Path.Combine(Root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        return this;
    }

    /// <summary>Copies what decides how src is built: the properties, the package versions, the severities and the bans.</summary>
    public PlantedTree CopyBuildSettings()
    {
        string[] settings = ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", "nuget.config", ".editorconfig", "src/Directory.Build.props"];
        foreach (var path in settings.Concat(Directory.GetFiles(Path.Combine(SourceTree.Repository.Root, "src"), "BannedSymbols*.txt").Select(path => "src/" + Path.GetFileName(path))))
        {
            Copy(path);
        }

        return this;
    }

    /// <summary>Copies a room's project without its arrows, so that it builds without the other rooms.</summary>
    public PlantedTree CopyProjectAlone(string room)
    {
        var path = $"src/{room}/EventSourcedMM.{room}.csproj";
        var project = XDocument.Load(Path.Combine(SourceTree.Repository.Root, path));
        project.Descendants("ProjectReference").Remove();
        return Plant(path, project.ToString());
    }

    /// <summary>Copies everything below a folder that git would keep.</summary>
    public PlantedTree CopyFolder(string folder)
    {
        foreach (var file in SourceTree.Repository.Texts.Where(file => file.IsBelow(folder)))
        {
            Copy(file.Path);
        }

        return this;
    }

    /// <summary>Runs a program in the folder, or in one below it, and waits.</summary>
    public (int ExitCode, string Output, string Errors) Run(string program, string arguments, string folder = "", IReadOnlyDictionary<string, string?>? environment = null, string input = "")
    {
        using var process = Start(program, arguments, folder, environment);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return Finish(process);
    }

    /// <summary>Starts a program in the folder with its streams redirected.</summary>
    public Process Start(string program, string arguments, string folder = "", IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.Combine(Root, folder),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What `dotnet test` tells its children would make a nested build use the wrong folders.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase) || name is "VSTEST_CONNECTION_TIMEOUT" or "DOTNET_HOST_PATH").ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Waits for a started program and gives what it said.</summary>
    public static (int ExitCode, string Output, string Errors) Finish(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(LongestCommand))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{process.StartInfo.FileName} {process.StartInfo.Arguments} ran longer than {LongestCommand.TotalMinutes} minutes");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Builds a project here with the real compiler and analyzers.</summary>
    public (int ExitCode, string Output, string Errors) Build(string project) =>
        Run("dotnet", $"build {project} -c Release -v quiet -nologo -nodeReuse:false -p:UseSharedCompilation=false -p:NuGetAudit=false");

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);
}
