using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Tests.Stores;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Cli;

/// <summary>What is under deploy/ starts as its comments say: commands, flags and paths are the program's.</summary>
public sealed partial class DeployTests(ITestOutputHelper output)
{
    private const string Analyze = "/usr/bin/systemd-analyze";

    // The runtime asks for the processors of its threads when it starts.
    private const string RuntimesCall = "sched_setaffinity";

    // What systemd does for a service: every other call fails with EPERM, for this process and what it becomes.
    private const string Filtered = """
        import ctypes, os, sys
        lib = ctypes.CDLL("libseccomp.so.2")
        lib.seccomp_init.restype = ctypes.c_void_p
        lib.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
        lib.seccomp_load.argtypes = [ctypes.c_void_p]
        context = lib.seccomp_init(0x00050001)
        for name in sys.argv[1].split():
            number = lib.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:
                lib.seccomp_rule_add(context, 0x7fff0000, number, 0)
        if lib.seccomp_load(context) != 0:
            sys.exit("the filter was not taken")
        os.execvp(sys.argv[2], sys.argv[2:])
        """;

    private static readonly string Root = FindRoot();

    [Theory]
    [InlineData("mm-live.service", "live")]
    [InlineData("mm-guard.service", "guard")]
    public void Unit_CommandLine_IsOneThatTheProgramTakes(string name, string command)
    {
        var words = Values(name, "ExecStart").Single().Split(' ');
        Assert.Equal("/opt/mm/artifacts/mm/mm", words[0]);
        Assert.Equal(command, words[1]);
        var parsed = (command == "live" ? LiveCommand.Create() : GuardCommand.Create()).Parse(words[2..]);
        Assert.Empty(parsed.Errors);

        // Started without the script that may build: it is what that script becomes in the end.
        Assert.Contains("app=$root/artifacts/mm ", File.ReadAllText(Path.Combine(Root, "mm")), StringComparison.Ordinal);
        Assert.Contains("exec \"$app/mm\"", File.ReadAllText(Path.Combine(Root, "mm")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mm-live.service")]
    [InlineData("mm-guard.service")]
    public void Unit_EveryPath_CanBeReachedByAServiceThatIsNotRoot(string name)
    {
        Assert.Equal(["yes"], Values(name, "DynamicUser"));
        Assert.Equal(["mm"], Values(name, "StateDirectory"));
        var loaded = Values(name, "LoadCredential").Select(v => v.Split(':')).ToDictionary(v => v[0], v => v[1]);
        Assert.All(loaded.Values, path => Assert.StartsWith("/etc/mm/", path, StringComparison.Ordinal));
        var used = Values(name, "ExecStart").Concat(Values(name, "Environment")).SelectMany(v => v.Split(' ', '=')).ToArray();
        foreach (var word in used.Where(w => w.StartsWith("%d/", StringComparison.Ordinal)))
        {
            Assert.Contains(word["%d/".Length..], loaded.Keys);
        }

        // Keys and configuration lie in a folder that is root's alone: the service sees the copies that systemd makes, and nothing else.
        Assert.All(used.Where(w => w.StartsWith('/')), path => Assert.True(
            path.StartsWith("/opt/mm/", StringComparison.Ordinal) || path.StartsWith("/var/lib/mm/", StringComparison.Ordinal), path));
        var comments = File.ReadAllText(Path.Combine(Root, "deploy", "mm-live.service"));
        Assert.All(loaded.Values, path => Assert.Contains(path, comments.Split("[Unit]")[0], StringComparison.Ordinal));
    }

    [Fact]
    public void Units_WhatEndsThem_IsWhatRestartsThemOrTellsAHuman()
    {
        foreach (var name in (string[])["mm-live.service", "mm-guard.service"])
        {
            // Five failures in a minute are what an hour of maintenance looks like: no start limit ends the trying.
            Assert.Equal(["0"], Values(name, "StartLimitIntervalSec"));
            Assert.Equal(["mm-alert@%n.service"], Values(name, "OnFailure"));
        }

        Assert.Equal(["2 4"], Values("mm-live.service", "RestartPreventExitStatus"));
        Assert.Equal(["2"], Values("mm-guard.service", "RestartPreventExitStatus"));
        Assert.Contains("mm-guard.service", Values("mm-live.service", "Wants").Single(), StringComparison.Ordinal);
        Assert.Equal(
            Flag(Values("mm-guard.service", "ExecStart").Single(), "--endpoint"),
            Flag(Values("mm-live.service", "ExecStart").Single(), "--mode"));
    }

    [Fact]
    public void Stopping_WhateverStopsTheEngine_WaitsLongerThanItsLongestEnd()
    {
        // With the position closed at a venue that hardly answers.
        var longest = new LiveOptions
        {
            FlattenOnKill = true,
            Capture = new CaptureOptions { Symbols = ["BTCUSDT"], Endpoint = VenueEndpoint.Parse("testnet") },
            Strategies = new Dictionary<string, StrategyConfiguration>(),
            Header = _ => default,
            EngineVersion = "",
            Notes = _ => [],
        }.LongestEnd;
        Assert.Equal(TimeSpan.FromSeconds(165), longest);
        var container = File.ReadAllText(Path.Combine(Root, "deploy", "Containerfile"));
        TimeSpan[] waits =
        [
            .. Values("mm-live.service", "TimeoutStopSec").Select(v => TimeSpan.FromSeconds(int.Parse(v, CultureInfo.InvariantCulture))),
            .. StopTimeout().Matches(container).Select(m => TimeSpan.FromSeconds(int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))),
            Durations.Parse(KillCommand.UsualWait, "--wait"),
        ];
        Assert.Equal(4, waits.Length);
        Assert.All(waits, wait => Assert.True(wait > longest, $"{wait} is not longer than {longest}"));
    }

    // systemd-analyze is not everywhere; these lines are.
    [Theory]
    [InlineData("mm-live.service")]
    [InlineData("mm-guard.service")]
    public void Unit_Hardening_LeavesItsStoreTheNetworkAndNothingElse(string name)
    {
        string[] on = ["NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "PrivateUsers", "ProtectKernelTunables", "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality"];
        Assert.All(on, key => Assert.Equal(["yes"], Values(name, key)));
        Assert.Equal(["strict"], Values(name, "ProtectSystem"));
        Assert.Equal(["invisible"], Values(name, "ProtectProc"));
        Assert.Equal(["pid"], Values(name, "ProcSubset"));
        Assert.Equal(["private"], Values(name, "KeyringMode"));
        Assert.Equal(["native"], Values(name, "SystemCallArchitectures"));
        Assert.Equal(["@system-service", "~@privileged @resources", RuntimesCall], Values(name, "SystemCallFilter"));
        Assert.Equal(["EPERM"], Values(name, "SystemCallErrorNumber"));
        Assert.Equal([""], Values(name, "CapabilityBoundingSet"));
        Assert.Equal(["0"], Values(name, "LimitCORE"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Units_AskedOfSystemd_AreWellFormedAndHardened()
    {
        if (!File.Exists(Analyze))
        {
            output.WriteLine("systemd-analyze is not here: the other tests of the units have run.");
            return;
        }

        using var folder = new TempFolder();
        string[] names = ["mm-live.service", "mm-guard.service", "mm-alert@.service"];
        foreach (var name in names)
        {
            File.WriteAllText(Path.Combine(folder, name), File.ReadAllText(Path.Combine(Root, "deploy", name)).Replace("/opt/mm/artifacts/mm/mm", "/bin/true", StringComparison.Ordinal).Replace("/usr/bin/logger", "/bin/true", StringComparison.Ordinal));
        }

        var (code, said) = Run(Analyze, ["verify", "--man=no", .. names.Select(n => Path.Combine(folder, n))]);
        Assert.True(code == 0 && !said.Contains(folder.ToString()!, StringComparison.Ordinal), said);
        foreach (var name in names[..2])
        {
            (code, said) = Run(Analyze, ["security", "--offline=true", "--threshold=15", Path.Combine(folder, name)]);
            Assert.True(code == 0, said);
        }
    }

    /// <summary>The program starts with the system calls that the units leave it, and would not with one less.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public void Units_SystemCallsTheyLeave_AreEnoughToStart()
    {
        const string python = "/usr/bin/python3";
        if (!File.Exists(Analyze) || !File.Exists(python) || Run(python, ["-c", "import ctypes; ctypes.CDLL('libseccomp.so.2')"]).Code != 0)
        {
            output.WriteLine("systemd-analyze, python3 or libseccomp is not here: the other tests of the units have run.");
            return;
        }

        var calls = Members("@default").ToHashSet(StringComparer.Ordinal);
        foreach (var line in Values("mm-live.service", "SystemCallFilter"))
        {
            var members = line.TrimStart('~').Split(' ').SelectMany(Members);
            if (line[0] == '~')
            {
                calls.ExceptWith(members);
            }
            else
            {
                calls.UnionWith(members);
            }
        }

        Assert.DoesNotContain("setuid", calls);
        var (code, said) = StartWith(calls);
        Assert.True(code == 0, said);
        Assert.NotEqual(0, StartWith([.. calls.Where(c => c != RuntimesCall)]).Code);

        (int Code, string Said) StartWith(HashSet<string> allowed) =>
            Run(python, ["-c", Filtered, string.Join(' ', allowed), Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "mm.dll"), "--version"]);
    }

    // The names in a set of systemd's; a name is itself.
    private static IEnumerable<string> Members(string name) => name[0] != '@'
        ? [name]
        : Run(Analyze, ["syscall-filter", name]).Said.Split('\n').Skip(1).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').SelectMany(Members);

    private static string Flag(string line, string name) => line.Split(' ').SkipWhile(w => w != name).Skip(1).First();

    private static string[] Values(string unit, string key) =>
        [.. File.ReadLines(Path.Combine(Root, "deploy", unit)).Select(l => Assignment().Match(l)).Where(m => m.Success && m.Groups[1].Value == key).Select(m => m.Groups[2].Value)];

    private static (int Code, string Said) Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private static string FindRoot()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "EventSourcedMM.sln")))
        {
            at = Path.GetDirectoryName(at)!;
        }

        return at;
    }

    [GeneratedRegex("--stop-timeout ([0-9]+)")]
    private static partial Regex StopTimeout();

    [GeneratedRegex("^([A-Za-z]+)=(.*)$")]
    private static partial Regex Assignment();
}
