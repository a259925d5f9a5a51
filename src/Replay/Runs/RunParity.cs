using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Runs;

/// <summary>
/// Compares runs of which one traded at a venue. Compared are, in order: after which market event of the recording something
/// happened; timers, decisions, stops, halts and marks with all they say; what became of each order; fills with side, price, quantity and commission; the
/// totals and the strategy's state hash at the end. Not compared is what only a venue can know or choose (its ids, its
/// stamps, what stood before us), what only a run at a venue is told (balances, clock, reconciliation, the account's connection), and
/// hashes on the way, whose place depends on how many events a turn has.
/// </summary>
public static class RunParity
{
    /// <summary>Where two runs part; null when they do not.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <param name="surroundings">Events before the difference to keep.</param>
    public static RunDivergence? Diverge(StoredRun first, StoredRun second, int surroundings)
    {
        using var a = new Side(first);
        using var b = new Side(second);
        var before = new Queue<RunEvent>();
        while (true)
        {
            var hasA = a.Next();
            var hasB = b.Next();
            if (!hasA && !hasB)
            {
                return null;
            }

            if (!hasA || !hasB || a.Root != b.Root || !a.Key.SequenceEqual(b.Key))
            {
                var place = hasA ? a.Event!.Header.Sequence : b.Event!.Header.Sequence;
                return new RunDivergence(place, hasA ? a.Event : null, hasB ? b.Event : null, [.. before], a.Situation, b.Situation);
            }

            a.Fold();
            b.Fold();
            before.Enqueue(a.Event!);
            if (before.Count > surroundings)
            {
                before.Dequeue();
            }
        }
    }

    /// <summary>True for events that both kinds of run have.</summary>
    public static bool IsCompared(EventType type) => type is not (EventType.RunStarted or EventType.StateHashed or EventType.VenueHashed
        or EventType.BalanceReported or EventType.RequestThrottled or EventType.ClockMeasured
        or EventType.ReconciliationStarted or EventType.ReconciliationFound or EventType.ReconciliationClosed or EventType.ConnectionChanged);

    // One of the two, read forward over what is compared.
    private sealed class Side(StoredRun run) : IDisposable
    {
        private readonly UpcastSource source = new(run.Store.OpenSource(run.Name));
        private readonly LevelArena arena = new();
        private readonly ByteBuffer key = new(1024);
        private RunSituation situation = new();

        public RunEvent? Event { get; private set; }

        /// <summary>The market event of the recording that it happened after.</summary>
        public Cause Root { get; private set; }

        public ReadOnlySpan<byte> Key => key.Span;

        public RunSituation Situation => situation;

        public bool Next()
        {
            while (source.Read(out var header, out var payload))
            {
                Root = header.Cause.Stream > 0 ? header.Cause : Root;
                if (!IsCompared(header.Type))
                {
                    continue;
                }

                Event = RunEvent.Of(header, payload);
                key.Clear();
                var keyed = new Keyed(key);
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref keyed);
                return true;
            }

            Event = null;
            return false;
        }

        public void Fold()
        {
            arena.Clear();
            EventCatalog.Decode(Event!.Header, Event.Payload, arena, ref situation);
        }

        public void Dispose() => source.Dispose();
    }

    // What of an event is compared, as canonical bytes: without what the venue chooses.
    private readonly struct Keyed(ByteBuffer into) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            new CanonicalWriter(into).Signed((long)header.Type);
            switch (payload)
            {
                case OrderAccepted accepted:
                    EventRecord.WritePayload(into, new OrderAccepted { OrderId = accepted.OrderId });
                    break;
                case OrderRejected rejected:
                    EventRecord.WritePayload(into, new OrderRejected { OrderId = rejected.OrderId, Reason = rejected.Reason, Detail = "" });
                    break;
                case OrderCancelRejected rejected:
                    EventRecord.WritePayload(into, new OrderCancelRejected { OrderId = rejected.OrderId, Detail = "" });
                    break;
                case OrderFilled fill:
                    EventRecord.WritePayload(into, fill with { TradeId = 0, Rule = default, QueueAhead = 0, EventPrice = 0, EventQuantity = 0 });
                    break;
                case RunEnded ended:
                    EventRecord.WritePayload(into, ended with { Reason = "" });
                    break;
                default:
                    EventRecord.WritePayload(into, payload);
                    break;
            }
        }
    }
}
