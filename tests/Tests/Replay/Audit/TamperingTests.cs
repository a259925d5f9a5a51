using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Replay.Runs;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using static EventSourcedMM.Tests.Replay.Audit.CertificateForgery;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>Everything somebody could do to a run, a day or a certificate, and what finds it. The table is the one in docs/audit.md.</summary>
public sealed class TamperingTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    [Fact]
    public void EveryStatementOfACertificate_False_IsNamed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var run = audited.HalfHour("");
        var certificate = Certificate.Issue(audited.Stores, Verified(run), key);

        // All at once, so that one execution does: what finds the streams and the run stays as it is, and has cases of its own.
        string[] kept = ["format", "run", "symbol", "code", "schemas"];
        string[] keptOfStream = ["stream", "contentHash", "blocks", "events"];
        var forged = new List<string>();
        var text = Sign(Edit(certificate, c => Falsify(c, "", kept)), key);
        var findings = Check(text, key, audited.Stores).Where(f => f.Holds == false).ToArray();
        Assert.True(forged.Count > 60);
        Assert.All(forged, member => Assert.Single(findings, f => f.Text.StartsWith($"{member}: the certificate states ", StringComparison.Ordinal)));
        Assert.Equal(forged.Count + 2, findings.Length);
        Assert.Single(findings, f => f.Text.StartsWith("auditor: the certificate states \"nobody\", the events give nothing", StringComparison.Ordinal));
        Assert.Single(findings, f => f.Text.StartsWith("code.engine: ", StringComparison.Ordinal));
        Assert.Contains("result.pnl", forged);

        void Falsify(JsonNode node, string path, string[] keep)
        {
            if (path.Length == 0)
            {
                node["auditor"] = "nobody";
                node["code"]!["engine"] = "99";
                keep = [.. keep, "auditor"];
            }

            foreach (var (name, value) in node.AsObject().ToArray())
            {
                if (keep.Contains(name))
                {
                    continue;
                }

                switch (value)
                {
                    case JsonArray array when name == "streams":
                        foreach (var stream in array)
                        {
                            Falsify(stream!, $"streams[{stream!["stream"]}].", keptOfStream);
                        }

                        break;
                    case JsonObject:
                        Falsify(value, $"{path}{name}.", []);
                        break;
                    default:
                        node[name] = value is JsonArray ? new JsonArray("x") : value?.GetValueKind() switch
                        {
                            JsonValueKind.Number => value.GetValue<double>() + 1,
                            JsonValueKind.True => false,
                            JsonValueKind.False => true,
                            _ => value + "0",
                        };
                        forged.Add(path + name);
                        break;
                }
            }
        }
    }

    [Fact]
    public void Certificate_OfAFork_ChainsItsParentAndIsCheckedWithoutIt()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (parent, fork, text) = CertifiedFork(key);
        Assert.Contains(parent.Name.Value, Part(text, "streams"), StringComparison.Ordinal);
        Assert.DoesNotContain(Check(text, key, audited.Stores), f => f.Holds != true);
        Assert.Contains(Check(Sign(Edit(text, c => c["streams"]!.AsArray().RemoveAt(c["streams"]!.AsArray().Count - 1)), key), key, audited.Stores),
            f => f is { Name: "stream", Holds: false } && f.Text.Contains(parent.Name.Value, StringComparison.Ordinal));

        using var folder = new TempFolder();
        var store = new JournalStore(folder, TimeProvider.System);
        Forgery.Write(fork, store, (h, p) => [(h, p)]);
        var alone = Run(text, key, new StoreSet(store, SampleRuns.Stores.Primary));
        Assert.Equal((true, false, "the signature holds, nothing was executed"), (alone.Holds, alone.Executed, alone.Summary));
        Assert.Contains(alone.Findings, f => f is { Name: "execution", Holds: null } && f.Text.Contains("forked from", StringComparison.Ordinal));
    }

    [Fact]
    public void Certificate_OfARunThatHasNotEnded_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var verified = Verified(audited.HalfHour(""));
        var going = verified with { Executed = verified.Executed! with { Through = 100 } };
        Assert.Contains("has not ended", Certificate.Refusal(audited.Stores, going), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Certificate.Issue(audited.Stores, going, key));
        Assert.Null(Certificate.Refusal(audited.Stores, verified));

        // What was not compared is in what is signed.
        var text = Certificate.Issue(audited.Stores, verified with { Notes = ["7 hashes passed over"] }, key);
        Assert.Contains("7 hashes passed over", Part(text, "result"), StringComparison.Ordinal);
        Assert.Contains(Check(text, key, audited.Stores), f => f is { Name: "result", Holds: false } && f.Text.StartsWith("result.notes", StringComparison.Ordinal));
    }

    [Fact]
    public void Certificate_OfAnEarlierVersion_IsSaidToBeOneAndHoldsForWhatItStates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (parent, fork, text) = CertifiedFork(key);
        var earlier = Run(Sign(Edit(text, Earlier), key), key, audited.Stores);
        Assert.Equal((true, "the certificate holds"), (earlier.Holds, earlier.Summary));
        Assert.Single(earlier.Findings, f => f.Holds is null && f.Text.StartsWith("made by an earlier version of the program", StringComparison.Ordinal));

        // What it does state is held to the events; and this very build cannot have left anything out.
        Assert.False(Run(Sign(Edit(text, c => { Earlier(c); c["result"]!["fees"] = "1"; }), key), key, audited.Stores).Holds);
        Assert.False(Run(Sign(Edit(text, c => { var code = c["code"]!.DeepClone(); Earlier(c); c["code"] = code; }), key), key, audited.Stores).Holds);

        static void Earlier(JsonNode certificate)
        {
            certificate["code"]!["EventSourcedMM.Replay"] = new string('0', 64);
            certificate["result"]!.AsObject().Remove("portfolio");
            certificate["result"]!.AsObject().Remove("notes");
            certificate["streams"]!.AsArray().RemoveAt(certificate["streams"]!.AsArray().Count - 1);
        }
    }

    [Fact]
    public async Task Table_OfEverythingDone_EachIsFoundAndNamed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var run = audited.HalfHour("");
        var executed = Verified(run).Executed!;
        var certificate = Certificate.Issue(audited.Stores, Verified(run), key);
        Assert.DoesNotContain(Check(certificate, key, audited.Stores), f => f.Holds != true);

        var rows = new List<(string Case, string Verify, string Certificate)>();
        Store("a bit of the run flipped on disk", store => Flip(store, run.Name, run));
        Store("the run's file cut short", store => Cut(store, run.Name));
        Store("an event removed, everything sealed anew", store => Forge(store, (h, p) => h.Sequence == 700 ? [] : [(h, p)]));
        Store("an event added, everything sealed anew", store => Forge(store, (h, p) => h.Sequence == 700 ? [(h, p), (h, p)] : [(h, p)]));
        Store("two events put the other way round, everything sealed anew", store => Forge(store, Forgery.Swap(700)));
        Store("a parameter of the run's first event changed, everything sealed anew", store => Forge(store, (h, p) =>
            [(h, h.Sequence == 1 ? Forgery.Change<RunStarted>(p, s => s with { Configuration = s.Configuration.Replace("\"gamma\":0.0036", "\"gamma\":0.0037", StringComparison.Ordinal) }) : p)]));
        Store("a fill's price changed, checksums and seal repaired", store => Forge(store, (h, p) =>
            [(h, h.Type == EventType.OrderFilled && h.Sequence > 700 ? Forgery.Change<OrderFilled>(p, f => f with { Price = f.Price + 100_000 }) : p)]));
        Store("the PnL at the run's end changed, checksums and seal repaired", store => Forge(store, (h, p) =>
            [(h, h.Type == EventType.RunEnded ? Forgery.Change<RunEnded>(p, e => e with { Realised = e.Realised + 1 }) : p)]));

        var market = executed.Run.Started.Inputs.Split('\n')[0].Split(' ')[0];
        Market("a bit of the recording flipped on disk", store => Flip(store, StreamName.Parse(market), run), (h, p) => [(h, p)]);
        var enlarged = false;
        Market("a trade of the recording enlarged, checksums and seal repaired", null, (h, p) =>
        {
            if (enlarged || h.Type != EventType.Trade || h.Sequence < 6000)
            {
                return [(h, p)];
            }

            enlarged = true;
            return [(h, Forgery.Change<Trade>(p, t => t with { Quantity = t.Quantity * 2 }))];
        });
        Market("a row of the recording removed, everything sealed anew", null, (h, p) => h.Sequence == 40_000 ? [] : [(h, p)]);
        Market("a row of the recording added, everything sealed anew", null, (h, p) => h.Sequence == 40_000 ? [(h, p), (h, p)] : [(h, p)]);
        Market("two rows of the recording put the other way round, everything sealed anew", null, Forgery.Swap(40_000));

        Paper("a figure in the certificate edited", Edit(certificate, c => c["result"]!["pnl"] = "1000"), key);
        Paper("a parameter in the certificate edited", Edit(certificate, c => c["configuration"]!["gamma"] = 0.1), key);
        Paper("the certificate edited and signed again with another key", Sign(Edit(certificate, c => c["result"]!["pnl"] = "1000"), other), key);
        Paper("an honest certificate of another key", Sign(certificate, other), key);
        Paper("the hash of the program's code in the certificate replaced, signed with the right key", Sign(Renamed(certificate), key), key);
        Paper("the version of the program in the certificate replaced, signed with the right key", Sign(Edit(certificate, c => c["code"]!["program"] = "9.9.9"), key), key);
        Paper("the version of an event's schema in the certificate replaced, signed with the right key", Sign(Edit(certificate, c => c["schemas"]!["orderFilled"] = 99), key), key);
        Paper("a wrong result, signed with the right key", Sign(Edit(certificate, c => c["result"]!["pnl"] = "1000"), key), key, audited.Stores);

        Paper("a false count, signed with the right key", Sign(Edit(certificate, c => c["streams"]![1]!["counts"]!["trade"] = 1), key), key, audited.Stores);
        Paper("a false number of untrusted seconds, signed with the right key", Sign(Edit(certificate, c => c["untrustedSeconds"] = 4321), key), key, audited.Stores);
        Paper("the list of streams emptied, signed with the right key", Sign(Edit(certificate, c => c["streams"] = new JsonArray()), key), key);
        Paper("the recording left out of the list of streams, signed with the right key", Sign(Edit(certificate, c => c["streams"]!.AsArray().RemoveAt(1)), key), key, audited.Stores);
        Paper("a stream's list of blocks emptied, signed with the right key", Sign(Edit(certificate, c => c["streams"]![0]!["blocks"] = new JsonArray()), key), key, audited.Stores);
        Paper("the hash of the program's code replaced and a note of what was not compared made up, signed with the right key", Sign(Edit(Renamed(certificate), c => c["result"]!["notes"]!.AsArray().Add("7 hashes were not compared")), key), key, audited.Stores);

        // Another build may have left something out of its comparison of this one; that explains no more than it has to.
        var old = EarlierVersionTests.Stores();
        var older = Renamed(Certificate.Issue(old, new RunVerifier(old).Verify((old.Primary, EarlierVersionTests.Run)), key));
        Paper("of a run of an earlier engine: the hash of the code and that of the final state replaced, signed with the right key", Sign(Edit(older, c => c["result"]!["stateHash"] = new string('0', 64)), key), key, old);
        Paper("of a run of an earlier engine: the hash of the code replaced and the notes emptied, signed with the right key", Sign(Edit(older, c => c["result"]!["notes"] = new JsonArray()), key), key, old);
        Paper("of a run of an earlier engine: the hash of the code and the number of events compared replaced, signed with the right key", Sign(Edit(older, c => c["result"]!["eventsCompared"] = 3), key), key, old);
        Manifest("the untrusted seconds in the recording's manifest changed, its checksum made anew", 4321);

        Assert.All(rows, r => Assert.NotEqual(("", ""), (r.Verify, r.Certificate)));
        var table = new StringBuilder("| what was done | `mm verify` | `mm certificate check` |\n|---|---|---|\n");
        foreach (var (what, verify, check) in rows)
        {
            table.Append($"| {what} | {AuditTable.Plain(verify, run)} | {AuditTable.Plain(check, run)} |\n");
        }

        // Sizes and places move with every new event version: the words are pinned, here and in the page.
        await Support.Snapshot.Match(AuditTable.WithoutDigits(table.ToString()));
        AuditTable.AssertInTheManual(table.ToString());

        void Store(string what, Action<JournalStore> tamper)
        {
            using var folder = new TempFolder();
            var store = new JournalStore(folder, TimeProvider.System);
            tamper(store);
            var stores = new StoreSet(store, SampleRuns.Stores.Primary);
            rows.Add((what, AuditTable.Verify(stores, run), AuditTable.Fails(Check(certificate, key, stores))));
        }

        void Market(string what, Action<JournalStore>? tamper, Func<EventHeader, byte[], IEnumerable<(EventHeader, byte[])>> edit)
        {
            using var folder = new TempFolder();
            var store = new JournalStore(folder, TimeProvider.System);
            Forge(store, (h, p) => [(h, p)]);
            foreach (var line in executed.Run.Started.Inputs.Split('\n'))
            {
                var (from, name, _) = RunInputs.Find(audited.Stores, line);
                Forgery.Write(new StoredRun(from, name, default), store, edit);
            }

            tamper?.Invoke(store);
            var stores = new StoreSet(store);
            rows.Add((what, AuditTable.Verify(stores, run), AuditTable.Fails(Check(certificate, key, stores))));
        }

        void Manifest(string what, int seconds)
        {
            using var folder = new TempFolder();
            var store = new JournalStore(folder, TimeProvider.System);
            Forge(store, (h, p) => [(h, p)]);
            var lines = executed.Run.Started.Inputs.Split('\n');
            foreach (var line in lines)
            {
                var (from, name, _) = RunInputs.Find(audited.Stores, line);
                Forgery.Write(new StoredRun(from, name, default), store, (h, p) => [(h, p)], [new("untrustedSeconds", $"{seconds}")]);
            }

            // The run reads no notes: it is the day that is not whole. What is certified comes from the events all the same.
            var stores = new StoreSet(store);
            var day = new DayVerifier(stores).Verify(lines[0].Split(' ')[0]);
            Assert.False(day.Identical);
            var forged = Certificate.Issue(stores, new RunVerifier(stores).Verify((store, run.Name)), key);
            Assert.Equal(Part(certificate, "untrustedSeconds"), Part(forged, "untrustedSeconds"));
            Assert.DoesNotContain(Check(certificate, key, stores), f => f.Holds != true);
            rows.Add((what, $"of the day: damaged: {day.Streams[0].Damage.Single()}", ""));
        }

        void Paper(string what, string text, ECDsa trusted, StoreSet? stores = null) => rows.Add((what, "", AuditTable.Fails(Check(text, trusted, stores))));
        void Forge(JournalStore store, Func<EventHeader, byte[], IEnumerable<(EventHeader, byte[])>> edit) => Forgery.Write(run, store, edit);

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
        var text = Certificate.Issue(audited.Stores, Verified(run), key);
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
        var text = Certificate.Issue(audited.Stores, Verified(run), key);
        using var folder = new TempFolder();
        var stores = new StoreSet(new JournalStore(folder, TimeProvider.System));
        var found = Run(text, key, stores);
        Assert.Equal((true, false, "the signature holds, nothing was executed"), (found.Holds, found.Executed, found.Summary));
        Assert.Contains(found.Findings, f => f is { Name: "execution", Holds: null } && f.Text.Contains("is not stored here", StringComparison.Ordinal));
        Assert.Equal("the certificate holds", Run(text, key, audited.Stores).Summary);

        // It names a run that is nowhere, and says so without the events.
        Assert.Contains(Check(Sign(Edit(text, c => c["run"] = "nosuch"), key), key, stores), f => f is { Name: "stream", Holds: false });
        Assert.Contains(Check(text, null, null), f => f is { Name: "key", Holds: null });
    }

    [Theory]
    [InlineData("{}", "is not a certificate")]
    [InlineData("no json", "is not a certificate")]
    [InlineData("{\"certificate\":{\"format\":2},\"signature\":{\"publicKey\":\"\",\"value\":\"\"}}", "format 2")]
    public void Certificate_ThatIsNone_SaysSo(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Check(text, null, null)).Message, StringComparison.Ordinal);

    /// <summary>As text, which is how such a file would be made: no library writes a name twice.</summary>
    [Fact]
    public void Certificate_WithAMemberTwiceOrOneTooMany_FailsWhoeverSignedIt()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var honest = JsonNode.Parse(Certificate.Issue(audited.Stores, Verified(audited.HalfHour("")), key))!.ToJsonString();
        Assert.True(Run(honest, key, null).Holds);
        Fails(Put("{", "\"certificate\":{\"result\":{\"pnl\":\"1000\"}},"), "file: certificate is named 2 times");
        Fails(Put("{", "\"result\":{\"pnl\":\"1000\"},"), "file: result is no part of a certificate");
        Fails(Put("\"signature\":{", "\"signer\":\"the exchange\","), "file: signature.signer is no part of a certificate");
        Fails(Put("\"signature\":{", "\"value\":\"\","), "file: signature.value is named 2 times");
        Fails(honest.Replace(Certificate.Algorithm, "quantum", StringComparison.Ordinal), "signature: signature.algorithm: the file states quantum");

        // By whoever has the key.
        Fails(Signed(Put("\"code\":{", "\"engine\":\"99\",")), "file: certificate.code.engine is named 2 times");
        Fails(Signed(Put("\"code\":{", "\"EventSourcedMM.Domain\":\"00\",")), "file: certificate.code.EventSourcedMM.Domain is named 2 times");
        Fails(Signed(Put("\"result\":{", "\"pnl\":\"1000\",")), "file: certificate.result.pnl is named 2 times");
        Fails(Signed(Put("\"streams\":[{", "\"events\":1,")), "file: certificate.streams[0].events is named 2 times");
        Fails(Signed(Put("\"code\":{", "\"certifiedBy\":\"the exchange\",")), "code: code.certifiedBy: the certificate states it");
        Fails(Sign(Edit(Renamed(honest), c => c["code"]!["certifiedBy"] = "the exchange"), key), "code: code.certifiedBy: it is no hash");
        Assert.True(Run(Sign(Edit(Renamed(honest), c => c["code"]!["EventSourcedMM.Other"] = new string('0', 64)), key), key, null).Holds);

        string Put(string behind, string what)
        {
            var at = honest.IndexOf(behind, StringComparison.Ordinal) + behind.Length;
            return honest[..at] + what + honest[at..];
        }

        string Signed(string text)
        {
            using var document = JsonDocument.Parse(text);
            var old = document.RootElement.GetProperty("signature").GetProperty("value");
            var bytes = Certificate.SignedBytes(document.RootElement.GetProperty("certificate"));
            return text.Replace(old.GetRawText(), JsonSerializer.Serialize(Convert.ToBase64String(key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))), StringComparison.Ordinal);
        }

        void Fails(string text, string why)
        {
            var check = Run(text, key, null);
            Assert.False(check.Holds);
            Assert.Contains(check.Findings, f => f.Holds == false && $"{f.Name}: {f.Text}".StartsWith(why, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Fork_WhoseParentIsDamaged_IsNotWhole()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (parent, fork, text) = CertifiedFork(key);
        using var folder = new TempFolder();
        var store = new JournalStore(folder, TimeProvider.System);
        Forgery.Write(fork, store, (h, p) => [(h, p)]);
        Flip(store, parent.Name, parent);
        var stores = new StoreSet(store, SampleRuns.Stores.Primary);
        var verification = new RunVerifier(stores).Verify((store, fork.Name));
        Assert.False(verification.Identical);
        Assert.NotEmpty(verification.Damage);
        Assert.All(verification.Damage, d => Assert.StartsWith($"{parent.Name}: ", d, StringComparison.Ordinal));
        var check = Run(text, key, stores);
        Assert.False(check.Holds);
        Assert.Contains(check.Findings, f => f is { Name: "signature", Holds: true });
        Assert.Contains(check.Findings, f => f is { Name: "stream", Holds: false } && f.Text.StartsWith($"{parent.Name}: ", StringComparison.Ordinal));
    }

    private Verification Verified(StoredRun run) => audited.Verified(run);

    private (StoredRun Parent, StoredRun Fork, string Certificate) CertifiedFork(ECDsa key)
    {
        var parent = audited.HalfHour("");
        var fork = audited.Fork(parent, 1000, r => r with { Configuration = r.Configuration.With("gamma", "0.2") });
        return (parent, fork, Certificate.Issue(audited.Stores, Verified(fork), key));
    }

    private static string Part(string certificate, string member) => JsonNode.Parse(certificate)!["certificate"]![member]!.ToJsonString();

    private static IReadOnlyList<CertificateFinding> Check(string text, ECDsa? trusted, StoreSet? stores) => Run(text, trusted, stores).Findings;

    private static CheckedCertificate Run(string text, ECDsa? trusted, StoreSet? stores) =>
        CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", trusted, stores);

    private static void Flip(JournalStore store, StreamName name, StoredRun run)
    {
        var path = Segment(store, name, run);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 8;
        File.WriteAllBytes(path, bytes);
    }

    private static string Segment(JournalStore store, StreamName name, StoredRun run)
    {
        if (!Directory.Exists(Path.Combine(store.Root, name.Value)))
        {
            Forgery.Write(run, store, (h, p) => [(h, p)]);
        }

        return Directory.GetFiles(Path.Combine(store.Root, name.Value), "*.mmj").Order(StringComparer.Ordinal).First();
    }
}
