using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Tests.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores.Python;

/// <summary>Runs the reader of tests/python, which shares nothing with the program but docs/events.md and events-schema.</summary>
internal static class PythonReader
{
    /// <summary>Reads a stream's folder.</summary>
    public static Reading Read(string folder, params string[] options)
    {
        var (code, output, error) = Run("read_journal.py", [folder, "--schemas", EventsSchemaFolder.OfRepository.Path, .. options]);
        return new Reading(code, output.Split('\n', StringSplitOptions.RemoveEmptyEntries), error.Trim());
    }

    /// <summary>The events of golden samples, one line each, file by file; one process reads them all.</summary>
    public static string[][] Samples(IEnumerable<string> files)
    {
        var (code, output, error) = Run("canonical.py", [EventsSchemaFolder.OfRepository.Path, .. files]);
        Assert.True(code == 0, error);
        Assert.EndsWith("\n\n", output, StringComparison.Ordinal);
        return [.. output[..^2].Split("\n\n").Select(file => file.Split('\n'))];
    }

    private static (int Code, string Output, string Error) Run(string script, string[] arguments)
    {
        var start = new ProcessStartInfo("python3", [Path.Combine(EventsSchemaFolder.RepositoryRoot(), "tests", "python", script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start; tools/needs.sh says what the tests need.");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

/// <summary>What the reader said.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Events">JSON events.</param>
/// <param name="Error">Standard error: the summary, or what is wrong.</param>
internal sealed record Reading(int Code, string[] Events, string Error)
{
    /// <summary>The summary.</summary>
    public JsonElement Summary => JsonDocument.Parse(Error).RootElement;
}
