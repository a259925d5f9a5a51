using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Live;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>What one mode made of the same recordings: an import, and a backtest of each symbol over a short window.</summary>
/// <param name="Store">Where it stored all of it.</param>
/// <param name="Text">Everything that must be equal in every mode: all that the commands said, and the content hash of every
/// stream they stored, read back and checked.</param>
/// <param name="Runs">Names of the runs.</param>
/// <param name="Probe">What the probe saw in the mode's first process.</param>
internal sealed record ModeOutcome(string Store, string Text, IReadOnlyList<string> Runs, IReadOnlyDictionary<string, string> Probe)
{
    // A window in the middle of each recording, with fills: seconds of work, and every rule of the model at work.
    private static readonly string[] Nexo = ["--symbol", "NEXOUSDT", "--from", "2024-07-24T02:20Z", "--to", "2024-07-24T02:50Z", "--min-half-spread", "0.001"];
    private static readonly string[] Btc = ["--symbol", "BTCUSDT", "--from", "2024-08-08T23:55Z", "--to", "2024-08-08T23:58Z", "--min-half-spread", "0", "--requote-ticks", "1", "--levels", "2"];

    /// <summary>Does it.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="store">An empty directory; NEXOUSDT is read from the bundled recordings behind it.</param>
    public static ModeOutcome Make(Mode mode, string store)
    {
        var probe = Path.Combine(store, "probe.txt");
        Directory.CreateDirectory(store);
        string[] said =
        [
            Said(MmProcess.Run(mode, probe, ["import", Samples.Btc[0], "--symbol", "BTCUSDT", "--store", store, "--json"])),
            Said(MmProcess.Run(mode, ["backtest", .. Btc, "--store", store, "--json"])),
            Said(MmProcess.Run(mode, ["backtest", .. Nexo, "--store", store, "--json"])),
        ];
        var seen = File.ReadAllLines(probe).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
        return new ModeOutcome(store, string.Join('\n', said.Concat(Streams(store))), [.. said.Skip(1).Select(s => (string)JsonNode.Parse(s)!["run"]!)], seen);
    }

    // Without what depends on the machine and the moment.
    private static string Said(Ended ended)
    {
        var json = JsonNode.Parse(ended.Done())!.AsObject();
        json.Remove("seconds");
        json.Remove("store");
        return json.ToJsonString();
    }

    private static IEnumerable<string> Streams(string store)
    {
        var journal = new JournalStore(store, TimeProvider.System);
        foreach (var name in journal.ListAsync().ToBlockingEnumerable().OrderBy(n => n.Value, StringComparer.Ordinal))
        {
            var report = JournalVerifier.Verify(store, name);
            Assert.True(report.IsClean, string.Join("; ", report.Findings));
            yield return FormattableString.Invariant($"{name} {report.Events} events {report.ContentHash}");
        }
    }
}
