using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>
/// A test tool under tests/ that node runs. Its packages are installed with `npm ci` when they are missing or older than
/// the lock file; without node or npm the test fails and says what to install.
/// </summary>
internal sealed class NodeTool(string name)
{
    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RunTime = TimeSpan.FromMinutes(2);

    private readonly Lazy<string> _folder = new(() => FindAndInstall(name));

    /// <summary>Runs a script of the tool with text on its standard input; gives its standard output.</summary>
    public string Run(string script, string input, params string[] arguments) => RunProcess("node", [script, .. arguments], _folder.Value, input, RunTime);

    private static string FindAndInstall(string name)
    {
        string folder = Path.Combine(RepositoryRoot(), "tests", name);
        using FileStream onlyOne = WaitForLock(Path.Combine(Path.GetTempPath(), $"eventsourcedmm-{name}-npm-ci.lock"));
        var installed = new FileInfo(Path.Combine(folder, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json")))
        {
            RunProcess(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"], folder, "", InstallTime);
        }

        return folder;
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "EventSourcedMM.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds EventSourcedMM.sln.");
    }

    private static FileStream WaitForLock(string path)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.Elapsed < InstallTime)
            {
                Thread.Sleep(200);
            }
        }
    }

    private static string RunProcess(string program, string[] arguments, string folder, string input, TimeSpan time)
    {
        string command = $"{program} {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"This test runs `{command}` in {folder}, but {program} could not be started ({e.Message}). Install Node.js 20 or later with npm.", e);
        }

        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(time))
            {
                process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"`{command}` in {folder} did not end within {time}; it said:\n{errors.Result}{output.Result}");
            }

            Task.WaitAll(output, errors);
            return process.ExitCode == 0
                ? output.Result
                : throw new InvalidOperationException($"`{command}` in {folder} ended with code {process.ExitCode}; run it there to see why:\n{errors.Result}");
        }
    }
}
