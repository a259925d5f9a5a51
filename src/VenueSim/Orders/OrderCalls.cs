using System.Text;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Api;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>The calls that change orders, from parameters to answer (web-socket-api.md, "Trading requests"). Used by the loop alone.</summary>
internal sealed class OrderCalls(VenueClock clock, FaultDirector faults, OrderDesk desk, IReadOnlyDictionary<string, SymbolOrders> markets)
{
    private readonly WireWriter json = new();

    /// <summary>Does a call and returns its answer; a refusal, too: something may have happened all the same.</summary>
    public ApiOutcome Do(string method, Account account, RestParameters parameters, TimeUnit unit)
    {
        desk.Begin();
        json.Clear();
        SymbolOrders? market = null;
        ApiOutcome answer;
        try
        {
            market = Market(parameters);
            answer = Do(method, account, market, parameters, unit);
        }
        catch (RestException e)
        {
            answer = ApiOutcome.Of(e.Error);
        }

        return answer with { Events = desk.Collect(account, market), Symbol = market?.Symbol ?? "" };
    }


    /// <summary>The order that a request names by orderId, client order id, or both.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="market">Where.</param>
    /// <param name="parameters">The request.</param>
    /// <param name="idName">Name of the parameter with the venue's id.</param>
    /// <param name="nameName">Name of the one with the client's.</param>
    /// <param name="onlyOpen">True when only an open order will do.</param>
    /// <returns>Null when there is none.</returns>
    public static VenueOrder? Find(Account account, SymbolOrders market, RestParameters parameters, string idName, string nameName, bool onlyOpen)
    {
        var id = parameters.Number(idName);
        var name = parameters.Text(nameName);
        if (id is null && name is null)
        {
            throw new RestException(VenueError.NeitherOf(nameName, idName));
        }

        var order = id is not null ? account.Orders.GetValueOrDefault(id.Value)
            : onlyOpen ? account.FindOpen(market.Symbol, name!)
            : account.FindAny(market.Symbol, name!);
        return order is not null && order.Symbol == market.Symbol && (name is null || order.ClientOrderId == name) && (order.IsOpen || !onlyOpen) ? order : null;
    }

    /// <summary>The symbol that a request must name.</summary>
    public SymbolOrders Market(RestParameters parameters)
    {
        var symbol = parameters.Symbol() ?? throw new RestException(VenueError.Missing("symbol"));
        return markets.TryGetValue(symbol, out var market) ? market : throw new RestException(VenueError.BadSymbol);
    }

    private ApiOutcome Do(string method, Account account, SymbolOrders market, RestParameters parameters, TimeUnit unit) => method switch
    {
        "order.place" => Place(account, market, parameters, unit),
        "order.test" => Test(account, market, parameters),
        "order.cancel" => Cancel(account, market, parameters, unit),
        "order.cancelReplace" => Replace(account, market, parameters, unit),
        "order.amend.keepPriority" => Amend(account, market, parameters, unit),
        _ => CancelAll(account, market, parameters, unit),
    };

    private ApiOutcome Place(Account account, SymbolOrders market, RestParameters parameters, TimeUnit unit)
    {
        var ticket = TicketReader.Read(parameters, market);
        parameters.RequireAllRead();
        OrderDesk.RequireFilters(account, market, ticket);
        desk.RequireRoom(account);
        RequireBalance(account, "order.place");
        OrderPayloads.Placed(json, unit, faults.ClockError, desk.Place(account, market, ticket));
        return Done();
    }

    private ApiOutcome Test(Account account, SymbolOrders market, RestParameters parameters)
    {
        var ticket = TicketReader.Read(parameters, market);
        parameters.RequireAllRead();
        OrderDesk.RequireFilters(account, market, ticket);
        json.Raw("{}"u8);
        return Done();
    }

    private ApiOutcome Cancel(Account account, SymbolOrders market, RestParameters parameters, TimeUnit unit)
    {
        var order = Find(account, market, parameters, "orderId", "origClientOrderId", onlyOpen: true);
        var newName = TicketReader.Name(parameters, "newClientOrderId");
        var restriction = Restriction(parameters);
        parameters.RequireAllRead();
        OrderPayloads.Cancelled(json, unit, faults.ClockError, Cancel(order, newName, restriction));
        return Done();
    }

    private ApiOutcome CancelAll(Account account, SymbolOrders market, RestParameters parameters, TimeUnit unit)
    {
        parameters.RequireAllRead();
        var open = account.OpenOf(market.Symbol).ToArray();
        if (open.Length == 0)
        {
            throw new RestException(VenueError.UnknownOrder);
        }

        json.Raw("["u8);
        for (var i = 0; i < open.Length; i++)
        {
            json.Raw(i > 0 ? ","u8 : default);
            desk.Cancel(open[i], null);
            OrderPayloads.Cancelled(json, unit, faults.ClockError, open[i]);
        }

        json.Raw("]"u8);
        return Done();
    }

    private ApiOutcome Amend(Account account, SymbolOrders market, RestParameters parameters, TimeUnit unit)
    {
        var order = Find(account, market, parameters, "orderId", "origClientOrderId", onlyOpen: true);
        var newName = TicketReader.Name(parameters, "newClientOrderId");
        var quantity = TicketReader.Decimal(parameters, "newQty", market.Instrument.QuantityScale) ?? throw new RestException(VenueError.Missing("newQty"));
        parameters.RequireAllRead();
        if (order is null)
        {
            throw new RestException(VenueError.NoSuchOrder);
        }

        var reportId = desk.Amend(order, quantity, newName);
        OrderPayloads.Amended(json, unit, faults.ClockError, order, reportId);
        return Done();
    }

    private ApiOutcome Replace(Account account, SymbolOrders market, RestParameters parameters, TimeUnit unit)
    {
        var stops = parameters.Text("cancelReplaceMode") switch
        {
            "STOP_ON_FAILURE" => true,
            "ALLOW_FAILURE" => false,
            null => throw new RestException(VenueError.Missing("cancelReplaceMode")),
            _ => throw new RestException(VenueError.Invalid("cancelReplaceMode")),
        };
        var cancelOnly = parameters.Text("orderRateLimitExceededMode") switch
        {
            null or "DO_NOTHING" => false,
            "CANCEL_ONLY" => true,
            _ => throw new RestException(VenueError.Invalid("orderRateLimitExceededMode")),
        };
        var cancelled = Find(account, market, parameters, "cancelOrderId", "cancelOrigClientOrderId", onlyOpen: true);
        var newName = TicketReader.Name(parameters, "cancelNewClientOrderId");
        var restriction = Restriction(parameters);
        var ticket = TicketReader.Read(parameters, market);
        parameters.RequireAllRead();
        OrderDesk.RequireFilters(account, market, ticket);
        VenueError? overLimit = null;
        try
        {
            desk.RequireRoom(account);
        }
        catch (RestException e) when (cancelOnly)
        {
            overLimit = e.Error;
        }

        var (cancelText, cancelOk) = Try(() => OrderPayloads.Cancelled(json, unit, faults.ClockError, Cancel(cancelled, newName, restriction)));
        var (placeText, placeOk) = ("null", false);
        var isTried = cancelOk || !stops;
        if (isTried)
        {
            (placeText, placeOk) = Try(() =>
            {
                if (overLimit is not null)
                {
                    throw new RestException(overLimit);
                }

                if (faults.ForRequest(clock.Now, FaultKind.HalfReplace, "order.cancelReplace") is not null)
                {
                    throw new RestException(VenueError.Rejected("Order would immediately match and take."));
                }

                RequireBalance(account, "order.cancelReplace");
                OrderPayloads.Placed(json, unit, faults.ClockError, desk.Place(account, market, ticket));
            });
        }
        else
        {
            account.Unfilled.Count(desk.LimitTime);
        }

        var result = $"{{\"cancelResult\":\"{(cancelOk ? "SUCCESS" : "FAILURE")}\",\"newOrderResult\":\"{(placeOk ? "SUCCESS" : isTried ? "FAILURE" : "NOT_ATTEMPTED")}\",\"cancelResponse\":{cancelText},\"newOrderResponse\":{placeText}}}";
        return (cancelOk, placeOk) switch
        {
            (true, true) => new ApiOutcome(200, Encoding.UTF8.GetBytes(result)),
            (false, false) => ApiOutcome.Of(new VenueError(400, -2022, "Order cancel-replace failed.") { Data = result }),
            _ => ApiOutcome.Of(new VenueError(409, -2021, "Order cancel-replace partially failed.") { Data = result }),
        };
    }

    // A part of a cancel-replace: its answer or its error, as JSON.
    private (string Text, bool Done) Try(Action part)
    {
        json.Clear();
        try
        {
            part();
            return (Encoding.UTF8.GetString(json.Span), true);
        }
        catch (RestException e)
        {
            return (Encoding.UTF8.GetString(ApiOutcome.Of(e.Error).Body), false);
        }
    }

    private VenueOrder Cancel(VenueOrder? order, string? newName, OrderState? restriction)
    {
        if (order is not null && faults.ForRequest(clock.Now, FaultKind.FillBeforeCancel, "order.cancel") is not null)
        {
            desk.FillWhole(order);
            throw new RestException(VenueError.UnknownOrder);
        }

        if (order is null)
        {
            throw new RestException(VenueError.UnknownOrder);
        }

        if (restriction is not null && order.State != restriction)
        {
            throw new RestException(VenueError.Restricted);
        }

        desk.Cancel(order, newName);
        return order;
    }

    private void RequireBalance(Account account, string method)
    {
        if (faults.ForRequest(clock.Now, FaultKind.EchoKeys, method) is not null)
        {
            throw new RestException(VenueError.Rejected($"The request of {string.Join(" and ", account.Keys.Select(k => k.Echo()))} is refused."));
        }

        if (faults.ForRequest(clock.Now, FaultKind.NoBalance, method) is not null)
        {
            throw new RestException(VenueError.Rejected("Account has insufficient balance for requested action."));
        }
    }

    private static OrderState? Restriction(RestParameters parameters) => parameters.Text("cancelRestrictions") switch
    {
        null => null,
        "ONLY_NEW" => OrderState.New,
        "ONLY_PARTIALLY_FILLED" => OrderState.PartiallyFilled,
        _ => throw new RestException(VenueError.BadRestrictions),
    };

    private ApiOutcome Done() => new(200, json.Span.ToArray());
}
