using System.Text.Json.Nodes;
using EventSourcedMM.Tests.Stores;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>
/// The same recordings give the same bytes in every process, whatever it runs under: each mode imports, backtests and is
/// compared in all that it said and in the content hash of every event it stored. The probe shows that the mode was in force.
/// </summary>
[Trait("Category", "Slow")]
public sealed class ModeTests(UsualMode usual, ITestOutputHelper output) : IClassFixture<UsualMode>, IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Usual_Outcome_HasFillsAndStreamsToCompare()
    {
        var lines = usual.Outcome.Text.Split('\n');
        Assert.All(lines[1..3], l => Assert.True((long)JsonNode.Parse(l)!["fills"]! > 10, l));
        Assert.Equal(3, lines[3..].Length);
        Assert.Equal(("", "-1234.5", "I"), (usual.Outcome.Probe["culture"], usual.Outcome.Probe["number"], usual.Outcome.Probe["upper"]));
    }

    // What one of them changed, another would have to change back. A soak runs each alone.
    private const string Compiled = "DOTNET_TieredCompilation=0 TZ=Asia/Kathmandu";
    private const string Scalar = "DOTNET_EnableHWIntrinsic=0 MODE_PROBE_CULTURE=hostile";

    [Theory]
    [InlineData(Compiled, "zone=345")]
    [InlineData("DOTNET_TieredPGO=1 DOTNET_gcServer=1 DOTNET_PROCESSOR_COUNT=2", "server=True")]
    [InlineData("DOTNET_ReadyToRun=0 DOTNET_PROCESSOR_COUNT=1", "jitted+=200 processors=1")]
    [InlineData("DOTNET_JITMinOpts=1 DOTNET_TieredCompilation=0 TZ=America/St_Johns", "zone=-150")]
    [InlineData(Scalar, "vector=False avx2=False number=minus1234,5")]
    [InlineData("DOTNET_EnableAVX2=0", "avx2=False")]
    public void Mode_SeveralAtOnce_GiveTheSameBytes(string variables, string inForce) => AssertSame(variables, inForce);

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData("DOTNET_TieredCompilation=0", "")]
    [InlineData("DOTNET_TieredPGO=1", "")]
    [InlineData("DOTNET_ReadyToRun=0", "jitted+=200")]
    [InlineData("DOTNET_JITMinOpts=1 DOTNET_TieredCompilation=0", "")]
    [InlineData("DOTNET_EnableHWIntrinsic=0", "vector=False avx2=False")]
    [InlineData("DOTNET_gcServer=1 DOTNET_PROCESSOR_COUNT=2", "server=True")]
    [InlineData("DOTNET_PROCESSOR_COUNT=1", "processors=1")]
    [InlineData("TZ=Asia/Kathmandu", "zone=345")]
    [InlineData("TZ=America/St_Johns", "zone=-150")]
    [InlineData("MODE_PROBE_CULTURE=hostile", "number=minus1234,5")]
    public void Mode_AnotherOne_GivesTheSameBytes(string variables, string inForce) => AssertSame(variables, inForce);

    private void AssertSame(string variables, string inForce)
    {
        var outcome = usual.Of(variables);

        Assert.Equal(usual.Outcome.Text, outcome.Text);
        AssertInForce(inForce, outcome);
    }

    /// <summary>The program is built without cultures; with those of the operating system switched on it is the same.</summary>
    [Theory]
    [InlineData("tr-TR", "number=-1234,5 upper=İ")]
    [InlineData("ar-SA", "number=\u061c-1234\u066b5")]
    [InlineData("fa-IR", "number=\u200e\u22121234\u066b5")]
    public void Culture_OfTheOperatingSystem_GivesTheSameBytes(string culture, string inForce)
    {
        var mode = Mode.Of($"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0 LC_ALL={culture.Replace('-', '_')}.UTF-8");
        if (MmProcess.Run(mode, "days", "--store", folder) is { Code: not 0 } without && without.Error.Contains("ICU", StringComparison.Ordinal))
        {
            output.WriteLine($"This machine has no ICU, so no process can have {culture}; the hostile culture of the other test needs none.");
            return;
        }

        var outcome = ModeOutcome.Make(mode, folder);

        Assert.Equal(usual.Outcome.Text, outcome.Text);
        Assert.Equal(culture, outcome.Probe["culture"]);
        AssertInForce(inForce, outcome);
    }

    /// <summary>What one mode stored, another finds identical.</summary>
    [Theory]
    [InlineData(Scalar, "DOTNET_TieredCompilation=0 DOTNET_ReadyToRun=0 TZ=America/St_Johns")]
    [InlineData(Compiled, "DOTNET_EnableHWIntrinsic=0 MODE_PROBE_CULTURE=hostile")]
    public void Verify_RunOfAnotherMode_IsIdentical(string written, string verified)
    {
        var outcome = usual.Of(written);
        foreach (var run in outcome.Runs)
        {
            var json = JsonNode.Parse(MmProcess.Run(Mode.Of(verified), "verify", run, "--store", outcome.Store, "--json").Done())!;

            Assert.True((bool)json["identical"]!);
            Assert.Contains($"\"stateHash\":\"{json["stateHash"]}\"", outcome.Text, StringComparison.Ordinal);
        }
    }

    private void AssertInForce(string inForce, ModeOutcome outcome)
    {
        foreach (var word in inForce.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Split('=', 2)))
        {
            if (word[0].EndsWith('+'))
            {
                var (name, more) = (word[0][..^1], long.Parse(word[1], System.Globalization.CultureInfo.InvariantCulture));
                Assert.True(Number(outcome, name) >= Number(usual.Outcome, name) + more, $"{name} is {outcome.Probe[name]}, usually {usual.Outcome.Probe[name]}");
            }
            else
            {
                Assert.Equal(word[1], outcome.Probe[word[0]]);
            }
        }
    }

    private static long Number(ModeOutcome outcome, string name) => long.Parse(outcome.Probe[name], System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What the program makes of the recordings as a user starts it, and in other modes; each is made once.</summary>
public sealed class UsualMode : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Dictionary<string, ModeOutcome> others = [];

    /// <summary>Runs it once for all tests of the class.</summary>
    public UsualMode() => Outcome = ModeOutcome.Make(Mode.Usual, Path.Combine(folder, "usual"));

    internal ModeOutcome Outcome { get; }

    // The tests of a class run one after the other.
    internal ModeOutcome Of(string variables)
    {
        if (!others.TryGetValue(variables, out var outcome))
        {
            outcome = ModeOutcome.Make(Mode.Of(variables), Path.Combine(folder, others.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            others.Add(variables, outcome);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();
}
