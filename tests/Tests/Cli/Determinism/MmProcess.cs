using System.Diagnostics;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>The real program in a process of its own, under an environment of its own.</summary>
internal static class MmProcess
{
    // What the test host was started with must not reach the program.
    private static readonly string[] Inherited = ["DOTNET_", "COMPlus_", "LC_", "LANG", "TZ", "MODE_PROBE", "MM_"];

    /// <summary>The program of the build under test.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "mm.dll");

    /// <summary>Runs it to its end.</summary>
    /// <param name="mode">The environment.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Ended Run(Mode mode, params string[] arguments) => Run(mode, null, arguments);

    /// <summary>Runs it to its end and lets the probe write into a file.</summary>
    public static Ended Run(Mode mode, string? probe, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [mode.Program ?? Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => Inherited.Any(i => k.StartsWith(i, StringComparison.Ordinal)) && k is not "DOTNET_ROOT").ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in mode.Variables)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "ModeProbe.dll");
        if (probe is not null)
        {
            start.Environment["MODE_PROBE"] = probe;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Ended(process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}

/// <summary>How a process ended, and what it said.</summary>
internal sealed record Ended(int Code, string Output, string Error)
{
    /// <summary>The output of a process that must have done its work.</summary>
    public string Done()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Error}{Output}");
        return Output;
    }
}

/// <summary>A way to run a process.</summary>
/// <param name="Variables">Environment variables.</param>
/// <param name="Program">Another build of the program; null for the one under test.</param>
internal sealed record Mode(IReadOnlyList<(string Name, string Value)> Variables, string? Program = null)
{
    /// <summary>As a user starts it.</summary>
    public static Mode Usual { get; } = new([]);

    /// <summary>From words NAME=VALUE.</summary>
    public static Mode Of(string words) =>
        new([.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Split('=', 2)).Select(w => (w[0], w[1]))]);
}
