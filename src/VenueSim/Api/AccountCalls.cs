using EventSourcedMM.Domain.Units;
using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>The calls that only ask about an account (web-socket-api.md, "Account requests"). Used by the loop alone.</summary>
internal sealed class AccountCalls(FaultDirector faults, OrderDesk desk, OrderCalls orders)
{
    private const int MostListed = 1_000;
    private const long Day = 86_400_000_000_000;
    private readonly WireWriter json = new();

    /// <summary>Answers a call.</summary>
    /// <exception cref="RestException">It is refused.</exception>
    public ApiOutcome Answer(string method, Account account, RestParameters parameters, TimeUnit unit)
    {
        json.Clear();
        switch (method)
        {
            case "order.status":
                Status(account, parameters, unit);
                break;
            case "openOrders.status":
                Open(account, parameters, unit);
                break;
            case "allOrders":
                All(account, parameters, unit);
                break;
            case "myTrades":
                Trades(account, parameters, unit);
                break;
            case "account.rateLimits.orders":
                parameters.RequireAllRead();
                RateLimitList.Orders(json, account.Unfilled, desk.LimitTime);
                break;
            case "myFilters":
                // No account of the simulated venue is limited beyond the symbol's filters.
                _ = orders.Market(parameters);
                parameters.RequireAllRead();
                json.Raw("{\"exchangeFilters\":[],\"symbolFilters\":[],\"assetFilters\":[]}"u8);
                break;
            case "account.commission":
                Commission(account, parameters);
                break;
            default:
                Balances(account, parameters, unit);
                break;
        }

        return new ApiOutcome(200, json.Span.ToArray());
    }

    private void Status(Account account, RestParameters parameters, TimeUnit unit)
    {
        var market = orders.Market(parameters);
        var order = OrderCalls.Find(account, market, parameters, "orderId", "origClientOrderId", onlyOpen: false);
        parameters.RequireAllRead();
        OrderPayloads.Status(json, unit, faults.ClockError, order ?? throw new RestException(VenueError.NoSuchOrder));
    }

    private void Open(Account account, RestParameters parameters, TimeUnit unit)
    {
        var open = parameters.Has("symbol") ? account.OpenOf(orders.Market(parameters).Symbol) : account.OpenOrders;
        parameters.RequireAllRead();
        List(open, order => OrderPayloads.Status(json, unit, faults.ClockError, order));
    }

    private void All(Account account, RestParameters parameters, TimeUnit unit)
    {
        var market = orders.Market(parameters);
        var first = parameters.Number("orderId");
        var (from, to) = Window(parameters);
        var limit = parameters.Limit(500, MostListed);
        parameters.RequireAllRead();
        var isTimed = from is not null || to is not null;
        var fitting = account.Orders.Values.Where(o => o.Symbol == market.Symbol
            && (isTimed ? (from is null || o.UpdatedAt >= from) && (to is null || o.UpdatedAt <= to) : first is null || o.Id >= first));
        var shown = isTimed || first is not null ? fitting.Take(limit) : fitting.TakeLast(limit);
        List(shown, order => OrderPayloads.Status(json, unit, faults.ClockError, order));
    }

    private void Trades(Account account, RestParameters parameters, TimeUnit unit)
    {
        var market = orders.Market(parameters);
        var orderId = parameters.Number("orderId");
        var first = parameters.Number("fromId");
        var (from, to) = Window(parameters);
        var limit = parameters.Limit(500, MostListed);
        parameters.RequireAllRead();
        if ((from is not null || to is not null) && (first is not null || orderId is not null))
        {
            throw new RestException(VenueError.BadCombination);
        }

        var fitting = account.Executions.Where(e => e.Order.Symbol == market.Symbol
            && (orderId is null || e.Order.Id == orderId) && (first is null || e.Id >= first)
            && (from is null || e.Time >= from) && (to is null || e.Time <= to));
        var shown = first is not null || from is not null ? fitting.Take(limit) : fitting.TakeLast(limit);
        List(shown, execution => OrderPayloads.Trade(json, unit, faults.ClockError, execution));
    }

    private void Balances(Account account, RestParameters parameters, TimeUnit unit)
    {
        var omitsZero = parameters.Text("omitZeroBalances") switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw new RestException(VenueError.Illegal("omitZeroBalances", "^(true|false)$")),
        };
        parameters.RequireAllRead();
        var (maker, taker) = (account.Options.MakerPartsPerMillion, account.Options.TakerPartsPerMillion);
        json.Raw("{\"makerCommission\":"u8);
        json.Number(maker / 100);
        json.Raw(",\"takerCommission\":"u8);
        json.Number(taker / 100);
        json.Raw(",\"buyerCommission\":0,\"sellerCommission\":0,\"commissionRates\":"u8);
        Rates(maker, taker);
        json.Raw(",\"canTrade\":true,\"canWithdraw\":true,\"canDeposit\":true,\"brokered\":false,\"requireSelfTradePrevention\":false,\"preventSor\":false,\"updateTime\":"u8);
        // An account that never changed has no time: 0, which a wrong clock must not make negative.
        json.Time(account.UpdatedAt == 0 ? 0 : account.UpdatedAt + faults.ClockError, unit);
        json.Raw(",\"accountType\":\"SPOT\",\"balances\":"u8);
        List(account.Funds.All.Where(b => !omitsZero || b.Free + b.Locked != 0), balance =>
        {
            json.Raw("{\"asset\":"u8);
            json.Text(balance.Asset);
            json.Raw(",\"free\":"u8);
            json.Text(Amount.Text(balance.Free));
            json.Raw(",\"locked\":"u8);
            json.Text(Amount.Text(balance.Locked));
            json.Raw("}"u8);
        });
        json.Raw(",\"permissions\":[\"SPOT\"],\"uid\":"u8);
        json.Number(account.Ordinal);
        json.Raw("}"u8);
    }

    private void Commission(Account account, RestParameters parameters)
    {
        var market = orders.Market(parameters);
        parameters.RequireAllRead();
        json.Raw("{\"symbol\":"u8);
        json.Text(market.Symbol);
        json.Raw(",\"standardCommission\":"u8);
        Rates(account.Options.MakerPartsPerMillion, account.Options.TakerPartsPerMillion);
        json.Raw(",\"specialCommission\":"u8);
        Rates(0, 0);
        json.Raw(",\"taxCommission\":"u8);
        Rates(0, 0);
        json.Raw(",\"discount\":{\"enabledForAccount\":"u8);
        json.Flag(account.Options.BnbPrice > 0);
        json.Raw(",\"enabledForSymbol\":true,\"discountAsset\":\"BNB\",\"discount\":\"0.75000000\"}}"u8);
    }

    private void Rates(long maker, long taker)
    {
        json.Raw("{\"maker\":"u8);
        json.Text(FixedPoint.Format(maker, 6, 8));
        json.Raw(",\"taker\":"u8);
        json.Text(FixedPoint.Format(taker, 6, 8));
        json.Raw(",\"buyer\":\"0.00000000\",\"seller\":\"0.00000000\"}"u8);
    }

    private void List<T>(IEnumerable<T> items, Action<T> write)
    {
        json.Raw("["u8);
        var follows = false;
        foreach (var item in items)
        {
            json.Raw(follows ? ","u8 : default);
            follows = true;
            write(item);
        }

        json.Raw("]"u8);
    }

    private static (long? From, long? To) Window(RestParameters parameters)
    {
        var (from, to) = (parameters.Time("startTime"), parameters.Time("endTime"));
        return from is not null && to is not null && (to < from || to - from > Day)
            ? throw new RestException(new VenueError(400, -1127, "More than 24 hours between startTime and endTime."))
            : (from, to);
    }
}
