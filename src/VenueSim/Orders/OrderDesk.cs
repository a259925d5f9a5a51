using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>
/// Takes, changes and ends orders, and settles fills: what the venue's matching engine does. Every change adds the
/// reports that the account's user data stream carries. Used by the loop alone.
/// </summary>
internal sealed class OrderDesk(VenueClock clock, bool modelRules)
{
    private long lastOrderId;
    private long lastReportId;
    private List<UserEvent> events = [];

    /// <summary>Told what fills outside of a request have caused, fill by fill.</summary>
    public Action<SymbolOrders, IReadOnlyList<UserEvent>>? Reported { get; set; }

    /// <summary>The time that limits are counted in.</summary>
    public long LimitTime => modelRules ? clock.Now : clock.LimitTime;

    /// <summary>Starts to collect the events of a request.</summary>
    public void Begin() => events = [];

    /// <summary>The events of the request, with the balances that they may have changed.</summary>
    public IReadOnlyList<UserEvent> Collect(Account account, SymbolOrders? market)
    {
        var collected = events;
        events = [];
        if (collected.Count > 0 && market is not null)
        {
            collected.Add(Position(account, market));
        }

        return collected;
    }

    /// <summary>The filters that are looked at before anything happens.</summary>
    /// <exception cref="RestException">One is broken.</exception>
    public static void RequireFilters(Account account, SymbolOrders market, OrderTicket ticket)
    {
        if (market.Rules.Broken(ticket, market.AveragePrice, account.CountOpen(market.Symbol)) is { } filter)
        {
            throw new RestException(VenueError.Filter(filter));
        }
    }

    /// <summary>The limits of unfilled orders.</summary>
    /// <exception cref="RestException">One is used up.</exception>
    public void RequireRoom(Account account)
    {
        if (account.Unfilled.Exceeded(LimitTime) is { } limit)
        {
            throw new RestException(VenueError.TooManyOrders(limit.Limit, limit.Interval) with { RetryAt = clock.Now + (limit.Until - LimitTime) });
        }
    }

    /// <summary>Takes a new order that has passed filters and limits.</summary>
    /// <exception cref="RestException">The matching engine refuses it; nothing has changed.</exception>
    public VenueOrder Place(Account account, SymbolOrders market, OrderTicket ticket)
    {
        if (!market.IsTrading || !market.Tracker.Book.HasBothSides)
        {
            throw new RestException(VenueError.Rejected("Market is closed."));
        }

        var id = lastOrderId + 1;
        var name = ticket.ClientOrderId.Length > 0 ? ticket.ClientOrderId : string.Create(CultureInfo.InvariantCulture, $"sim-{id}");
        if (account.FindOpen(market.Symbol, name) is not null)
        {
            throw new RestException(VenueError.Rejected("Duplicate order sent."));
        }

        var taking = ticket.Kind == OrderKind.LimitMaker ? Taking.Nothing : Taking.Plan(market, account, ticket);
        var (asset, amount) = Need(market, ticket, taking);
        if (account.Funds.Free(asset) < amount)
        {
            throw new RestException(VenueError.Rejected("Account has insufficient balance for requested action."));
        }

        var order = new VenueOrder
        {
            Id = id, Account = account, Market = market, Ticket = ticket, ClientOrderId = name,
            Quantity = ticket.Kind == OrderKind.Market && ticket.Quantity == 0 ? taking.Quantity : ticket.Quantity,
            CreatedAt = clock.Now, UpdatedAt = clock.Now,
        };
        if (ticket.Kind == OrderKind.LimitMaker)
        {
            RestAsMaker(order);
        }

        lastOrderId = id;
        account.Add(order);
        account.Open(order);
        account.Unfilled.Count(LimitTime);
        if (ticket.Kind != OrderKind.Market)
        {
            account.Funds.Lock(asset, LockOf(order));
        }

        Report(order, "NEW");
        if (ticket.Kind != OrderKind.LimitMaker)
        {
            Take(order, taking);
        }

        return order;
    }

    /// <summary>Cancels an open order.</summary>
    /// <param name="order">The order; it must be open.</param>
    /// <param name="newName">Client order id that it has from now on; null for one of the venue's.</param>
    public void Cancel(VenueOrder order, string? newName)
    {
        Unrest(order);
        End(order, OrderState.Cancelled, "");
        order.OriginalClientOrderId = order.ClientOrderId;
        order.ClientOrderId = newName ?? string.Create(CultureInfo.InvariantCulture, $"cancel-{order.Id}");
        Report(order, "CANCELED");
    }

    /// <summary>Leaves less of an open order, at its place in the queue.</summary>
    /// <exception cref="RestException">The new quantity is none that it can have.</exception>
    public long Amend(VenueOrder order, long quantity, string? newName)
    {
        if (order.Amendments >= SymbolRules.MostAmendments)
        {
            throw new RestException(VenueError.NotAmended("Order has already been amended the maximum number of times (MAX_NUM_ORDER_AMENDS)."));
        }

        if (quantity < order.Market.Rules.Instrument.MinQuantity || quantity % order.Market.Rules.Instrument.Lot != 0)
        {
            throw new RestException(VenueError.Filter("LOT_SIZE"));
        }

        if (quantity >= order.Quantity || quantity <= order.Executed + order.Prevented)
        {
            throw new RestException(VenueError.NotAmended(quantity > order.Quantity
                ? "Order amend (quantity increase) is not supported."
                : "The requested action would change no state; rejecting."));
        }

        var name = newName ?? string.Create(CultureInfo.InvariantCulture, $"amend-{order.Id}-{order.Amendments + 1}");
        if (name != order.ClientOrderId && order.Account.FindOpen(order.Symbol, name) is not null)
        {
            throw new RestException(VenueError.NotAmended("Duplicate order sent."));
        }

        var before = LockOf(order);
        order.Account.Close(order);
        order.OriginalClientOrderId = order.ClientOrderId;
        order.ClientOrderId = name;
        order.Account.Open(order);
        order.Quantity = quantity;
        order.Amendments++;
        order.UpdatedAt = clock.Now;
        order.Market.VenueOf(order.Account).Reduce(order.Side, order.Id, order.Remaining);
        order.Account.Funds.Lock(LockAsset(order), LockOf(order) - before);
        return Report(order, "REPLACED");
    }

    /// <summary>The model has filled a resting order.</summary>
    public void OnFilled(SymbolOrders market, Account account, OrderFilled fill)
    {
        var order = account.Orders[fill.OrderId];
        Begin();
        Settle(order, fill.Price, fill.Quantity, isMaker: true);
        Reported?.Invoke(market, Collect(account, market));
    }

    /// <summary>Fills an open order wholly at its own price, as if somebody had come before its cancel. A fault.</summary>
    public void FillWhole(VenueOrder order)
    {
        Unrest(order);
        Settle(order, order.Price, order.Remaining, isMaker: true);
    }

    /// <summary>The balances that an order of a symbol may have changed.</summary>
    public PositionEvent Position(Account account, SymbolOrders market) => PositionEvent.Of(
        account, clock.Now, account.Options.BnbPrice > 0 ? [market.Instrument.BaseAsset, market.Instrument.QuoteAsset, Fees.Bnb] : [market.Instrument.BaseAsset, market.Instrument.QuoteAsset]);

    private static string LockAsset(VenueOrder order) => order.Side == Side.Bid ? order.Market.Instrument.QuoteAsset : order.Market.Instrument.BaseAsset;

    // What a limit order keeps locked: its value of a bid, its quantity of an ask.
    private static Int128 LockOf(VenueOrder order) => LockOf(order.Market, order.Side, order.Price, order.Remaining);

    private static Int128 LockOf(SymbolOrders market, Side side, long price, long quantity) => side == Side.Bid
        ? Amount.Of((Int128)price * quantity, market.Instrument.MoneyDecimals)
        : Amount.Of(quantity, market.Instrument.QuantityScale.Decimals);

    private static (string Asset, Int128 Amount) Need(SymbolOrders market, OrderTicket ticket, Taking taking)
    {
        var asset = ticket.Side == Side.Bid ? market.Instrument.QuoteAsset : market.Instrument.BaseAsset;
        var amount = ticket.Kind != OrderKind.Market ? LockOf(market, ticket.Side, ticket.Price, ticket.Quantity)
            : ticket.Side == Side.Bid ? Amount.Of(taking.Value, market.Instrument.MoneyDecimals)
            : Amount.Of(Math.Max(taking.Quantity, ticket.Quantity), market.Instrument.QuantityScale.Decimals);
        return (asset, amount);
    }

    // Post-only: refused when it would take from the recorded book, or from the account's own orders. The model lets own
    // orders cross, so in lockstep, where the venue is held to the model, they do.
    private void RestAsMaker(VenueOrder order)
    {
        var venue = order.Market.VenueOf(order.Account);
        var own = order.Side == Side.Bid ? venue.Asks : venue.Bids;
        var meetsOwn = !modelRules && own.Length > 0 && (order.Side == Side.Bid ? order.Price >= own[0].Price : order.Price <= own[0].Price);
        var refusal = meetsOwn ? Domain.Orders.OrderRejectReason.WouldMatch : venue.Place(SymbolOrders.Request(order), order.Market.Tracker, out _);
        order.HasRested = refusal is null;
        if (refusal is not null)
        {
            throw new RestException(VenueError.Rejected(refusal == Domain.Orders.OrderRejectReason.WouldMatch ? "Order would immediately match and take." : "Market is closed."));
        }
    }

    private void Take(VenueOrder order, Taking taking)
    {
        foreach (var step in taking.Steps)
        {
            if (step.Own is { } own)
            {
                Prevent(order, own, step);
            }
            else
            {
                Settle(order, step.Price, step.Quantity, isMaker: false);
            }
        }

        if (!order.IsOpen)
        {
            return;
        }

        if (taking.TakerExpires)
        {
            End(order, OrderState.ExpiredInMatch, "");
            Report(order, "TRADE_PREVENTION");
        }
        else if (order.Remaining == 0)
        {
            End(order, OrderState.ExpiredInMatch, "");
            Report(order, "EXPIRED");
        }
        else if (order.Ticket.Kind == OrderKind.Market || order.Ticket.Time != OrderTime.GoodTillCancelled)
        {
            End(order, OrderState.Expired, order.Ticket.Kind == OrderKind.Market ? "INSUFFICIENT_LIQUIDITY" : order.Ticket.Time == OrderTime.ImmediateOrCancel ? "IMMEDIATE_OR_CANCEL" : "FILL_OR_KILL");
            Report(order, "EXPIRED");
        }
        else
        {
            order.HasRested = true;
            order.Market.VenueOf(order.Account).Rest(SymbolOrders.Request(order), order.Market.Tracker);
        }
    }

    // The taker would have met an order of its own account: what its mode says happens to both.
    private void Prevent(VenueOrder taker, VenueOrder maker, TakingStep step)
    {
        if (taker.Ticket.SelfTrade == SelfTrade.Decrement)
        {
            Decrement(taker, step.Quantity);
            Decrement(maker, step.Quantity);
            if (maker.Remaining > 0)
            {
                maker.Market.VenueOf(maker.Account).Reduce(maker.Side, maker.Id, maker.Remaining);
                Report(maker, "TRADE_PREVENTION");
                return;
            }
        }

        if (taker.Ticket.SelfTrade != SelfTrade.ExpireTaker)
        {
            Unrest(maker);
            End(maker, OrderState.ExpiredInMatch, "");
            Report(maker, "TRADE_PREVENTION");
        }
    }

    private void Decrement(VenueOrder order, long quantity)
    {
        var before = LockOf(order);
        order.Prevented += quantity;
        order.UpdatedAt = clock.Now;
        if (order.Ticket.Kind != OrderKind.Market)
        {
            order.Account.Funds.Lock(LockAsset(order), LockOf(order) - before);
        }
    }

    private void Settle(VenueOrder order, long price, long quantity, bool isMaker)
    {
        var (account, market) = (order.Account, order.Market);
        var instrument = market.Instrument;
        var value = Amount.Of((Int128)price * quantity, instrument.MoneyDecimals);
        var size = Amount.Of(quantity, instrument.QuantityScale.Decimals);
        var funds = account.Funds;
        if (order.Ticket.Kind != OrderKind.Market)
        {
            funds.Lock(LockAsset(order), -LockOf(market, order.Side, order.Price, quantity));
        }

        var (paid, payment, received, receipt) = order.Side == Side.Bid
            ? (instrument.QuoteAsset, value, instrument.BaseAsset, size)
            : (instrument.BaseAsset, size, instrument.QuoteAsset, value);
        funds.Add(paid, -payment);
        funds.Add(received, receipt);
        var (commission, asset) = Fees.Of(account, market, order.Side, price, quantity, value, isMaker);
        funds.Add(asset, -commission);
        if (order.Executed == 0)
        {
            account.Unfilled.Filled(LimitTime, isMaker);
        }

        order.Executed += quantity;
        order.ExecutedValue += value;
        order.UpdatedAt = clock.Now;
        account.UpdatedAt = clock.Now;
        var execution = new Execution(market.NextTradeId(), order, price, quantity, value, commission, asset, clock.Now, isMaker);
        account.Executions.Add(execution);
        if (order.Remaining == 0)
        {
            order.State = OrderState.Filled;
            account.Close(order);
        }
        else
        {
            order.State = OrderState.PartiallyFilled;
        }

        events.Add(ExecutionEvent.Of(order, "TRADE", ++lastReportId, execution));
    }

    // Takes a resting order out of the model's book.
    private static void Unrest(VenueOrder order)
    {
        if (order.HasRested && !order.Market.VenueOf(order.Account).Cancel(SymbolOrders.Request(order), out _))
        {
            throw new InvalidOperationException($"The simulated venue has order {order.Id} open, and its model does not.");
        }
    }

    private void End(VenueOrder order, OrderState state, string reason)
    {
        if (order.Ticket.Kind != OrderKind.Market)
        {
            order.Account.Funds.Lock(LockAsset(order), -LockOf(order));
        }

        order.Account.Close(order);
        order.State = state;
        order.ExpiryReason = reason;
        order.UpdatedAt = clock.Now;
        order.Account.UpdatedAt = clock.Now;
    }

    private long Report(VenueOrder order, string kind)
    {
        order.Account.UpdatedAt = clock.Now;
        events.Add(ExecutionEvent.Of(order, kind, ++lastReportId));
        return lastReportId;
    }
}
