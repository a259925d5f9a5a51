using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Locations;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli;

/// <summary>What users do by a slip of the hand: said at once, in their words, before anything is done.</summary>
public sealed class UserMistakesTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Guard_OnAFileThatIsNoHeartbeat_RefusesAtOnce()
    {
        var file = Path.Combine(folder, "beat");
        File.WriteAllText(file, "garbage");
        Assert.Equal((2, "", $"mm: --heartbeat {file} is no heartbeat: mm live writes it into its store, as STORE/heartbeat. Name that one.\n"), Run("guard", "--heartbeat", file, "--endpoint", "http://127.0.0.1:9"));
        File.WriteAllText(file, "{}");
        Assert.Equal(2, Run("guard", "--heartbeat", file, "--endpoint", "http://127.0.0.1:9").Code);
        Assert.StartsWith($"mm: --heartbeat {(string)folder} is a directory; name the file in it that the engine writes: ", Run("guard", "--heartbeat", folder, "--endpoint", "http://127.0.0.1:9").Error, StringComparison.Ordinal);

        // One that is just being made is empty, one that is there is read.
        File.WriteAllText(file, "");
        Assert.False(HeartbeatState.IsSomethingElse(file));
        using var heartbeat = Heartbeat.Start(file, "testnet-1", "http://127.0.0.1:9", ["NEXOUSDT"]);
        Assert.False(HeartbeatState.IsSomethingElse(file));
        Assert.False(HeartbeatState.IsSomethingElse(Path.Combine(folder, "not there")));
    }

    [Theory]
    [InlineData("Name a run or --all, not both.", "kill", "R", "--all")]
    [InlineData("Name a run, or --all.", "kill")]
    [InlineData("--health abc is not a port from 1 to 65535.", "live", "--health", "abc")]
    [InlineData("--health 99999 is not a port from 1 to 65535.", "live", "--health", "99999")]
    [InlineData("--portfolio-max-notional: max_notional is 'abc'; it must be a number", "live", "--portfolio-max-notional", "abc")]
    [InlineData("--for 99999d is longer than 49d, the longest that can be waited for.", "live", "--for", "99999d")]
    [InlineData("--for 9x9d is not a duration; ", "live", "--for", "9x9d")]
    [InlineData("--speed means nothing with --lockstep", "venue", "--lockstep", "--speed", "5")]
    [InlineData("--symbols names no symbol; ", "venue", "--symbols", ",")]
    [InlineData("--zone Foo is not a time zone; ", "book", "--symbol", "NEXOUSDT", "--zone", "Foo")]
    [InlineData("horizon_mode is 'foo'; it must be one of rolling, session, stationary.", "sweep", "--set", "horizon_mode=foo")]
    [InlineData("'GAMMMMMA' is not a parameter. docs/configuration.md lists the parameters.", "sweep", "--set", "GAMMMMMA=1")]
    [InlineData("--dir /etc/passwd is a file; name a directory.", "snapshot", "add", "x", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--dir", "/etc/passwd")]
    [InlineData("--paths x: must be a whole number", "article", "--paths", "x")]
    public void Mistake_IsSaidBeforeAnythingIsDone(string says, params string[] arguments)
    {
        var (code, output, error) = Run(arguments[0] == "article" || arguments[0] == "snapshot" ? arguments : [.. arguments, "--store", folder]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("mm: " + says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("()", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void StoreCopy_ADayThatIsNone_IsNoDay() => Assert.StartsWith("mm: --date 2024-07-99 is not a day; ", Run("store", "copy", "--from", folder, "--to", Path.Combine(folder, "x"), "--date", "2024-07-99").Error, StringComparison.Ordinal);

    [Fact]
    public void Import_AnInstrumentThatIsNotThere_IsNamedEvenWhereItIsNotNeeded()
    {
        var nowhere = Path.Combine(folder, "nowhere.json");
        Assert.Equal((2, "", $"mm: --instrument {nowhere}: there is no such file.\n"), Run("import", EventSourcedMM.Tests.Live.Samples.Nexo[0], "--symbol", "NEXOUSDT", "--instrument", nowhere, "--store", folder));
    }

    [Fact]
    public void KillAll_WithNothingToKill_PrintsNothingButTheNote()
    {
        Assert.Equal((1, "", "no live run is unfinished here: there is nothing to kill\n"), Run("kill", "--all", "--store", folder));
        Assert.Equal("{\"runs\":[]}", Run("kill", "--all", "--json", "--store", folder).Output.Trim());
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("{\n\"a\": 1,\n", "it ends at line 3 before it is complete")]
    [InlineData("{\n\"a\": nothing }", "line 2: ")]
    public void Json_ThatIsNone_IsSaidInWordsWithALineThatCountsFromOne(string text, string says)
    {
        var words = JsonFault.Of(Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text)));
        Assert.StartsWith(says, words, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", words, StringComparison.Ordinal);
        Assert.DoesNotContain("isFinalBlock", words, StringComparison.Ordinal);
        var file = Path.Combine(folder, "c.json");
        File.WriteAllText(file, text);
        Assert.StartsWith($"mm: {file} is not JSON: {says}", Run("backtest", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--config", file, "--store", folder).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("marten:x")]
    [InlineData("postgres:x")]
    public void Store_ThatCannotBeRead_IsSaidInFull(string location)
    {
        // The form that is shown has a password in it: what stands behind it is not taken away with it.
        var says = Secrets.Redact(Assert.Throws<StoreLocationException>(() => StoreOptions.Locate(location)).Message);
        Assert.Contains(";Username=…\", or env:NAME and put that into the variable.", says, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_OfFiles_AreInWords()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        Assert.Equal($"There is no file {file}x.", Faults.Words(Assert.ThrowsAny<IOException>(() => File.ReadAllText(file + "x"))));
        Assert.Equal($"{file} is a file; a directory is needed there.", Faults.Words(Assert.ThrowsAny<IOException>(() => Directory.CreateDirectory(file))));
        Assert.Equal($"{(string)folder} is a directory, not a file.", Faults.Words(Assert.ThrowsAny<UnauthorizedAccessException>(() => File.ReadAllText(folder))));
    }

    /// <summary>Ctrl-C where a command has nothing to put in order: the line and the code of those that have.</summary>
    [Fact]
    public void Interrupted_CommandThatOnlyReads_SaysSoAndEndsWithOne()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // The command waits for what is written into the FIFO: as soon as that can be opened it is at work.
        var fifo = Path.Combine(folder, "certificate.json");
        Fifo.Make(fifo);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "mm.dll"), "certificate", "check", fifo, "--without-events" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        using var writing = new FileStream(fifo, FileMode.Open, FileAccess.Write);
        _ = InterruptSignal.Send(process.Id);
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal((1, "", "mm: stopped\n"), (process.ExitCode, process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd()));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = CommandLine.Run(Root.For(arguments), arguments, output, error);
        return (code, output.ToString(), error.ToString().ReplaceLineEndings("\n"));
    }
}
