using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Wire;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>
/// One order's true story is told to the tracker in any order, twice or three times, or in part, and then asked for: what
/// comes out is the story, each event once, in an order that the engine takes. The engine's own rules check it.
/// </summary>
public sealed class OrderTrackerTests
{
    private const long OrderId = 7;
    private const long VenueId = 4_711;

    private static readonly Instrument Btc = new() { Symbol = "BTCUSDT", BaseAsset = "BTC", QuoteAsset = "USDT", Tick = 1, Lot = 1, MinQuantity = 1 };

    [Fact]
    public void Reports_ShuffledAndRepeated_TellTheStoryOnce() =>
        Cases.Check(Stories(losing: false).ToArbitrary(), 600, story =>
        {
            var told = story.Tell();
            Assert.False(told.Order.LacksTrades, told.ToString());
            story.Verify(told);
        });

    [Fact]
    public void Reports_SomeLost_AskingTellsTheRestOnce() =>
        Cases.Check(Stories(losing: true).ToArbitrary(), 600, story =>
        {
            var told = story.Tell();
            if (story.IsRefused)
            {
                told.Tracker.Refused(told.Order, OrderRejectReason.Gateway, "", 0);
            }
            else
            {
                told.Tracker.Stands(told.Order, story.Status());
            }

            if (told.Order.LacksTrades)
            {
                told.Tracker.AllTrades(told.Order, story.Trades.Select(t => t with { ExecutedAfter = -1 }));
            }

            story.SettleCancel(told);
            story.Verify(told);
        });

    [Fact]
    public void Restart_AtAnyPoint_AskingTellsWhatTheJournalDoesNotHold() =>
        Cases.Check(Stories(losing: true).ToArbitrary(), 600, story =>
        {
            // The first session hears some of it and is killed; the second has its journal and asks.
            var first = story.Tell();
            if (!first.Order.IsOpen)
            {
                return;
            }

            var log = new Log();
            var tracker = Tracker(log);
            tracker.Know(first.Log.Fills.Select(f => f.TradeId));
            var order = tracker.Restore(new WorkingOrder
            {
                OrderId = OrderId,
                Side = Side.Bid,
                Price = story.Price,
                Remaining = first.Order.Remaining,
                Status = first.Order.Phase == OrderPhase.Asked ? OrderStatus.PendingNew : first.Order.CancelAsked ? OrderStatus.PendingCancel : OrderStatus.Resting,
            });
            if (story.IsRefused)
            {
                tracker.Refused(order, OrderRejectReason.Gateway, "", 0);
            }
            else
            {
                tracker.Stands(order, story.Status());
                tracker.AllTrades(order, story.Trades.Select(t => t with { ExecutedAfter = -1 }));
            }

            var both = new Told(tracker, order, first.Log.Then(log));
            story.SettleCancel(both);
            story.Verify(both);
        });

    [Fact]
    public void Trade_OfAnOrderThatIsOver_StopsTheRun()
    {
        var log = new Log();
        var tracker = Tracker(log);
        var order = tracker.Ask(new OrderRequest(false, OrderId, Side.Bid, 100, 10), 3);
        tracker.Refused(order, OrderRejectReason.Gateway, "never arrived", 0);
        Assert.Empty(log.Contradictions);
        tracker.Traded(order, new TradeFacts { TradeId = 1, VenueOrderId = VenueId, Side = Side.Bid, Price = 100, Quantity = 4, ExecutedAfter = 4, Commission = "0", CommissionAsset = "BTC", Time = 5 });
        Assert.Single(log.Contradictions);
        Assert.Empty(log.Fills);
    }

    [Fact]
    public void Amendment_FillsOnBothSidesOfIt_BelongToTheOrderOfTheirTime()
    {
        // 10 asked, 2 filled, amended to 5 more while 1 more fills, which is told last.
        var log = new Log();
        var tracker = Tracker(log);
        var (old, next) = Amending(tracker);
        tracker.Amended(old, next, Amended(old, next, executed: 3));
        tracker.Traded(old, Trade(3, 4, 7));
        Assert.Equal("accepted 1, filled 1:2 left 8, cancelled 1 left 8, accepted 2", log.ToString());
        tracker.Traded(old, Trade(2, 1, 3));
        Assert.Equal("accepted 1, filled 1:2 left 8, cancelled 1 left 8, accepted 2, filled 2:1 left 4, filled 2:4 left 0", log.ToString());
        Assert.Equal((0, 0), (tracker.Unanswered, tracker.Resting));
        Assert.Empty(log.Contradictions);
    }

    [Fact]
    public void Amendment_FillToldOfTheOldOrderMeanwhile_LeavesTheNewOneShort()
    {
        var log = new Log();
        var tracker = Tracker(log);
        var (old, next) = Amending(tracker);
        tracker.Traded(old, Trade(2, 1, 3));
        tracker.Amended(old, next, Amended(old, next, executed: 3));
        tracker.Traded(next, Trade(3, 4, 7));
        tracker.Stands(next, Amended(next, next, executed: 7) with { Status = VenueOrderStatus.Filled });
        Assert.Equal("accepted 1, filled 1:2 left 8, filled 1:1 left 7, cancelled 1 left 7, accepted 2, filled 2:4 left 1, expired 2 left 1", log.ToString());
        Assert.Equal((0, 0), (tracker.Unanswered, tracker.Resting));
        Assert.Empty(log.Contradictions);
    }

    [Fact]
    public void Amendment_KilledBeforeItsAnswer_IsFoundByTheVenuesId()
    {
        var first = new Log();
        var (old, next) = Amending(Tracker(first));
        var log = new Log();
        var tracker = Tracker(log);
        tracker.Know([1]);
        var restored = tracker.Restore(new WorkingOrder { OrderId = 1, Side = Side.Bid, Price = 100, Remaining = 8, Status = OrderStatus.PendingCancel }, VenueId);
        var later = tracker.Restore(new WorkingOrder { OrderId = 2, Side = Side.Bid, Price = 100, Remaining = 5, Status = OrderStatus.PendingNew });
        tracker.Amended(restored, later, Amended(old, next, executed: 3));
        tracker.AllTrades(restored, [Trade(1, 2, -1), Trade(2, 1, -1)]);
        Assert.Equal("cancelled 1 left 8, accepted 2, filled 2:1 left 4", log.ToString());
        Assert.Equal((0, 1), (tracker.Unanswered, tracker.Resting));
    }

    private static (TrackedOrder Old, TrackedOrder Next) Amending(OrderTracker tracker)
    {
        var old = tracker.Ask(new OrderRequest(false, 1, Side.Bid, 100, 10), 11);
        tracker.Accepted(old, VenueId, 1);
        tracker.Traded(old, Trade(1, 2, 2));
        _ = tracker.AskCancel(1, 12);
        var next = tracker.Ask(new OrderRequest(false, 2, Side.Bid, 100, 5), 13);
        next.Predecessor = old;
        return (old, next);
    }

    private static OrderFacts Amended(TrackedOrder old, TrackedOrder next, long executed) =>
        new() { ClientOrderId = old.ClientOrderId, NewClientOrderId = next.ClientOrderId, VenueOrderId = VenueId, Status = VenueOrderStatus.PartiallyFilled, Side = Side.Bid, Price = 100, Quantity = 7, Executed = executed, Time = 9 };

    private static TradeFacts Trade(long id, long quantity, long after) =>
        new() { TradeId = id, VenueOrderId = VenueId, Side = Side.Bid, Price = 100, Quantity = quantity, ExecutedAfter = after, Commission = "0", CommissionAsset = "BTC", Time = id };

    private static OrderTracker Tracker(Log log) => new("run", Btc, log, new CommissionValue(Btc));

    private static Gen<Story> Stories(bool losing) =>
        from parts in Gen.ArrayOf(Gen.Choose(1, 50)).Select(a => a.Take(6).ToArray())
        from rest in Gen.Choose(0, 40)
        from end in Gen.Elements(VenueOrderStatus.New, VenueOrderStatus.Cancelled, VenueOrderStatus.Cancelled, VenueOrderStatus.Expired)
        from cancels in Gen.Elements(true, true, false)
        from refused in Gen.Frequency((1, Gen.Constant(true)), (9, Gen.Constant(false)))
        from seed in Gen.Choose(0, int.MaxValue)
        select new Story(refused ? [] : parts, parts.Length == 0 ? rest + 1 : rest, end, cancels, refused, losing, seed);

    /// <summary>What really happened to an order, and in which order it is told.</summary>
    private sealed record Story(int[] Parts, int Rest, VenueOrderStatus End, bool Cancels, bool IsRefused, bool Loses, int Seed)
    {
        public long Price => 100;

        public long Quantity => Parts.Sum() + Rest;

        // An order that is filled whole is over by that.
        public bool IsFilled => Rest == 0;

        public bool IsOver => IsFilled || End != VenueOrderStatus.New;

        public IEnumerable<TradeFacts> Trades
        {
            get
            {
                var after = 0L;
                for (var i = 0; i < Parts.Length; i++)
                {
                    yield return Trade(100 + (i * 3), Parts[i], after += Parts[i]);
                }
            }
        }

        public OrderFacts Status() => Facts(IsFilled ? VenueOrderStatus.Filled : End == VenueOrderStatus.New && Parts.Length > 0 ? VenueOrderStatus.PartiallyFilled : End, Parts.Sum());

        public Told Tell()
        {
            var random = new Random(Seed);
            var log = new Log();
            var tracker = Tracker(log);
            var order = tracker.Ask(new OrderRequest(false, OrderId, Side.Bid, Price, Quantity), 3);
            if (Cancels)
            {
                _ = tracker.AskCancel(OrderId, 4);
            }

            var messages = new List<Action>();
            if (IsRefused)
            {
                messages.Add(() => tracker.Refused(order, OrderRejectReason.WouldMatch, "", 0));
                messages.Add(() => tracker.Stands(order, Facts(VenueOrderStatus.Rejected, 0)));
            }
            else
            {
                messages.Add(() => tracker.Accepted(order, VenueId, 1));
                messages.Add(() => tracker.Stands(order, Facts(VenueOrderStatus.New, 0)));
                foreach (var trade in Trades)
                {
                    messages.Add(() => tracker.Traded(order, trade));
                    messages.Add(() => tracker.Stands(order, Facts(trade.ExecutedAfter == Quantity ? VenueOrderStatus.Filled : VenueOrderStatus.PartiallyFilled, trade.ExecutedAfter)));
                }

                if (IsOver)
                {
                    messages.Add(() => tracker.Stands(order, Status()));
                }

                if (Cancels && (IsFilled || End is VenueOrderStatus.New or VenueOrderStatus.Expired))
                {
                    messages.Add(() => tracker.CancelRefused(order, "Unknown order sent.", 0));
                }
            }

            // Told once at least, or with losses perhaps not at all; in any order.
            var told = messages.SelectMany(m => Enumerable.Repeat(m, Loses ? random.Next(0, 3) : random.Next(1, 4))).ToArray();
            random.Shuffle(told);
            foreach (var tell in told)
            {
                tell();
            }

            return new Told(tracker, order, log);
        }

        /// <summary>What the gateway does once it knows how the order stands.</summary>
        public void SettleCancel(Told told)
        {
            if (told.Order.CancelAsked)
            {
                told.Tracker.CancelRefused(told.Order, "settled", 0);
            }
        }

        public void Verify(Told told)
        {
            var log = told.Log;
            Assert.Empty(log.Contradictions);
            Assert.True(log.IsLegal(out var why), $"{why}: {log}\n{this}");
            Assert.Equal(Trades.Select(t => (t.TradeId, t.Quantity)), log.Fills.Select(f => (f.TradeId, f.Quantity)));
            Assert.Equal(0, told.Tracker.Unanswered);
            Assert.Equal(IsOver || IsRefused ? 0 : 1, told.Tracker.Resting);
            Assert.Equal(IsRefused ? 1 : 0, log.Count<OrderRejected>());
            Assert.Equal(IsRefused ? 0 : 1, log.Count<OrderAccepted>());
            Assert.Equal(!IsRefused && !IsFilled && IsOver ? 1 : 0, log.Count<OrderCancelled>() + log.Count<OrderExpired>());
            Assert.InRange(log.Count<OrderCancelRejected>(), 0, Cancels ? 1 : 0);
        }

        private OrderFacts Facts(VenueOrderStatus status, long executed) => new()
        {
            ClientOrderId = "x", NewClientOrderId = "x", VenueOrderId = VenueId, Status = status, Side = Side.Bid, Price = Price, Quantity = Quantity, Executed = executed, Time = 1, Detail = "",
        };
    }

    private sealed record Told(OrderTracker Tracker, TrackedOrder Order, Log Log)
    {
        public override string ToString() => Log.ToString();
    }

    /// <summary>What came out, and the engine's rules over it.</summary>
    private sealed class Log : IReportSink
    {
        private readonly List<object> events = [];

        public List<string> Contradictions { get; } = [];

        public IEnumerable<OrderFilled> Fills => events.OfType<OrderFilled>();

        public int Count<T>() => events.OfType<T>().Count();

        public void Emit<T>(in T payload, long venueTime, long requestSequence)
            where T : struct, IPayload<T> => events.Add(payload);

        public void Rejected(Side side, in OrderRejected rejected, long venueTime, long requestSequence, bool now) => events.Add(rejected);

        public void Contradiction(TrackedOrder order, string what) => Contradictions.Add(what);

        public Log Then(Log more)
        {
            var both = new Log();
            both.events.AddRange(events);
            both.events.AddRange(more.events);
            both.Contradictions.AddRange(Contradictions.Concat(more.Contradictions));
            return both;
        }

        /// <summary>Accepted before anything, fills that never exceed what is left, nothing but a cancel's refusal after the end.</summary>
        public void Unvalued(in OrderFilled fill, string amount, string asset) => events.Add(asset);

        public bool IsLegal(out string why)
        {
            why = "";
            var accepted = false;
            var over = false;
            long? left = null;
            foreach (var happened in events)
            {
                switch (happened)
                {
                    case OrderAccepted when accepted || over:
                        why = "accepted twice";
                        break;
                    case OrderAccepted:
                        accepted = true;
                        break;
                    case OrderRejected when accepted || over:
                        why = "rejected late";
                        break;
                    case OrderRejected:
                        over = true;
                        break;
                    case OrderFilled fill when !accepted || over || (left is { } l && l - fill.Quantity != fill.Remaining) || fill.Remaining < 0:
                        why = $"fill of {fill.Quantity} leaving {fill.Remaining}";
                        break;
                    case OrderFilled fill:
                        left = fill.Remaining;
                        over = fill.Remaining == 0;
                        break;
                    case OrderCancelled or OrderExpired when !accepted || over:
                        why = "ended twice or too early";
                        break;
                    case OrderCancelled or OrderExpired:
                        over = true;
                        break;
                }
            }

            return why.Length == 0;
        }

        public override string ToString() => string.Join(", ", events.Select(e => e switch
        {
            OrderAccepted a => $"accepted {a.OrderId}",
            OrderRejected r => $"rejected {r.OrderId}",
            OrderFilled f => $"filled {f.OrderId}:{f.Quantity} left {f.Remaining}",
            OrderCancelled c => $"cancelled {c.OrderId} left {c.Remaining}",
            OrderExpired x => $"expired {x.OrderId} left {x.Remaining}",
            OrderCancelRejected j => $"cancel of {j.OrderId} rejected",
            _ => e.GetType().Name,
        }));
    }
}
