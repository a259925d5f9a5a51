using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Accounting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>Where a run stood, as bytes in a kept index.</summary>
internal static class RunFoldForm
{
    /// <summary>Writes it.</summary>
    public static void Write(CanonicalWriter writer, RunFold fold)
    {
        writer.Signed(fold.Sequence);
        Write(writer, fold.Root);
        var ledger = fold.Ledger.State;
        writer.Signed(ledger.Position);
        foreach (var amount in (ReadOnlySpan<Int128>)[ledger.Cash, ledger.Cost, ledger.Realised, ledger.Fees, ledger.FeesElsewhere, ledger.OpenFees])
        {
            ByteForm.Write(writer, amount);
        }

        writer.Signed(ledger.Fills);
        writer.Signed(fold.LastDecision);
        Write(writer, fold.Decision?.Sequence, fold.Decision?.Time);
        ByteForm.Write(writer, fold.Decision?.Decided);
        Write(writer, fold.Stop?.Sequence, fold.Stop?.Time);
        ByteForm.Write(writer, fold.Stop?.Stopped);
        Write(writer, fold.Halt?.Sequence, fold.Halt?.Time);
        ByteForm.Write(writer, fold.Halt?.Halted);
        Write(writer, 0, fold.Mark?.Time);
        ByteForm.Write(writer, fold.Mark?.Mark);
        writer.Signed(fold.Ended is null ? 0 : 1);
        ByteForm.Write(writer, fold.Ended ?? "");
        writer.Signed(fold.Orders.Count);
        foreach (var order in fold.Orders)
        {
            Write(writer, order);
        }
    }

    /// <summary>Reads it.</summary>
    /// <param name="reader">Where from.</param>
    /// <exception cref="CanonicalFormatException">It is none.</exception>
    public static RunFold Read(ref CanonicalReader reader)
    {
        var (sequence, root, position) = (reader.Signed(), Root(ref reader), reader.Signed());
        Span<Int128> amounts = stackalloc Int128[6];
        foreach (ref var amount in amounts)
        {
            amount = ByteForm.Money(ref reader);
        }

        var ledger = Ledger.From(new LedgerState(position, amounts[0], amounts[1], amounts[2], amounts[3], amounts[4], amounts[5], reader.Signed()));
        var lastDecision = reader.Signed();
        var (decisionAt, decisionTime, decided) = (reader.Signed(), reader.Signed(), ByteForm.Payload<QuoteDecided>(ref reader));
        var (stopAt, stopTime, stopped) = (reader.Signed(), reader.Signed(), ByteForm.Payload<QuotingStopped>(ref reader));
        var (haltAt, haltTime, halted) = (reader.Signed(), reader.Signed(), ByteForm.Payload<Halted>(ref reader));
        var (_, markTime, mark) = (reader.Signed(), reader.Signed(), ByteForm.Payload<Marked>(ref reader));
        var (hasEnded, ended) = (reader.Signed() != 0, ByteForm.Text(ref reader));
        var orders = new List<ViewedOrder>();
        for (var left = reader.Signed(); left > 0; left--)
        {
            orders.Add(Order(ref reader));
        }

        return RunFold.Of(
            new RunFold
            {
                Sequence = sequence,
                Root = root,
                Ledger = ledger,
                LastDecision = lastDecision,
                Decision = decided is { } d ? (decisionAt, decisionTime, d with { Bids = d.Bids.Copy(), Asks = d.Asks.Copy() }) : null,
                Stop = stopped is { } s ? (stopAt, stopTime, s) : null,
                Halt = halted is { } h ? (haltAt, haltTime, h) : null,
                Mark = mark is { } m ? (markTime, m) : null,
                Ended = hasEnded ? ended : null,
            },
            orders);
    }

    private static void Write(CanonicalWriter writer, ViewedOrder order)
    {
        ByteForm.Write<OrderSubmitted>(writer, order.Submitted);
        foreach (var value in (ReadOnlySpan<long>)[order.Sequence, order.Time, order.Decision, order.Remaining, order.Accepted, order.QueueAtStart, order.Cancelling ? 1 : 0])
        {
            writer.Signed(value);
        }

        Write(writer, order.AcceptedAfter);
    }

    private static ViewedOrder Order(ref CanonicalReader reader)
    {
        var submitted = ByteForm.Payload<OrderSubmitted>(ref reader) ?? throw new CanonicalFormatException("an order without what was asked for");
        return new ViewedOrder(submitted, reader.Signed(), reader.Signed(), reader.Signed())
        {
            Remaining = reader.Signed(),
            Accepted = reader.Signed(),
            QueueAtStart = reader.Signed(),
            Cancelling = reader.Signed() != 0,
            AcceptedAfter = Root(ref reader),
        };
    }

    private static void Write(CanonicalWriter writer, Cause cause)
    {
        writer.Signed(cause.Stream);
        writer.Signed(cause.Sequence);
    }

    private static Cause Root(ref CanonicalReader reader) => new((int)reader.Signed(), reader.Signed());

    private static void Write(CanonicalWriter writer, long? sequence, long? time)
    {
        writer.Signed(sequence ?? 0);
        writer.Signed(time ?? 0);
    }
}
