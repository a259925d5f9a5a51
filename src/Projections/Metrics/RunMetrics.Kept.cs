using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Projections.Metrics;

/// <summary>The metrics as they are kept between two turns, so that a run that goes on has those of the whole run.</summary>
public sealed partial class RunMetrics
{
    /// <summary>Writes everything in its one order, to be continued from. The run must have started.</summary>
    internal void Keep(CanonicalWriter writer)
    {
        ledger.WriteTo(writer);
        Pnl!.Keep(writer);
        Inventory!.Keep(writer);
        Markouts.Keep(writer);
        foreach (var amount in (ReadOnlySpan<Int128>)[quotedSpread, quotedMid, marketSpread, marketMidTwice, QuantityPlaced, QuantityFilled, Turnover, SpreadCaptured])
        {
            var value = amount;
            writer.Money("amount", ref value);
        }

        foreach (var count in (ReadOnlySpan<long>)[varianceSamples, OrdersPlaced, Fills, RoundTrips, RoundTripsWon, TimersQuoted, Timers, TimersUntrusted])
        {
            writer.Signed(count);
        }

        writer.Real("variances", ref varianceSum);
        writer.Signed(marks.Count);
        foreach (var mark in marks)
        {
            writer.Signed(mark.Time);
            var equity = mark.Equity;
            writer.Money("equity", ref equity);
            writer.Signed(mark.Position);
            writer.Signed(mark.Fills);
            writer.Signed(mark.MidTwice);
        }

        // Fills stood here, for charts; whoever draws one looks on himself.
        writer.Signed(0);
    }

    /// <summary>Metrics that continue from what <see cref="Keep"/> wrote.</summary>
    /// <exception cref="CanonicalFormatException">The bytes are no such metrics.</exception>
    internal static RunMetrics From(ref CanonicalReader reader, EngineState state)
    {
        var metrics = new RunMetrics { ledger = Ledger.From(ref reader) };
        metrics.Begin(state);
        metrics.Pnl!.Continue(ref reader);
        metrics.Inventory!.Continue(ref reader);
        metrics.Markouts.Continue(ref reader);
        Span<Int128> amounts = stackalloc Int128[8];
        foreach (ref var amount in amounts)
        {
            reader.Money("amount", ref amount);
        }

        (metrics.quotedSpread, metrics.quotedMid, metrics.marketSpread, metrics.marketMidTwice) = (amounts[0], amounts[1], amounts[2], amounts[3]);
        (metrics.QuantityPlaced, metrics.QuantityFilled, metrics.Turnover, metrics.SpreadCaptured) = (amounts[4], amounts[5], amounts[6], amounts[7]);
        (metrics.varianceSamples, metrics.OrdersPlaced, metrics.Fills, metrics.RoundTrips) = (reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed());
        (metrics.RoundTripsWon, metrics.TimersQuoted, metrics.Timers, metrics.TimersUntrusted) = (reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed());
        reader.Real("variances", ref metrics.varianceSum);
        for (var count = KeptCount.Read(ref reader); count > 0; count--)
        {
            var time = reader.Signed();
            Int128 equity = 0;
            reader.Money("equity", ref equity);
            metrics.marks.Add(new MarkPoint(time, equity, reader.Signed(), reader.Signed(), reader.Signed()));
        }

        for (var count = KeptCount.Read(ref reader); count > 0; count--)
        {
            _ = (reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed());
        }

        return metrics;
    }
}
