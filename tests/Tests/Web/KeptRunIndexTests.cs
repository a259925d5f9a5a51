using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Tests.Web;

/// <summary>The index of a run's log that is kept beside it: the same as one made anew, or none at all.</summary>
public sealed class KeptRunIndexTests : IDisposable
{
    private readonly AuditedDay audited = new();
    private readonly StoredRun run;

    public KeptRunIndexTests() => run = audited.HalfHour("max_drawdown=3 levels=2 order_size=20");

    public void Dispose() => audited.Dispose();

    [Fact]
    public void Index_KeptAndRead_IsTheOneMadeFromTheLog()
    {
        using var made = Made();
        using var read = Open();
        Assert.True(read.WasKept && read.IsIndexed && !read.Complete);
        Assert.Equal(Describe(made), Describe(read));
        Assert.NotNull(read.Halt);
        for (var sequence = 0L; sequence <= read.Events; sequence += 97)
        {
            Assert.Equal(Bytes(made.After(sequence)), Bytes(read.After(sequence)));
        }

        while (read.GoOn(100))
        {
        }

        Assert.True(read.Complete && read.Damage is null);
    }

    [Fact]
    public void Index_DamagedOrOfARunDamagedSince_IsGivenUpForTheLog()
    {
        Made().Dispose();
        var kept = Directory.GetFiles(Path.Combine(audited.Store.Root, run.Name.Value, "snapshots"), "*.run").Single();
        var bytes = File.ReadAllBytes(kept);
        bytes[^9] ^= 1;
        File.WriteAllBytes(kept, bytes);
        using (var read = Open())
        {
            Assert.False(read.WasKept);
        }

        Made().Dispose();
        var segment = Directory.GetFiles(Path.Combine(audited.Store.Root, run.Name.Value), "*.mmj").Single();
        bytes = File.ReadAllBytes(segment);
        bytes[bytes.Length / 2] ^= 8;
        File.WriteAllBytes(segment, bytes);
        var damaged = JournalVerifier.Verify(audited.Store.Root, run.Name).Findings.First(f => f.IsDamage).Sequence;
        using var broken = Open();
        Assert.True(broken.WasKept);
        while (broken.GoOn(100))
        {
        }

        Assert.True(broken.Complete && !broken.WasKept);
        Assert.Equal(damaged - 1, broken.Indexed);
        Assert.Equal(damaged - 1, broken.After(damaged - 1).Sequence);
    }

    // As far as the first step in the background brings it: the kept index where there is one, nothing read.
    private RunTimeline Open()
    {
        var timeline = new RunTimeline(run, run.Store.FindAsync(run.Name).AsTask().Result!, 0);
        Assert.True(timeline.GoOn(0));
        return timeline;
    }

    private RunTimeline Made()
    {
        var timeline = Open();
        Assert.False(timeline.WasKept);
        while (timeline.GoOn(500))
        {
        }

        timeline.Keep();
        return timeline;
    }

    private static string Describe(RunTimeline t) => string.Join('\n',
    [
        $"{t.Events} {t.Ended} {t.MaxDrawdown} {t.LastTime} {t.LastStream} {t.Halt?.Observed}",
        .. t.Points.Span.ToArray().Select(p => p.ToString()), .. t.Quotes.Span.ToArray().Select(p => p.ToString()),
        .. t.Holdings.Span.ToArray().Select(p => p.ToString()), .. t.Marks.Span.ToArray().Select(p => p.ToString()),
        .. t.Decisions.Span.ToArray().Select(p => p.ToString()), .. t.Stops.Span.ToArray().Select(p => p.ToString()),
        .. t.Fills.Span.ToArray().Select(p => $"{p.Sequence} {p.Time} {p.Root} {p.Position} {p.Fill.OrderId} {p.Fill.TradeId} {p.Fill.Price} {p.Fill.Quantity} {p.Fill.Commission} {p.Fill.Rule} {p.Fill.QueueAhead}"),
    ]);

    private static string Bytes(RunFold fold)
    {
        var buffer = new ByteBuffer();
        RunFoldForm.Write(new CanonicalWriter(buffer), fold);
        return Convert.ToHexString(buffer.Span);
    }
}
