using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>The audit of runs that were made live: certified, checked, and everything that somebody could do to them and to their recordings.</summary>
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
    /// Changes a run and its recording in every way of the second table of docs/audit.md; what is said must be as it stands there. Which
    /// event it is differs from run to run: it must be named, and every case has its row.
    /// </summary>
    /// <param name="kind">The runs that the rows are of.</param>
    /// <param name="stores">Where run and recording are.</param>
    /// <param name="run">An ended live run with fills and decisions.</param>
    public static void AssertTamperingIsNamed(string kind, StoreSet stores, StoredRun run)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = AssertCertified(stores, run, key);
        var (fill, decision, trade, cause) = Places(stores, run);
        var days = RunInputs.Days(stores, run).Select(d => d.Name).ToArray();

        // Without the honest copies: whoever is asked would take those.
        using var aside = new TempFolder();
        var recording = new JournalStore(aside, TimeProvider.System);
        Copy(stores, days, recording);
        var rows = new List<string>();
        Run("a bit of the run flipped on disk", null);
        Run("an event of the run removed, everything sealed anew", (h, p) => h.Sequence == decision ? [] : [(h, p)]);
        Run("an event of the run added, everything sealed anew", (h, p) => h.Sequence == decision ? [(h, p), (h, p)] : [(h, p)]);
        Run("two events of the run put the other way round, everything sealed anew", Forgery.Swap(decision));
        Run("a parameter of the run's first event changed, everything sealed anew", (h, p) =>
            [(h, h.Sequence == 1 ? Forgery.Change<RunStarted>(p, s => s with { Configuration = s.Configuration.Replace("\"gamma\":0", "\"gamma\":1", StringComparison.Ordinal) }) : p)]);
        Run("a fill's price changed, everything sealed anew", (h, p) => [(h, h.Sequence == fill ? Forgery.Change<OrderFilled>(p, f => f with { Price = f.Price * 2 }) : p)]);
        Market("a bit of the recording flipped on disk", null);
        Market("a row of the recording removed, everything sealed anew", (h, p) => h.Sequence == cause ? [] : [(h, p)]);
        Market("a row of the recording added, everything sealed anew", (h, p) => h.Sequence == cause ? [(h, p), (h, p)] : [(h, p)]);
        Market("two rows of the recording put the other way round, everything sealed anew", Forgery.Swap(cause));
        Market("a trade of the recording enlarged, everything sealed anew", (h, p) => [(h, h.Sequence == trade ? Forgery.Change<Trade>(p, t => t with { Quantity = t.Quantity * 2 }) : p)]);

        AuditTable.AssertInTheManual(string.Concat(rows));

        void Run(string what, Func<EventHeader, byte[], IEnumerable<(EventHeader, byte[])>>? edit) => Case(what, [], run.Name, edit);

        void Market(string what, Func<EventHeader, byte[], IEnumerable<(EventHeader, byte[])>>? edit) => Case(what, [.. days[..^1], run.Name], days[^1], edit);

        void Case(string what, StreamName[] copied, StreamName changed, Func<EventHeader, byte[], IEnumerable<(EventHeader, byte[])>>? edit)
        {
            using var folder = new TempFolder();
            var store = new JournalStore(folder, TimeProvider.System);
            Copy(stores, copied, store);
            Forgery.Write(new StoredRun(stores.Find(changed)!.Value.Store, changed, default), store, edit ?? ((h, p) => [(h, p)]));

            if (edit is null)
            {
                var path = Directory.GetFiles(Path.Combine(store.Root, changed.Value), "*.mmj").Single();
                var bytes = File.ReadAllBytes(path);
                bytes[bytes.Length / 2] ^= 8;
                File.WriteAllBytes(path, bytes);
            }

            var all = changed == run.Name ? new StoreSet(store, recording) : new StoreSet(store);
            var verification = new RunVerifier(all).Verify((store, run.Name));
            var check = Check(certificate, key, all);
            Assert.False(check.Holds, what);
            rows.Add($"| {kind}: {what} | {Words(verification)} | {Words(check)} |\n");
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

    private static CheckedCertificate Check(string text, ECDsa key, StoreSet? stores) => CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", key, stores);

    private static string Words(Verification v) =>
        v.Damage.Count > 0 ? v.Damage[0].Contains("(00", StringComparison.Ordinal) && v.Damage[0].Contains(", event ", StringComparison.Ordinal) ? "damaged, event named" : v.Damage[0]
        : v.Difference is { Sequence: > 0 } ? "DIFFERENT, event named" : "identical";

    private static string Words(CheckedCertificate check) => string.Join("; ", check.Findings.Where(f => f.Holds == false).Select(f => f.Name switch
    {
        "stream" when f.Text.Contains("was changed and sealed anew", StringComparison.Ordinal) && f.Text.Contains("the first block that differs is ", StringComparison.Ordinal) => "stream: changed, block named",
        "stream" when f.Text.Contains("The checksum of event ", StringComparison.Ordinal) => "stream: damaged, event named",
        "execution" when f.Text.Contains("differs at event ", StringComparison.Ordinal) => "execution: event named",
        "result" or "settings" => $"{f.Name}: member named",
        _ => $"{f.Name}: {f.Text}",
    }).Distinct());

    // In the recording's last day: the last fill, the last decision with what caused it, and the trade that filled us on paper, or the last at all.
    private static (long Fill, long Decision, long Trade, long Cause) Places(StoreSet stores, StoredRun run)
    {
        var (fill, decision, cause) = (0L, 0L, 0L);
        var number = RunInputs.Days(stores, run).Count;
        var trades = Sequences(stores, RunInputs.Days(stores, run)[^1].Name, EventType.Trade).ToHashSet();
        var filling = 0L;
        using var source = run.Store.OpenSource(run.Name);
        while (source.Read(out var header, out _))
        {
            if (header.Type == EventType.OrderFilled)
            {
                fill = header.Sequence;
                filling = header.Cause.Stream == number && trades.Contains(header.Cause.Sequence) ? header.Cause.Sequence : filling;
            }
            else if (header.Type == EventType.QuoteDecided && header.Cause.Stream == number)
            {
                (decision, cause) = (header.Sequence, header.Cause.Sequence);
            }
        }

        Assert.True(fill > 0 && decision > 0, "nothing was filled or decided");
        return (fill, decision, filling > 0 ? filling : trades.Max(), cause);
    }

    private static IEnumerable<long> Sequences(StoreSet stores, StreamName name, EventType type)
    {
        using var source = stores.Find(name)!.Value.Store.OpenSource(name);
        while (source.Read(out var header, out _))
        {
            if (header.Type == type)
            {
                yield return header.Sequence;
            }
        }
    }
}
