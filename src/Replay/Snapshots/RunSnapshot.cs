using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Snapshots;

/// <summary>What a check of a snapshot found.</summary>
/// <param name="Same">True when text and every event are the kept ones.</param>
/// <param name="Text">The text now.</param>
/// <param name="Prints">The fingerprints now, as text.</param>
/// <param name="Changes">Lines that differ: what was kept, what is now.</param>
/// <param name="Different">The first event that differs; null when none does, or the run ended early.</param>
/// <param name="DifferentFrom">First event that may be it.</param>
public sealed record SnapshotResult(bool Same, string Text, string Prints, IReadOnlyList<(string Kept, string Now)> Changes, RunEvent? Different, long DifferentFrom);

/// <summary>Runs what a snapshot pins.</summary>
public static class RunSnapshot
{
    /// <summary>Runs a request and takes text and fingerprints.</summary>
    public static SnapshotResult Take(BacktestRequest request, IReadOnlyList<InputStream> inputs, Action<long, long>? progress = null) => Run(request, inputs, null, "", progress);

    /// <summary>Runs a kept snapshot again.</summary>
    /// <param name="stores">Where its inputs are.</param>
    /// <param name="text">Its text.</param>
    /// <param name="prints">Its fingerprints' text.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <param name="printsSource">The name of the fingerprints' file, for messages.</param>
    /// <param name="progress">Told events read and in all, now and then; null for nobody.</param>
    /// <exception cref="InvalidDataException">The files are no snapshot.</exception>
    /// <exception cref="NoSuchDayException">What it read is not stored here, or only with other content.</exception>
    public static SnapshotResult Check(StoreSet stores, string text, string prints, string source, string printsSource, Action<long, long>? progress = null)
    {
        var (request, lines) = SnapshotText.Parse(text, source);
        return Run(request, RunInputs.Find(stores, new RunStarted { Inputs = lines }), SnapshotPrints.Parse(prints, printsSource), text.TrimStart('\uFEFF').ReplaceLineEndings("\n"), progress);
    }

    private static SnapshotResult Run(BacktestRequest request, IReadOnlyList<InputStream> inputs, SnapshotPrints? expected, string kept, Action<long, long>? progress)
    {
        var log = new SnapshotLog(expected);
        var sampler = new ReportSampler(0, 1);
        var result = new Backtester(request, inputs, log, progress, sampler).Run();
        var text = SnapshotText.Write(result, sampler.Fills, log.Events);
        var changes = new List<(string, string)>();
        var (before, now) = (kept.Split('\n'), text.Split('\n'));
        for (var i = 0; i < Math.Max(before.Length, now.Length); i++)
        {
            var (left, right) = (i < before.Length ? before[i] : "", i < now.Length ? now[i] : "");
            if (left != right)
            {
                changes.Add((left, right));
            }
        }

        var same = changes.Count == 0 && log.Different is null && !log.EndedEarly;
        return new SnapshotResult(same, text, log.Prints.ToText(), changes, log.Different, log.DifferentFrom);
    }
}
