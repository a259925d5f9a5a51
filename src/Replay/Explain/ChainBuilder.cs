using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Explain;

/// <summary>The chain of causes of an event, the first one first.</summary>
internal sealed class ChainBuilder(StoredRun run, IReadOnlyList<InputStream> inputs, Instrument instrument)
{
    private const int Longest = 24;

    /// <summary>An event in words.</summary>
    public static string Say(RunEvent subject, Instrument instrument)
    {
        var sayer = new Sayer(instrument);
        EventCatalog.Decode(subject.Header, subject.Payload, new LevelArena(), ref sayer);
        return sayer.Text;
    }

    /// <summary>The chain up to the event of a trail.</summary>
    /// <param name="trail">The log up to the event.</param>
    /// <param name="root">The market event of its turn.</param>
    /// <param name="order">The order that filled, when a fill is explained: its decision and acceptance belong to the chain.</param>
    public IReadOnlyList<ChainLink> Build(RunTrail trail, RunEvent? root, OrderTrail? order)
    {
        var links = new List<ChainLink>();
        if (order is not null)
        {
            foreach (var sequence in (long[])[order.Decision, order.Header.Sequence, order.Accepted.Sequence])
            {
                if (trail.Own(sequence) is { } own)
                {
                    links.Add(Own(own));
                }
            }
        }

        var causes = new List<ChainLink>();
        var current = trail.Subject!;
        while (causes.Count < Longest && current.Header.Cause is { Stream: 0, Sequence: > 0 } cause && trail.Own(cause.Sequence) is { } before)
        {
            causes.Insert(0, Own(before));
            current = before;
        }

        if (root is not null && current.Header.Cause == trail.Root)
        {
            causes.Insert(0, new ChainLink(inputs[trail.Root.Stream - 1].Name, root, Say(root, instrument)));
        }

        links.AddRange(causes);
        links.Add(Own(trail.Subject!));
        return links;
    }

    private ChainLink Own(RunEvent own) => new(run.Name, own, Say(own, instrument));

    private sealed class Sayer(Instrument instrument) : IEventHandler
    {
        public string Text { get; private set; } = "";

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => Text = payload switch
            {
                Trade t => $"{(t.BuyerIsMaker ? "a seller hit" : "a buyer lifted")} {instrument.FormatQuantity(t.Quantity)} at {instrument.FormatPrice(t.Price)}",
                AggregateTrade t => $"{(t.BuyerIsMaker ? "a seller hit" : "a buyer lifted")} {instrument.FormatQuantity(t.Quantity)} at {instrument.FormatPrice(t.Price)}",
                DepthDiff d => $"book diff {d.FirstUpdateId} to {d.FinalUpdateId}: {d.Bids.Count} bid and {d.Asks.Count} ask levels",
                BookSnapshot s => $"snapshot of the book at update {s.LastUpdateId}",
                PartialBook p => $"partial book at update {p.LastUpdateId}",
                BookStateChanged c => $"the book went from {c.From} to {c.To} ({Words.Code(c.Reason)})",
                BestQuote => "best quote",
                TimerFired t => $"timer due {Words.Time(t.Due)}",
                QuoteDecided d => $"decision {d.Decision} ({Words.Code(d.Trigger)}): {Quote(d.Bids)} / {Quote(d.Asks)}",
                QuotingStopped s => $"quoting stopped: {Words.Code(s.Reason)}",
                Halted h => $"halted: {Words.Code(h.Reason)}, {instrument.FormatMoney(h.Observed)} against {instrument.FormatMoney(h.Limit)}",
                Resumed r => $"resumed after {Words.Code(r.Reason)}",
                OrderSubmitted o => $"order {o.OrderId} submitted: {Words.Of(o.Side)} {instrument.FormatQuantity(o.Quantity)} at {instrument.FormatPrice(o.Price)} {(o.Decision > 0 ? $"for decision {o.Decision}" : "to close the position, immediate or cancel")}",
                OrderAccepted o => $"order {o.OrderId} accepted, {instrument.FormatQuantity(o.QueueAhead)} ahead",
                OrderRejected o => $"order {o.OrderId} rejected: {Words.Code(o.Reason)}",
                OrderCancelRequested o => $"cancel of order {o.OrderId} requested: {Words.Code(o.Reason)}",
                OrderCancelled o => $"order {o.OrderId} cancelled, {instrument.FormatQuantity(o.Remaining)} open",
                OrderCancelRejected o => $"cancel of order {o.OrderId} rejected: it is over",
                OrderExpired o => $"order {o.OrderId} expired",
                OrderFilled f => $"order {f.OrderId} filled: {instrument.FormatQuantity(f.Quantity)} at {instrument.FormatPrice(f.Price)}, {instrument.FormatQuantity(f.Remaining)} open",
                Marked m => $"mark: position {instrument.FormatQuantity(m.Position)}, PnL {instrument.FormatMoney(m.Realised + m.Unrealised - m.Fees)}, drawdown {instrument.FormatMoney(m.Drawdown)}",
                RunStarted s => $"run {s.Run} started",
                RunEnded e => $"run ended: {e.Reason}",
                PortfolioVerdict v => PortfolioWords.Line(v),
                ConfigurationChanged c => $"configuration changed: {c.Source}",
                StateHashed h => $"state hash {h.State} after {h.Inputs} inputs",
                _ => Words.Code(header.Type),
            };

        private string Quote(Domain.Book.LevelList levels) => levels.Count == 0
            ? "none"
            : $"{instrument.FormatQuantity(levels.Span[0].Quantity)} @ {instrument.FormatPrice(levels.Span[0].Price)}";
    }
}
