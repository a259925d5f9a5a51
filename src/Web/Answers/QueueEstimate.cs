using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>
/// What still stands before our resting orders at a cursor, by the rules of docs/model.md §10: the log's figure at the
/// acceptance, less the prints at the price, capped by what diffs display. Where it ended is kept, so that playing on reads
/// only what is new.
/// </summary>
internal sealed class QueueEstimate
{
    // An order that has rested through more events than this is not walked: nobody waits that long for a figure.
    private const long MostEvents = 1_500_000;

    private const int MostKept = 256;

    private readonly Dictionary<(string Stream, long Accepted), Walked> kept = [];
    private readonly Lock gate = new();

    /// <summary>Quantity ahead of each resting order in quantity units; null where it is not known.</summary>
    public IReadOnlyDictionary<long, long?> At(ViewTimeline timeline, ViewCursor cursor, IEnumerable<ViewedOrder> orders)
    {
        var answers = new Dictionary<long, long?>();
        foreach (var order in orders.Where(o => o.Rests))
        {
            answers[order.Submitted.OrderId] = Walk(timeline, cursor.Market, order);
        }

        return answers;
    }

    private long? Walk(ViewTimeline timeline, Cause until, ViewedOrder order)
    {
        var key = (timeline.Stream.Value, order.Accepted);
        var start = new Walked(order.AcceptedAfter, order.QueueAtStart, 0, true);
        lock (gate)
        {
            if (kept.TryGetValue(key, out var found) && !ViewTimeline.IsAfter(found.At, until))
            {
                start = found;
            }
        }

        if (start.At.Stream < 1 || until.Stream > timeline.Markets.Count)
        {
            return null;
        }

        var walk = new QueueWalk(order, timeline.Run!.Run.Started.Queue, Prints(timeline), Taken(timeline.Run, order)) { Ahead = start.Ahead, Known = start.Known };
        var read = start.Read;
        for (var stream = start.At.Stream; stream <= until.Stream; stream++)
        {
            var market = timeline.Markets[stream - 1];
            var from = stream == start.At.Stream ? start.At.Sequence + 1 : 1;
            var last = stream == until.Stream ? until.Sequence : market.Indexed;
            if (from > last)
            {
                continue;
            }

            read += last - from + 1;
            if (read > MostEvents)
            {
                return null;
            }

            walk.Read(market, stream, from, last);
        }

        lock (gate)
        {
            if (kept.Count >= MostKept)
            {
                kept.Clear();
            }

            kept[key] = new Walked(until, walk.Ahead, read, walk.Known);
        }

        return walk.Known ? walk.Ahead : null;
    }

    // Market events at which orders of ours at better prices took their part of the print.
    private static Dictionary<Cause, long> Taken(RunTimeline run, ViewedOrder order)
    {
        var taken = new Dictionary<Cause, long>();
        lock (run.Gate)
        {
            var first = run.Fills.LastAtOrBefore(order.Accepted - 1, f => f.Sequence) + 1;
            for (var i = first; i < run.Fills.Count; i++)
            {
                var fill = run.Fills[i];
                if (fill.Fill.Rule == FillRule.PrintThrough)
                {
                    taken[fill.Root] = taken.GetValueOrDefault(fill.Root) + fill.Fill.Quantity;
                }
            }
        }

        return taken;
    }

    private static PrintSource Prints(ViewTimeline timeline) => InputStream.PrintsOf([.. timeline.Markets.Select(m =>
        new InputStream(m.Name, m.Events, default, () => new UpcastSource(m.Day.Store.OpenToLook(m.Name)))
        {
            Prints = m.Day.Manifest is { } manifest ? (manifest.Counts.Any(c => c.Key == EventType.Trade), manifest.Counts.Any(c => c.Key == EventType.AggregateTrade)) : null,
        })]);

    private readonly record struct Walked(Cause At, long Ahead, long Read, bool Known);

    private sealed class QueueWalk(ViewedOrder order, QueueModel queue, PrintSource prints, Dictionary<Cause, long> taken) : IEventHandler
    {
        private Cause at;

        public long Ahead { get; set; }

        public bool Known { get; set; }

        public void Read(MarketIndex market, int stream, long from, long last)
        {
            var arena = new LevelArena();
            var self = this;
            using var events = new UpcastSource(market.Day.Store.OpenToLook(market.Name, from));
            while (events.Read(out var header, out var payload) && header.Sequence <= last)
            {
                if (header.Type == EventType.PartialBook)
                {
                    // Beside diffs they are recorded and ignored, as by the venue.
                    Known &= !market.IsPartialAt(header.Sequence);
                }
                else if (header.Type is EventType.DepthDiff or EventType.Trade or EventType.AggregateTrade)
                {
                    at = new Cause(stream, header.Sequence);
                    arena.Clear();
                    EventCatalog.Decode(header, payload, arena, ref self);
                }
            }
        }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            switch (payload)
            {
                case Trade trade when prints == PrintSource.Trades:
                    Print(trade.Price, trade.Quantity, trade.BuyerIsMaker);
                    break;
                case AggregateTrade trade when prints == PrintSource.AggregateTrades:
                    Print(trade.Price, trade.Quantity, trade.BuyerIsMaker);
                    break;
                case DepthDiff diff:
                    Cap(order.Side == Side.Bid ? diff.Bids.Span : diff.Asks.Span);
                    break;
                default:
                    break;
            }
        }

        private void Print(long price, long quantity, bool buyerIsMaker)
        {
            if (price == order.Price && buyerIsMaker == (order.Side == Side.Bid) && queue != QueueModel.Pessimistic)
            {
                Ahead = Math.Max(0, Ahead - Math.Max(0, quantity - taken.GetValueOrDefault(at)));
            }
        }

        private void Cap(ReadOnlySpan<Level> levels)
        {
            foreach (ref readonly var level in levels)
            {
                if (level.Price == order.Price)
                {
                    Ahead = Math.Min(Ahead, level.Quantity);
                }
            }
        }
    }
}
