using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>The audit of runs that were made live: certified, checked with the events and without, and tampered with.</summary>
internal static class LiveAudit
{
    /// <summary>Certifies an ended run and checks the certificate with the events and without; gives it.</summary>
    public static string AssertCertified(StoreSet stores, StoredRun run, ECDsa key)
    {
        var text = Certificate.Issue(stores, new RunVerifier(stores).Verify((run.Store, run.Name)), key);
        var found = Check(text, key, stores);
        Assert.All(found.Findings, f => Assert.True(f.Holds, $"{f.Name}: {f.Text}"));
        Assert.Equal(("the certificate holds", true), (found.Summary, found.Executed));
        Assert.Contains(found.Findings, f => f.Name == "stream" && f.Text.StartsWith($"{run.Started.Inputs.Split(' ')[0]}: ", StringComparison.Ordinal));
        using var folder = new TempFolder();
        var nowhere = Check(text, key, new StoreSet(new JournalStore(folder, TimeProvider.System)));
        Assert.Equal((true, "the signature holds, nothing was executed"), (nowhere.Holds, nowhere.Summary));
        Assert.Equal((true, "the signature holds, nothing was executed"), (Check(text, key, null).Holds, Check(text, key, null).Summary));
        return text;
    }

    /// <summary>
    /// The rows of docs/audit.md for a run that was made live, of one symbol: a bit of it flipped, a decision removed, a trade of its recording at another
    /// price, a figure of its certificate falsified. Each is found and named.
    /// </summary>
    /// <param name="stores">Where it is.</param>
    /// <param name="run">An ended run that filled.</param>
    /// <param name="key">The key it was certified with.</param>
    /// <param name="certificate">Its certificate.</param>
    public static void AssertTamperingIsFound(StoreSet stores, StoredRun run, ECDsa key, string certificate)
    {
        StreamName[] recording = [.. RunInputs.Days(stores, run).Select(d => d.Name)];
        var atVenue = LiveScript.IsAtVenue(run.Started.Kind);

        With(store =>
        {
            Copy(stores, [.. recording, run.Name], store);
            var path = Directory.GetFiles(Path.Combine(store.Root, run.Name.Value), "*.mmj").Order(StringComparer.Ordinal).First();
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 8;
            File.WriteAllBytes(path, bytes);
            var (verification, check) = Look(store);
            Assert.Matches($"^{run.Name}: .*event [0-9]+", verification.Damage[0]);
            Named(check, "stream", verification.Damage[0]);
        });

        var decisions = Of(run.Store, run.Name, EventType.QuoteDecided);
        var removed = decisions[decisions.Count / 2].Sequence;
        With(store =>
        {
            Copy(stores, recording, store);
            Forgery.Write(run, store, (h, p) => h.Sequence == removed ? [] : [(h, p)]);
            var (verification, check) = Look(store);
            Assert.Equal((removed, EventType.QuoteDecided), (verification.Difference?.Sequence, verification.Difference?.Executed?.Header.Type));
            Named(check, "stream", $"{run.Name} was changed and sealed anew: ");
            Named(check, "execution", FormattableString.Invariant($"executed again by this build, the run differs at event {removed}"));
        });

        // On paper what a trade fills follows from its price: the first fill that a trade made does not come again when it was elsewhere. At a venue the
        // fills are the venue's word, and a trade's price moves nothing of ours: that the recording was changed only its chain can show.
        var trades = recording.Select(name => Of(stores.Find(name)!.Value.Store, name, EventType.Trade).Select(h => h.Sequence).ToHashSet()).ToArray();
        var fill = Of(run.Store, run.Name, EventType.OrderFilled).First(h => atVenue || trades[h.Cause.Stream - 1].Contains(h.Cause.Sequence));
        var (day, at) = atVenue ? (recording[0], trades[0].Where(t => t < fill.Cause.Sequence).Max()) : (recording[fill.Cause.Stream - 1], fill.Cause.Sequence);
        With(store =>
        {
            Copy(stores, [.. recording.Where(n => n != day), run.Name], store);
            Forgery.Write(new StoredRun(stores.Find(day)!.Value.Store, day, default), store, (h, p) =>
                [(h, h.Sequence == at ? Forgery.Change<Trade>(p, t => t with { Price = t.BuyerIsMaker ? t.Price * 2 : t.Price / 2 }) : p)]);
            var (verification, check) = Look(store);
            Assert.Empty(verification.Damage);
            Assert.Equal(atVenue ? null : fill.Sequence, verification.Difference?.Sequence);
            Named(check, "stream", $"{day} was changed and sealed anew: ");
        });

        var pnl = Check(CertificateForgery.Sign(CertificateForgery.Edit(certificate, c => c["result"]!["pnl"] = "1000"), key), key, stores);
        Assert.StartsWith("result.pnl: the certificate states \"1000\", the events give ", Assert.Single(pnl.Findings, f => f.Holds == false).Text, StringComparison.Ordinal);

        (Verification, CheckedCertificate) Look(JournalStore store)
        {
            var alone = new StoreSet(store);
            var verification = new RunVerifier(alone).Verify((store, run.Name));
            var check = Check(certificate, key, alone);
            Assert.Equal("the certificate DOES NOT HOLD", check.Summary);
            return (verification, check);
        }
    }

    /// <summary>Copies streams, sealed.</summary>
    public static void Copy(StoreSet stores, IEnumerable<StreamName> names, JournalStore into)
    {
        foreach (var name in names)
        {
            Forgery.Write(new StoredRun(stores.Find(name)!.Value.Store, name, default), into, (h, p) => [(h, p)]);
        }
    }

    private static void With(Action<JournalStore> body)
    {
        using var folder = new TempFolder();
        body(new JournalStore(folder, TimeProvider.System));
    }

    private static void Named(CheckedCertificate check, string name, string text) =>
        Assert.Contains(check.Findings, f => f.Name == name && f.Holds == false && f.Text.StartsWith(text, StringComparison.Ordinal));

    private static List<EventHeader> Of(IEventStore store, StreamName name, EventType type)
    {
        var found = new List<EventHeader>();
        using var source = new UpcastSource(store.OpenSource(name));
        while (source.Read(out var header, out _))
        {
            if (header.Type == type)
            {
                found.Add(header);
            }
        }

        return found;
    }

    private static CheckedCertificate Check(string text, ECDsa key, StoreSet? stores) => CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", key, stores);
}
