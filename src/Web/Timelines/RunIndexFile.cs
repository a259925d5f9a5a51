using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Web.Timelines;

/// <summary>A finished index of a run's log as bytes, and back. Only the build that wrote them reads them.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Last">The run after its last event.</param>
/// <param name="Keyframes">Where the run stood at intervals.</param>
internal sealed record RunIndexFile(RunColumns Columns, RunFold Last, List<RunFold> Keyframes)
{
    /// <summary>Writes it.</summary>
    public ByteBuffer Write()
    {
        var buffer = new ByteBuffer(1 << 20);
        var writer = new CanonicalWriter(buffer);
        ByteForm.Write(writer, Columns.MaxDrawdown);
        WritePoints(writer);
        writer.Signed(Columns.Quotes.Count);
        foreach (ref readonly var quote in Columns.Quotes.Span)
        {
            writer.Signed(quote.Sequence);
            writer.Signed(quote.Bid);
            writer.Signed(quote.Ask);
        }

        writer.Signed(Columns.Marks.Count);
        foreach (ref readonly var mark in Columns.Marks.Span)
        {
            writer.Signed(mark.Time);
            writer.Signed(mark.MidTwice);
            ByteForm.Write(writer, mark.Equity);
            ByteForm.Write(writer, mark.Drawdown);
        }

        writer.Signed(Columns.Decisions.Count);
        foreach (ref readonly var decision in Columns.Decisions.Span)
        {
            writer.Signed(decision.Sequence);
            ByteForm.Write(writer, decision.Sigma);
            ByteForm.Write(writer, decision.Reservation);
        }

        writer.Signed(Columns.Fills.Count);
        for (var i = 0; i < Columns.Fills.Count; i++)
        {
            var (fill, holding) = (Columns.Fills[i], Columns.Holdings[i]);
            writer.Signed(fill.Sequence);
            writer.Signed(fill.Position);
            ByteForm.Write(writer, holding.Cash);
            ByteForm.Write<OrderFilled>(writer, fill.Fill);
        }

        writer.Signed(Columns.Stops.Count);
        foreach (ref readonly var stop in Columns.Stops.Span)
        {
            writer.Signed(stop.Sequence);
            ByteForm.Write(writer, stop.Reason);
        }

        RunFoldForm.Write(writer, Last);
        writer.Signed(Keyframes.Count);
        foreach (var keyframe in Keyframes)
        {
            RunFoldForm.Write(writer, keyframe);
        }

        return buffer;
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="CanonicalFormatException">It is none.</exception>
    public static RunIndexFile Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new CanonicalReader(bytes.Span, new LevelArena());
        var drawdown = ByteForm.Money(ref reader);
        var columns = ReadPoints(ref reader);
        columns.MaxDrawdown = drawdown;
        for (var left = reader.Signed(); left > 0; left--)
        {
            var sequence = reader.Signed();
            columns.Quotes.Add(new QuotePoint(sequence, columns.Points[(int)sequence - 1].Time, reader.Signed(), reader.Signed()));
        }

        for (var left = reader.Signed(); left > 0; left--)
        {
            columns.Marks.Add(new MarkSample(reader.Signed(), reader.Signed(), ByteForm.Money(ref reader), ByteForm.Money(ref reader)));
        }

        for (var left = reader.Signed(); left > 0; left--)
        {
            var sequence = reader.Signed();
            columns.Decisions.Add(new DecisionPoint(sequence, columns.Points[(int)sequence - 1].Time, ByteForm.Real(ref reader), ByteForm.Real(ref reader)));
        }

        for (var left = reader.Signed(); left > 0; left--)
        {
            var (sequence, position, cash) = (reader.Signed(), reader.Signed(), ByteForm.Money(ref reader));
            var fill = ByteForm.Payload<OrderFilled>(ref reader) ?? throw new CanonicalFormatException("a fill without its payload");
            var point = columns.Points[(int)sequence - 1];
            columns.Fills.Add(new FillPoint(sequence, point.Time, point.Root, fill, position));
            columns.Holdings.Add(new HoldingPoint(sequence, point.Time, cash, position));
        }

        for (var left = reader.Signed(); left > 0; left--)
        {
            var sequence = reader.Signed();
            var point = columns.Points[(int)sequence - 1];
            columns.Stops.Add(new StopPoint(sequence, point.Time, point.Type, ByteForm.Text(ref reader)));
        }

        var last = RunFoldForm.Read(ref reader);
        var keyframes = new List<RunFold>();
        for (var left = reader.Signed(); left > 0; left--)
        {
            keyframes.Add(RunFoldForm.Read(ref reader));
        }

        return new RunIndexFile(columns, last, keyframes);
    }

    // Most events are of the turn of the one before, at its time.
    private void WritePoints(CanonicalWriter writer)
    {
        writer.Signed(Columns.Points.Count);
        var before = default(RunPoint);
        foreach (ref readonly var point in Columns.Points.Span)
        {
            writer.Signed((long)point.Type);
            writer.Signed(point.Time - before.Time);
            writer.Signed(point.Root.Stream - before.Root.Stream);
            writer.Signed(point.Root.Sequence - before.Root.Sequence);
            before = point;
        }
    }

    // Millions of small numbers: compiled as well as can be at its first call, which is before anybody asks, calls into other
    // assemblies included.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static RunColumns ReadPoints(ref CanonicalReader reader)
    {
        var count = (int)reader.Signed();
        var columns = new RunColumns(count);
        var before = default(RunPoint);
        for (var left = count; left > 0; left--)
        {
            before = new RunPoint(
                (EventType)(int)reader.Signed(),
                before.Time + reader.Signed(),
                new Cause((int)(before.Root.Stream + reader.Signed()), before.Root.Sequence + reader.Signed()));
            columns.Points.Add(before);
        }

        return columns;
    }
}
