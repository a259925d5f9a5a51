using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>
/// A Debug build of the program, made here from the same sources, gives the same bytes as the Release build. By default the five rooms in
/// which bytes are made are built so: what reads, decides, executes and stores; the soak builds the whole program.
/// </summary>
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
        AssertCertified(debug, store, outcome.Runs[^1]);
    }

    // A build that does the same: its certificate holds here, and both verify and check say whose it is.
    private void AssertCertified(Mode debug, string store, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (pem, certificate) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "c.json"));
        File.WriteAllText(pem, key.ExportECPrivateKeyPem());
        MmProcess.Run(debug, "verify", name, "--store", store, "--certificate", certificate, "--key", pem).Done();
        var stores = new StoreSet(new JournalStore(store, TimeProvider.System));
        var run = new RunFinder(stores).Find(name);
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        var check = CertificateCheck.Run(File.ReadAllBytes(certificate), certificate, key, stores);
        Assert.True(verification.Identical);
        Assert.DoesNotContain(check.Findings, f => f.Holds == false);
        Assert.StartsWith("made by another build (", verification.OtherBuild, StringComparison.Ordinal);
        Assert.StartsWith("code: made by another build: EventSourcedMM.Domain, ", AuditTable.Fails(check.Findings), StringComparison.Ordinal);
    }

    // The days of NEXOUSDT are here in the store itself, not behind it.
    private static string[] Lines(string outcome) => [.. outcome.Split('\n').Where(l => !l.StartsWith("market/NEXOUSDT/", StringComparison.Ordinal))];

    private static void Verified(Ended ended) => Assert.True((bool)JsonNode.Parse(ended.Done())!["identical"]!);

    private string Build()
    {
        var root = Path.GetFullPath(Path.Combine(Samples.Root, "..", ".."));
        var artifacts = Path.Combine(folder, "artifacts");
        string program;
        if (Cases.IsSoak)
        {
            NestedBuild.Run(root, Path.Combine(root, "src", "Cli"), "Debug", $"-p:ArtifactsPath={artifacts}");
            program = Path.Combine(artifacts, "bin", "EventSourcedMM.Cli", "debug", "mm.dll");
        }
        else
        {
            // Replay and Live reach the other three between them.
            string[] rooms = ["Replay", "Live"];
            var projects = string.Join(';', rooms.Select(r => Path.Combine(root, "src", r, $"EventSourcedMM.{r}.csproj")));
            var all = Path.Combine(folder, "rooms.proj");
            File.WriteAllText(all, $"""
                <Project DefaultTargets="Build">
                  <Target Name="Restore"><MSBuild Projects="{projects}" Targets="Restore" /></Target>
                  <Target Name="Build"><MSBuild Projects="{projects}" Targets="Build" BuildInParallel="true" /></Target>
                </Project>
                """);
            NestedBuild.Run(root, all, "Debug", $"-p:ArtifactsPath={artifacts}");
            var built = rooms.SelectMany(r => Directory.GetFiles(Path.Combine(artifacts, "bin", $"EventSourcedMM.{r}", "debug"), "EventSourcedMM.*.dll")).ToArray();
            Assert.Equal(["Domain", "Live", "Projections", "Replay", "Stores"], built.Select(b => Path.GetFileName(b).Split('.')[1]).Distinct().Order(StringComparer.Ordinal));
            program = NestedBuild.ProgramOf(Path.Combine(folder, "program"), built);
        }

        var debuggable = (DebuggableAttribute)System.Reflection.Assembly.Load(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(program)!, "EventSourcedMM.Projections.dll")))
            .GetCustomAttributes(typeof(DebuggableAttribute), false).Single();
        Assert.True(debuggable.IsJITOptimizerDisabled, "the build is not a Debug build");
        return program;
    }
}
