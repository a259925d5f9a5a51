using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>Everything somebody could do to a run, a day or a certificate, and what finds it. The table is the one in docs/audit.md.</summary>
public sealed partial class TamperingTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    [Fact]
    public async Task Table_OfEverythingDone_EachIsFoundAndNamed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var run = audited.HalfHour("");
        var executed = new RunVerifier(audited.Stores).Verify((run.Store, run.Name)).Executed!;
        var certificate = Certificate.Issue(audited.Stores, executed, key);
        Assert.DoesNotContain(Check(certificate, key, audited.Stores), f => f.Holds == false);

        var rows = new List<(string Case, string Verify, string Certificate)>();
        Store("a bit of the run flipped on disk", store => Flip(store, run.Name));
        Store("the run's file cut short", store => Cut(store, run.Name));
        Store("an event removed, everything sealed anew", store => Forge(store, (h, p) => h.Sequence == 700 ? [] : [(h, p)]));
        Store("an event added, everything sealed anew", store => Forge(store, (h, p) => h.Sequence == 700 ? [(h, p), (h, p)] : [(h, p)]));
        Store("two events put the other way round, everything sealed anew", store => Reorder(store, 700));
        Store("a parameter of the run's first event changed, everything sealed anew", store => Forge(store, (h, p) =>
            [(h, h.Sequence == 1 ? Forgery.Change<RunStarted>(p, s => s with { Configuration = s.Configuration.Replace("\"gamma\":0.0036", "\"gamma\":0.0037", StringComparison.Ordinal) }) : p)]));
        Store("a fill's price changed, checksums and seal repaired", store => Forge(store, (h, p) =>
            [(h, h.Type == EventType.OrderFilled && h.Sequence > 700 ? Forgery.Change<OrderFilled>(p, f => f with { Price = f.Price + 100_000 }) : p)]));
        Store("the PnL at the run's end changed, checksums and seal repaired", store => Forge(store, (h, p) =>
            [(h, h.Type == EventType.RunEnded ? Forgery.Change<RunEnded>(p, e => e with { Realised = e.Realised + 1 }) : p)]));

        var market = executed.Run.Started.Inputs.Split('\n')[0].Split(' ')[0];
        Market("a bit of the recording flipped on disk", store => Flip(store, StreamName.Parse(market)), seal: false);
        Market("a trade of the recording enlarged, checksums and seal repaired", null, seal: true);

        Paper("a figure in the certificate edited", Edit(certificate, c => c["result"]!["pnl"] = "1000"), key);
        Paper("a parameter in the certificate edited", Edit(certificate, c => c["configuration"]!["gamma"] = 0.1), key);
        Paper("the certificate edited and signed again with another key", Sign(Edit(certificate, c => c["result"]!["pnl"] = "1000"), other), key);
        Paper("an honest certificate of another key", Sign(certificate, other), key);
        Paper("a certificate made by another build", Sign(Edit(certificate, c => c["code"]!["EventSourcedMM.Projections"] = new string('0', 64)), key), key);
        Paper("a wrong result, signed with the right key", Sign(Edit(certificate, c => c["result"]!["pnl"] = "1000"), key), key, audited.Stores);

        Assert.All(rows, r => Assert.NotEqual(("", ""), (r.Verify, r.Certificate)));
        var table = new StringBuilder("| what was done | `mm verify` | `mm certificate check` |\n|---|---|---|\n");
        foreach (var (what, verify, check) in rows)
        {
            table.Append($"| {what} | {Plain(verify, run)} | {Plain(check, run)} |\n");
        }

        // Sizes and places move with every new event version: the words are pinned, here and in the page.
        await Support.Snapshot.Match(Digits().Replace(table.ToString(), "#"));
        var docs = await File.ReadAllTextAsync(Path.Combine(Live.Samples.Root, "..", "..", "docs", "audit.md"));
        Assert.Contains(Digits().Replace(table.ToString(), "#"), Digits().Replace(docs.ReplaceLineEndings("\n"), "#"), StringComparison.Ordinal);

        void Store(string what, Action<JournalStore> tamper)
        {
            using var folder = new TempFolder();
            var store = new JournalStore(folder, TimeProvider.System);
            tamper(store);
            var stores = new StoreSet(store, SampleRuns.Stores.Primary);
            rows.Add((what, Verify(stores, run), Fails(Check(certificate, key, stores))));
        }

        void Market(string what, Action<JournalStore>? tamper, bool seal)
        {
            using var folder = new TempFolder();
            var store = new JournalStore(folder, TimeProvider.System);
            Forge(store, (h, p) => [(h, p)]);
            foreach (var line in executed.Run.Started.Inputs.Split('\n'))
            {
                var (from, name, _) = RunInputs.Find(audited.Stores, line);
                var enlarged = false;
                Forgery.Write(new StoredRun(from, name, default), store, (h, p) =>
                {
                    if (!seal || enlarged || h.Type != EventType.Trade || h.Sequence < 6000)
                    {
                        return [(h, p)];
                    }

                    enlarged = true;
                    return [(h, Forgery.Change<Trade>(p, t => t with { Quantity = t.Quantity * 2 }))];
                });
            }

            tamper?.Invoke(store);
            var stores = new StoreSet(store);
            rows.Add((what, Verify(stores, run), Fails(Check(certificate, key, stores))));
        }

        void Paper(string what, string text, ECDsa trusted, StoreSet? stores = null) => rows.Add((what, "", Fails(Check(text, trusted, stores))));
        void Forge(JournalStore store, Func<EventHeader, byte[], IEnumerable<(EventHeader, byte[])>> edit) => Forgery.Write(run, store, edit);

        void Reorder(JournalStore store, long first)
        {
            (EventHeader, byte[])? held = null;
            Forge(store, (h, p) =>
            {
                if (h.Sequence == first)
                {
                    held = (h, p);
                    return [];
                }

                return h.Sequence == first + 1 ? [(h, p), held!.Value] : [(h, p)];
            });
        }

        void Flip(JournalStore store, StreamName name)
        {
            var path = Segment(store, name, run);
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 8;
            File.WriteAllBytes(path, bytes);
        }

        void Cut(JournalStore store, StreamName name)
        {
            var path = Segment(store, name, run);
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^2000]);
        }
    }

    [Fact]
    public void Certificate_LaidOutAnewOrReadByOpenssl_StillHolds()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var run = audited.HalfHour("");
        var text = Certificate.Issue(audited.Stores, RunExecution.Execute(audited.Stores, run), key);
        var compact = JsonNode.Parse(text)!.ToJsonString();
        Assert.NotEqual(text, compact);
        Assert.Contains(Check(compact, key, null), f => f is { Name: "signature", Holds: true });

        // Another program: openssl, over the bytes that Python's json makes of the object (docs/audit.md).
        using var folder = new TempFolder();
        File.WriteAllText(Path.Combine(folder, "c.json"), text);
        File.WriteAllText(Path.Combine(folder, "public.pem"), key.ExportSubjectPublicKeyInfoPem());
        var script = "python3 -c \"import json,sys;c=json.load(open('c.json'),parse_float=str);"
            + "sys.stdout.write(json.dumps(json.load(open('c.json'))['certificate'],separators=(',',':'),ensure_ascii=False))\" > signed"
            + " && python3 -c \"import json,base64,sys;sys.stdout.buffer.write(base64.b64decode(json.load(open('c.json'))['signature']['value']))\" > sig"
            + " && openssl dgst -sha256 -verify public.pem -signature sig signed";
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = shell.StandardOutput.ReadToEnd() + shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.Contains("Verified OK", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_WithoutTheEvents_IsCheckedAndSaysWhatIsMissing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var run = audited.HalfHour("");
        var text = Certificate.Issue(audited.Stores, RunExecution.Execute(audited.Stores, run), key);
        using var folder = new TempFolder();
        var findings = Check(text, key, new StoreSet(new JournalStore(folder, TimeProvider.System)));
        Assert.DoesNotContain(findings, f => f.Holds == false);
        Assert.Contains(findings, f => f is { Name: "execution", Holds: null } && f.Text.Contains("events are missing", StringComparison.Ordinal));
        Assert.Contains(Check(text, null, null), f => f is { Name: "key", Holds: null });
    }

    [Theory]
    [InlineData("{}", "is not a certificate")]
    [InlineData("no json", "is not a certificate")]
    [InlineData("{\"certificate\":{\"format\":2},\"signature\":{\"publicKey\":\"\",\"value\":\"\"}}", "format 2")]
    public void Certificate_ThatIsNone_SaysSo(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Check(text, null, null)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<CertificateFinding> Check(string text, ECDsa? trusted, StoreSet? stores) =>
        CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", trusted, stores);

    // What does not hold; of another build, which is no failure by itself, the note.
    private static string Fails(IReadOnlyList<CertificateFinding> findings)
    {
        var fails = findings.Where(f => f.Holds == false).Select(f => $"{f.Name}: {f.Text}").ToArray();
        return fails.Length > 0 ? string.Join("; ", fails.DistinctBy(f => f.Split(':')[0])) : string.Join("; ", findings.Where(f => f.Name == "code" && f.Holds is null).Select(f => $"{f.Name}: {f.Text}"));
    }

    private static string Verify(StoreSet stores, StoredRun run)
    {
        try
        {
            var found = new RunFinder(stores).Locate(run.Name.Parts[1]);
            var verification = new RunVerifier(stores).Verify(found);
            Assert.False(verification.Identical);
            return verification.Damage.Count > 0
                ? $"damaged: {string.Join("; ", verification.Damage.Take(1))}"
                : $"DIFFERENT at event {verification.Difference!.Sequence} ({Names(verification.Difference)})";
        }
        catch (NoSuchDayException e)
        {
            return e.Message;
        }
    }

    private static string Names(RunDifference d) => $"stored {d.Stored?.Header.Type.ToString() ?? "nothing"}, executed {d.Executed?.Header.Type.ToString() ?? "nothing"}";

    private static string Segment(JournalStore store, StreamName name, StoredRun run)
    {
        if (!Directory.Exists(Path.Combine(store.Root, name.Value)))
        {
            Forgery.Write(run, store, (h, p) => [(h, p)]);
        }

        return Directory.GetFiles(Path.Combine(store.Root, name.Value), "*.mmj").Order(StringComparer.Ordinal).First();
    }

    private static string Edit(string certificate, Action<JsonNode> edit)
    {
        var node = JsonNode.Parse(certificate)!;
        edit(node["certificate"]!);
        return node.ToJsonString();
    }

    private static string Sign(string certificate, ECDsa key)
    {
        var node = JsonNode.Parse(certificate)!;
        using var document = JsonDocument.Parse(node["certificate"]!.ToJsonString());
        node["signature"]!["publicKey"] = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        node["signature"]!["value"] = Convert.ToBase64String(key.SignData(Certificate.SignedBytes(document.RootElement), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return node.ToJsonString();
    }

    // Names and hashes change with every engine version, and keys with every run of the test: the table is about neither.
    private static string Plain(string text, StoredRun run) =>
        text.Length == 0 ? "—" : Hexadecimals().Replace(RunNames().Replace(text.Replace(run.Name.Parts[1], "RUN", StringComparison.Ordinal), "ANOTHER").Replace($"engine {EventSourcedMM.Replay.Backtest.RunHeader.EngineVersion}", "engine N", StringComparison.Ordinal).Replace(CodeIdentity.Current.Version, "V", StringComparison.Ordinal), "…").Replace("|", "\\|", StringComparison.Ordinal);

    // The name that a forged first event would give.
    [GeneratedRegex("backtest-nexousdt-[0-9]{8}-[0-9a-f]{10}")]
    private static partial Regex RunNames();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hexadecimals();
}
