using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Inventory;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections;

/// <summary>Deciding what to quote (docs/model.md, "Evaluation").</summary>
public static partial class Engine
{
    private static void Evaluate(EngineState state, Cause source, QuoteTrigger trigger, Outbox outbox)
    {
        if (!state.Running)
        {
            return;
        }

        if (state.BookUsable)
        {
            state.Risk.Observe(state.Ledger.Equity(state.MidTwice));
            HaltIfBroken(state, source, outbox);
        }

        if (state.Flattening)
        {
            Flatten(state, source, trigger, outbox);
            return;
        }

        var stop = FindStop(state);
        if (stop.Reason != StopReason.None)
        {
            StopQuoting(state, source, stop, outbox);
            return;
        }

        var inputs = new QuoteInputs
        {
            BestBid = state.BestBid,
            BestAsk = state.BestAsk,
            Inventory = state.Inventory,
            Variance = state.Volatility!.Variance,
            Horizon = Horizon(state),
        };
        if (!QuotePrices.TryCompute(state.Setup!, inputs, out var prices))
        {
            StopQuoting(state, source, new StopVerdict(StopReason.ModelFailed, 0, 0), outbox);
            return;
        }

        Quote(state, source, trigger, inputs, prices, outbox);
    }

    private static void HaltIfBroken(EngineState state, Cause source, Outbox outbox)
    {
        if (state.Risk.Halted != HaltReason.None)
        {
            return;
        }

        var verdict = RiskGate.Losses(state.Parameters, state.Risk.DayPnl, state.Risk.Drawdown);
        if (verdict.Reason != HaltReason.None)
        {
            state.Risk.Halted = verdict.Reason;
            outbox.Add(source, state.Now, new Halted { Reason = verdict.Reason, Observed = verdict.Observed, Limit = verdict.Limit });
        }
    }

    // The first reason that applies, in the order of docs/model.md.
    private static StopVerdict FindStop(EngineState state)
    {
        var parameters = state.Parameters;
        if (state.Killed)
        {
            return new StopVerdict(StopReason.KillSwitch, 0, 0);
        }

        if (state.Risk.Halted != HaltReason.None)
        {
            return new StopVerdict(StopReason.Halted, (long)state.Risk.Halted, 0);
        }

        if (state.Portfolio.Mode == PortfolioMode.Halt)
        {
            return new StopVerdict(StopReason.Portfolio, (long)state.Portfolio.Reason, state.Portfolio.Verdict);
        }

        if (state.Disconnected)
        {
            return new StopVerdict(StopReason.Disconnected, 0, 0);
        }

        if (!state.BookUsable)
        {
            return new StopVerdict(StopReason.BookNotSynced, 0, 0);
        }

        var stale = RiskGate.Staleness(parameters, state.Now - state.LastMarketTime);
        if (stale.Reason != StopReason.None)
        {
            return stale;
        }

        var clock = RiskGate.Clock(parameters, state.Account.ClockError);
        if (clock.Reason != StopReason.None)
        {
            return clock;
        }

        if (!state.Volatility!.IsReady)
        {
            return new StopVerdict(StopReason.WarmingUp, state.Volatility.Changes, state.Volatility.Warmup);
        }

        if (parameters.Horizon == HorizonMode.Session && state.WindowEnd - state.Now <= parameters.SessionStop)
        {
            return new StopVerdict(StopReason.SessionOver, state.WindowEnd - state.Now, parameters.SessionStop);
        }

        return RiskGate.Width(parameters, state.BestBid, state.BestAsk);
    }

    private static double Horizon(EngineState state) => state.Parameters.Horizon switch
    {
        HorizonMode.Session => (state.WindowEnd - state.Now) / (double)Nanoseconds.PerSecond,
        HorizonMode.Rolling => state.RollingHorizon,
        _ => 0,
    };

    private static void StopQuoting(EngineState state, Cause source, StopVerdict stop, Outbox outbox)
    {
        if (state.Stop.Reason != stop.Reason)
        {
            outbox.Add(source, state.Now, new QuotingStopped { Reason = stop.Reason, Book = state.Tracker.State, Observed = stop.Observed, Limit = stop.Limit });
        }

        state.Stop = stop;
        var reason = stop.Reason is StopReason.Halted or StopReason.KillSwitch ? CancelReason.Halted : CancelReason.QuotingStopped;
        for (var i = 0; i < state.Orders.Count; i++)
        {
            if (state.Orders.Span[i].Status == OrderStatus.Resting)
            {
                Cancel(state, source, i, reason, outbox);
            }
        }
    }

    private static void Quote(EngineState state, Cause source, QuoteTrigger trigger, in QuoteInputs inputs, in QuotePrices prices, Outbox outbox)
    {
        var setup = state.Setup!;
        var midTwice = inputs.BestBid + inputs.BestAsk;
        var portfolio = state.Portfolio;
        var bidReason = SideTargets.Fill(setup, portfolio, Side.Bid, prices.Bid, midTwice, inputs.Inventory, state.BidTargets, out var bids);
        var askReason = SideTargets.Fill(setup, portfolio, Side.Ask, prices.Ask, midTwice, inputs.Inventory, state.AskTargets, out var asks);
        if (portfolio.HasQuoteLimit)
        {
            bidReason = SideTargets.Cut(Side.Bid, setup.Instrument, portfolio.QuoteLimit + state.Ledger.Cash, state.BidTargets, ref bids, bidReason, SideReason.PortfolioLimit);
        }

        bidReason = state.Account.Cut(Side.Bid, setup.Instrument, state.BidTargets, ref bids, bidReason);
        askReason = state.Account.Cut(Side.Ask, setup.Instrument, state.AskTargets, ref asks, askReason);
        var changed = state.Stop.Reason != StopReason.None || state.Decisions == 0 || bidReason != state.BidReason || askReason != state.AskReason;
        if (!changed && !AnyAction(state, Side.Bid, bids) && !AnyAction(state, Side.Ask, asks))
        {
            return;
        }

        // What rests may stay while it is wanted as it is; what is not cannot be replaced, and is not left at a price that nobody wants.
        if (setup.Parameters.MaxOrders > 0 && Wanted(state, Side.Bid, bids) + Wanted(state, Side.Ask, asks) is > 0 and var wanted
            && state.RecentOrders.Count(state.Now) + wanted > setup.Parameters.MaxOrders)
        {
            StopQuoting(state, source, new StopVerdict(StopReason.OrderRate, state.RecentOrders.Count(state.Now) + wanted, setup.Parameters.MaxOrders), outbox);
            return;
        }

        state.Stop = StopVerdict.Go;
        state.BidReason = bidReason;
        state.AskReason = askReason;
        state.Decisions++;
        outbox.Add(source, state.Now, new QuoteDecided
        {
            Decision = state.Decisions,
            Trigger = trigger,
            BestBid = inputs.BestBid,
            BestAsk = inputs.BestAsk,
            Inventory = inputs.Inventory,
            Mid = prices.Mid,
            Variance = inputs.Variance,
            RiskAversion = setup.Parameters.Gamma,
            Decay = setup.Parameters.Decay,
            Horizon = inputs.Horizon,
            ReservationPrice = prices.Model.ReservationPrice,
            Spread = prices.Model.Spread,
            InventoryShift = prices.InventoryShift,
            ModelBid = prices.ModelBid,
            ModelAsk = prices.ModelAsk,
            BidClamps = (long)prices.BidClamps,
            AskClamps = (long)prices.AskClamps,
            BidReason = bidReason,
            AskReason = askReason,
            Bids = new LevelList(state.BidTargets, 0, bids),
            Asks = new LevelList(state.AskTargets, 0, asks),
        });

        // Cancels before new orders, bids before asks, nearest the mid first.
        var submitBids = CancelSide(state, source, Side.Bid, bids, outbox);
        var submitAsks = CancelSide(state, source, Side.Ask, asks, outbox);
        SubmitSide(state, source, Side.Bid, submitBids, outbox);
        SubmitSide(state, source, Side.Ask, submitAsks, outbox);
    }

    private static Level[] Targets(EngineState state, Side side) => side == Side.Bid ? state.BidTargets : state.AskTargets;

    // What a slot needs: nothing, a cancel, an order, or a cancel and an order.
    private static SlotAction Compare(EngineState state, Side side, int level, int targets)
    {
        var resting = state.Orders.Resting(side, level, out var inFlight);
        if (inFlight)
        {
            // Unanswered requests are never overtaken; the answer makes the engine look again.
            return SlotAction.None;
        }

        if (resting < 0)
        {
            return level < targets && HasRoom(state, side, Targets(state, side)[level]) ? SlotAction.Submit : SlotAction.None;
        }

        if (level >= targets)
        {
            return SlotAction.Cancel;
        }

        ref readonly var order = ref state.Orders.Span[resting];
        var target = Targets(state, side)[level];
        if (order.Remaining > target.Quantity)
        {
            return SlotAction.Replace;
        }

        var far = Math.Abs(order.Price - target.Price) >= state.Parameters.RequoteDistance;
        var old = state.Now - order.RequestedAt >= state.Parameters.MinQuoteLife;
        return far && old ? SlotAction.Replace : SlotAction.None;
    }

    // Every working order counts, also those whose cancel is not confirmed: they may still fill.
    private static bool HasRoom(EngineState state, Side side, in Level target)
    {
        var held = side == Side.Bid ? state.Inventory : -state.Inventory;
        var resting = state.Orders.Exposure(side);
        return held + resting + target.Quantity <= state.Portfolio.MostAt(target.Price, InventoryControl.Limit(state.Parameters, target.Price))
            && (side == Side.Ask || state.Portfolio.CoversBid(state.Ledger.Cash, state.Orders.Value(Side.Bid), (Int128)target.Price * target.Quantity))
            && state.Account.Covers(side, side == Side.Ask ? resting : state.Orders.Value(side), target);
    }

    // New orders that a side asks for.
    private static int Wanted(EngineState state, Side side, int targets)
    {
        var wanted = 0;
        for (var level = 0; level < state.Parameters.Levels; level++)
        {
            wanted += Compare(state, side, level, targets) is SlotAction.Submit or SlotAction.Replace ? 1 : 0;
        }

        return wanted;
    }

    private static bool AnyAction(EngineState state, Side side, int targets)
    {
        for (var level = 0; level < state.Parameters.Levels; level++)
        {
            if (Compare(state, side, level, targets) != SlotAction.None)
            {
                return true;
            }
        }

        return false;
    }

    // Returns the levels that want an order, as bits.
    private static int CancelSide(EngineState state, Cause source, Side side, int targets, Outbox outbox)
    {
        var submit = 0;
        for (var level = 0; level < state.Parameters.Levels; level++)
        {
            var action = Compare(state, side, level, targets);
            if (action is SlotAction.Submit or SlotAction.Replace)
            {
                submit |= 1 << level;
            }

            if (action is SlotAction.Cancel or SlotAction.Replace)
            {
                var resting = state.Orders.Resting(side, level, out _);
                Cancel(state, source, resting, action == SlotAction.Cancel ? CancelReason.SidePulled : CancelReason.Replaced, outbox);
            }
        }

        return submit;
    }

    private static void SubmitSide(EngineState state, Cause source, Side side, int levels, Outbox outbox)
    {
        for (var level = 0; levels >> level != 0; level++)
        {
            var target = Targets(state, side)[level];
            if ((levels >> level & 1) == 0 || !HasRoom(state, side, target))
            {
                continue;
            }

            if (state.Parameters.MaxOrders > 0)
            {
                state.RecentOrders.Add(state.Now);
            }

            Submit(state, source, side, level, target, OrderExecution.PostOnly, outbox);
        }
    }

    private static void Submit(EngineState state, Cause source, Side side, int level, in Level target, OrderExecution execution, Outbox outbox)
    {
        var orderId = ++state.LastOrderId;
        state.Orders.Add(new WorkingOrder
        {
            OrderId = orderId,
            Side = side,
            Level = level,
            Price = target.Price,
            Remaining = target.Quantity,
            RequestedAt = state.Now,
            Status = OrderStatus.PendingNew,
        });
        var decision = 0L;
        if (execution == OrderExecution.PostOnly)
        {
            decision = state.Decisions;
            state.Own?.Placed(orderId, side, target.Price);
        }

        outbox.Add(
            source,
            state.Now,
            new OrderSubmitted { OrderId = orderId, Side = side, Level = level, Price = target.Price, Quantity = target.Quantity, Decision = decision, Execution = execution },
            new OrderRequest(IsCancel: false, orderId, side, target.Price, target.Quantity, execution));
    }

    private static void Cancel(EngineState state, Cause source, int index, CancelReason reason, Outbox outbox)
    {
        ref var order = ref state.Orders.Span[index];
        order.Status = OrderStatus.PendingCancel;
        outbox.Add(
            source,
            state.Now,
            new OrderCancelRequested { OrderId = order.OrderId, Reason = reason },
            new OrderRequest(IsCancel: true, order.OrderId, order.Side, order.Price, order.Remaining));
    }

    private enum SlotAction
    {
        None,
        Cancel,
        Submit,
        Replace,
    }
}
