using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Cli.Determinism;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>
/// A build of the program that is really another one: Projections compiled here with a millionth less of commission. What it makes and
/// certifies is named by this build, and what this one makes by it.
/// </summary>
[Trait("Category", "Slow")]
public sealed class OtherBuildTests : IDisposable
{
    private static readonly string[] Window = ["backtest", "--symbol", "NEXOUSDT", "--from", "2024-07-24T02:30Z", "--to", "2024-07-24T02:40Z", "--json"];

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task RunAndCertificate_OfABuildWithAnotherRule_AreFoundAndNamedByTheOther()
    {
        // The build goes on while the day is copied.
        var build = Task.Run(() => Build("Million = 1_000_000;", "Million = 1_000_001;"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (pem, publicPem) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "public.pem"));
        await File.WriteAllTextAsync(pem, key.ExportECPrivateKeyPem());
        await File.WriteAllTextAsync(publicPem, key.ExportSubjectPublicKeyInfoPem());
        var (theirs, ours) = (new JournalStore(Path.Combine(folder, "theirs"), TimeProvider.System), new JournalStore(Path.Combine(folder, "ours"), TimeProvider.System));
        var day = new MarketDays(SampleRuns.Stores).Of("NEXOUSDT").Single(d => d.Day == "2024-07-24");
        foreach (var store in (JournalStore[])[theirs, ours])
        {
            Forgery.Write(new StoredRun(day.Store, day.Name, default), store, (h, p) => [(h, p)]);
        }

        (string, string)[] noSamples = [("MM_SAMPLES", Path.Combine(folder, "none"))];
        var (other, usual) = (new Mode(noSamples, await build), new Mode(noSamples));

        // Theirs is identical to them, and its certificate holds.
        var certificate = Path.Combine(folder, "theirs.json");
        var name = (string)JsonNode.Parse(MmProcess.Run(other, [.. Window, "--store", theirs.Root]).Done())!["run"]!;
        MmProcess.Run(other, "verify", name, "--store", theirs.Root, "--certificate", certificate, "--key", pem).Done();

        // To this build it differs at the first fill, by the commission; the other build is named beside it.
        var stores = new StoreSet(theirs);
        var run = new RunFinder(stores).Find(name);
        var verification = new RunVerifier(stores).Verify((run.Store, run.Name));
        Assert.False(verification.Identical);
        Assert.Contains("made by another build", verification.OtherBuild, StringComparison.Ordinal);
        var check = CertificateCheck.Run(await File.ReadAllBytesAsync(certificate), certificate, key, stores);
        Assert.Equal("the certificate DOES NOT HOLD", check.Summary);
        Assert.Contains(check.Findings, f => f is { Name: "code", Holds: null } && f.Text.StartsWith("made by another build: EventSourcedMM.Projections differ ", StringComparison.Ordinal));
        Assert.Contains(check.Findings, f => f is { Name: "execution", Holds: false } && f.Text.EndsWith($"differs at event {verification.Difference!.Sequence}", StringComparison.Ordinal));
        Assert.All(check.Findings.Where(f => f.Name is "signature" or "key" or "stream"), f => Assert.True(f.Holds));
        AuditTable.AssertInTheManual($"| a run made and certified by another build: one that charges a millionth less commission | {AuditTable.Plain(AuditTable.Say(verification), run)} | {AuditTable.Plain(AuditTable.Fails([.. check.Findings.Where(f => f.Name is "code" or "execution")]), run)} |");

        // The same the other way round: our run has their name, since the name says what was asked for.
        Assert.Equal(name, (string)JsonNode.Parse(MmProcess.Run(usual, [.. Window, "--store", ours.Root]).Done())!["run"]!);
        var honest = Path.Combine(folder, "ours.json");
        var mine = new StoreSet(ours);
        var verified = new RunVerifier(mine).Verify((ours, run.Name));
        Assert.True(verified.Identical);
        Assert.Null(verified.OtherBuild);
        await File.WriteAllTextAsync(honest, Certificate.Issue(mine, verified, key));
        var text = MmProcess.Run(other, "verify", name, "--store", ours.Root);
        Assert.Equal(1, text.Code);
        Assert.Contains($"DIFFERENT at event {verification.Difference!.Sequence} of ", text.Output, StringComparison.Ordinal);
        Assert.Contains("note: made by another build (", text.Output, StringComparison.Ordinal);
        Assert.Equal(1, MmProcess.Run(other, "certificate", "check", honest, "--key", publicPem, "--store", ours.Root).Code);
    }

    // Its own program in a folder: every file of this one, but for the assembly that is compiled from changed sources.
    private string Build(string rule, string otherRule)
    {
        var root = Path.GetFullPath(Path.Combine(Live.Samples.Root, "..", ".."));
        var sources = Path.Combine(folder, "Projections");
        foreach (var file in Directory.GetFiles(Path.Combine(root, "src", "Projections"), "*.cs", SearchOption.AllDirectories))
        {
            var target = Path.Combine(sources, Path.GetRelativePath(Path.Combine(root, "src", "Projections"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var changed = Path.Combine(sources, "Venue", "Commission.cs");
        Assert.Contains(rule, File.ReadAllText(changed), StringComparison.Ordinal);
        File.WriteAllText(changed, File.ReadAllText(changed).Replace(rule, otherRule, StringComparison.Ordinal));
        File.Copy(Path.Combine(root, "Directory.Build.props"), Path.Combine(folder, "Directory.Build.props"));
        File.WriteAllText(Path.Combine(sources, "EventSourcedMM.Projections.csproj"),
            $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><Reference Include="{Path.Combine(AppContext.BaseDirectory, "EventSourcedMM.Domain.dll")}" /></ItemGroup></Project>""");
        NestedBuild.Run(folder, sources, "Release", "-p:UseSharedCompilation=false");
        return NestedBuild.ProgramOf(Path.Combine(folder, "program"), [Path.Combine(folder, "artifacts", "bin", "EventSourcedMM.Projections", "release", "EventSourcedMM.Projections.dll")]);
    }
}
