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

/// <summary>The audit of runs that were made live: certified, and checked with the events and without.</summary>
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

    /// <summary>Copies streams, sealed.</summary>
    public static void Copy(StoreSet stores, IEnumerable<StreamName> names, JournalStore into)
    {
        foreach (var name in names)
        {
            Forgery.Write(new StoredRun(stores.Find(name)!.Value.Store, name, default), into, (h, p) => [(h, p)]);
        }
    }

    private static CheckedCertificate Check(string text, ECDsa key, StoreSet? stores) => CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", key, stores);
}
