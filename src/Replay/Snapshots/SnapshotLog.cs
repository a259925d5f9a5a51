using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Snapshots;

/// <summary>
/// Takes a fingerprint of every event of a run, chained, and holds it to kept ones, so that the first event that differs is
/// named without the old run. Timers are chained but have no fingerprint of their own: they follow from the stamps. The
/// run's first event is left out: what it says stands in the snapshot in words.
/// </summary>
/// <param name="expected">Kept fingerprints; null when there are none.</param>
public sealed class SnapshotLog(SnapshotPrints? expected) : IStartableLog
{
    private const ulong Offset = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    private readonly ByteBuffer record = new(4096);
    private readonly List<(long Sequence, ushort Print)> prints = [];
    private ulong chain = Offset;
    private long sequence;

    /// <summary>Events appended.</summary>
    public long Events => sequence;

    /// <summary>The first event whose fingerprint is not the kept one; null when there is none.</summary>
    public RunEvent? Different { get; private set; }

    /// <summary>First event that may be the one that differs: the same as <see cref="Different"/> unless only some were kept.</summary>
    public long DifferentFrom { get; private set; }

    /// <summary>The fingerprints taken.</summary>
    public SnapshotPrints Prints => SnapshotPrints.Of(prints);

    /// <summary>True when the run ended before the kept fingerprints did.</summary>
    public bool EndedEarly => Different is null && expected is not null && prints.Count < expected.Total;

    /// <inheritdoc/>
    public void Start(in RunStarted started)
    {
    }

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        sequence++;
        if (sequence == 1)
        {
            return sequence;
        }

        var header = new EventHeader(sequence, type, version, 0, time, cause);
        record.Clear();
        EventRecord.Write(record, header, payload);
        foreach (var b in record.Span)
        {
            chain = unchecked((chain ^ b) * Prime);
        }

        if (type == EventType.TimerFired)
        {
            return sequence;
        }

        prints.Add((sequence, (ushort)(chain >> 48)));
        if (expected is not null && Different is null && expected.Differs(prints.Count - 1, prints[^1].Print))
        {
            Different = RunEvent.Of(header, payload);
            DifferentFrom = prints[Math.Max(0, prints.Count - expected.Stride)].Sequence;
        }

        return sequence;
    }
}

/// <summary>Fingerprints of a run's events, of every one or of every n-th.</summary>
public sealed class SnapshotPrints
{
    private const int Most = 40_000;
    private const int PerLine = 16;

    private readonly ushort[] kept;

    private SnapshotPrints(int stride, long total, ushort[] kept)
    {
        Stride = stride;
        Total = total;
        this.kept = kept;
    }

    /// <summary>Every how many events one is kept; 1 for all.</summary>
    public int Stride { get; }

    /// <summary>Events that have one.</summary>
    public long Total { get; }

    /// <summary>Keeps fingerprints: all, or so many that the file stays small.</summary>
    public static SnapshotPrints Of(IReadOnlyList<(long Sequence, ushort Print)> prints)
    {
        var stride = 1;
        while (prints.Count / stride > Most)
        {
            stride *= 2;
        }

        return new SnapshotPrints(stride, prints.Count, [.. prints.Where((_, i) => (i + 1) % stride == 0).Select(p => p.Print)]);
    }

    /// <summary>True when the fingerprint of an event is kept and another.</summary>
    /// <param name="index">Ordinal of the event among those with a fingerprint, from 0.</param>
    /// <param name="print">Its fingerprint now.</param>
    public bool Differs(int index, ushort print)
    {
        if (index >= Total)
        {
            return true;
        }

        return (index + 1) % Stride == 0 && kept[((index + 1) / Stride) - 1] != print;
    }

    /// <summary>The text of the file.</summary>
    public string ToText()
    {
        var text = new StringBuilder(FormattableString.Invariant($"fingerprints of {Total} events, one of every {Stride}\n"));
        for (var i = 0; i < kept.Length; i += PerLine)
        {
            text.AppendJoin(' ', kept.Skip(i).Take(PerLine).Select(p => p.ToString("x4", CultureInfo.InvariantCulture))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is not such a file; names it.</exception>
    public static SnapshotPrints Parse(string text, string source)
    {
        var words = text.Split((char[])[' ', '\n', '\r', '\uFEFF'], StringSplitOptions.RemoveEmptyEntries);
        try
        {
            if (words is not ["fingerprints", "of", _, "events,", "one", "of", "every", ..])
            {
                throw new FormatException("its first line is not that of fingerprints");
            }

            var (total, stride) = (long.Parse(words[2], CultureInfo.InvariantCulture), int.Parse(words[7], CultureInfo.InvariantCulture));
            ushort[] kept = [.. words.Skip(8).Select(w => ushort.Parse(w, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
            return stride > 0 && kept.Length == total / stride
                ? new SnapshotPrints(stride, total, kept)
                : throw new FormatException($"it has {kept.Length} fingerprints for {total} events");
        }
        catch (Exception e) when (e is FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{source} is not a snapshot's file of fingerprints: {e.Message}. Take it from git, or add the snapshot anew.");
        }
    }
}
