using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>
/// The way of a signed call through the venue: its way there, weight, key, what it does, what goes wrong, its answer and
/// the reports, the way back. WebSocket API and REST share it. Used by the loop alone.
/// </summary>
internal sealed class CallDesk
{
    private readonly VenueClock clock;
    private readonly FaultDirector faults;
    private readonly RequestWeights weights;
    private readonly Authenticator authenticator;
    private readonly OrderDesk desk;
    private readonly OrderCalls orders;
    private readonly AccountCalls accounts;
    private readonly SessionCalls sessions;
    private readonly UserStreams streams;
    private readonly OrderRoute route;
    private readonly LockstepDesk lockstep;

    /// <summary>A desk that no call has come to.</summary>
    public CallDesk(
        VenueClock clock, FaultDirector faults, RequestWeights weights, Authenticator authenticator, OrderDesk desk, OrderCalls orders,
        AccountCalls accounts, SessionCalls sessions, UserStreams streams, OrderRoute route, LockstepDesk lockstep)
    {
        this.clock = clock;
        this.faults = faults;
        this.weights = weights;
        this.authenticator = authenticator;
        this.desk = desk;
        this.orders = orders;
        this.accounts = accounts;
        this.sessions = sessions;
        this.streams = streams;
        this.route = route;
        this.lockstep = lockstep;
        desk.Reported = (market, events) => route.Back(market.Symbol, isReport: true, () => Tell(events));
    }

    /// <summary>A call was sent to the venue.</summary>
    public void Receive(ApiRequest request)
    {
        if (request.Method.ChangesOrders && lockstep.IsOn)
        {
            lockstep.Received();
        }

        var name = request.Method.Name;
        var cut = request.Method.ChangesOrders ? faults.ForRequest(clock.Now, FaultKind.CutRequest, name) : null;
        if (cut is not null)
        {
            request.Cut();
            if (!cut.Value.Coin)
            {
                return;
            }
        }

        route.There(request.Method.ChangesOrders, () => Serve(request));
    }

    private void Serve(ApiRequest request)
    {
        var name = request.Method.Name;
        if (faults.ForRequest(clock.Now, FaultKind.Ban, name) is { } ban)
        {
            weights.Ban(desk.LimitTime, ban.Length);
        }

        Account? account = null;
        ApiOutcome outcome;
        try
        {
            Charge(request.Method.Weight(request.Parameters));
            if (faults.ForRequest(clock.Now, FaultKind.ServerError, name) is { } error)
            {
                throw new RestException(VenueError.ServerFault(error.Status));
            }

            var key = request.Method.IsSigned ? authenticator.Check(request) : null;
            account = key?.Account;
            outcome = Do(request, key);
        }
        catch (RestException e)
        {
            outcome = ApiOutcome.Of(e.Error);
        }

        Deliver(request, account, outcome);
    }

    // Executed or not, but nobody is told.
    private ApiOutcome Do(ApiRequest request, ApiKey? key)
    {
        if (request.Method.IsSession)
        {
            return sessions.Do(request, key);
        }

        if (!request.Method.ChangesOrders && request.Method.Name != "order.test")
        {
            return accounts.Answer(request.Method.Name, key!.Account, request.Parameters, request.Unit);
        }

        if (!request.Method.ChangesOrders || faults.ForRequest(clock.Now, FaultKind.UnknownStatus, request.Method.Name) is not { } unknown)
        {
            return orders.Do(request.Method.Name, key!.Account, request.Parameters, request.Unit);
        }

        var events = unknown.Coin ? orders.Do(request.Method.Name, key!.Account, request.Parameters, request.Unit).Events : [];
        return ApiOutcome.Of(VenueError.ServerFault(504)) with { Events = events };
    }

    private void Charge(int weight)
    {
        var verdict = weights.Charge(desk.LimitTime, weight);
        if (verdict.Answer == WeightAnswer.Served)
        {
            return;
        }

        var until = clock.Now + (verdict.Answer == WeightAnswer.Banned ? verdict.BannedUntil - desk.LimitTime : verdict.RetryAfter * 1_000_000_000);
        throw new RestException((verdict.Answer == WeightAnswer.Refused
            ? VenueError.TooMuchWeight(weights.Limit)
            : VenueError.Banned(until / 1_000_000)) with
        { RetryAt = until });
    }

    private void Deliver(ApiRequest request, Account? account, ApiOutcome outcome)
    {
        (long, long)? counts = null;
        if (request.Method.CountsOrders && account is not null)
        {
            account.Unfilled.Roll(desk.LimitTime);
            counts = (account.Unfilled.InShort, account.Unfilled.InDay);
        }

        var wait = outcome.RetryAt > 0 ? Math.Max(1, (outcome.RetryAt - clock.Now + 999_999_999) / 1_000_000_000) : 0;
        var reply = new ApiReply(outcome, weights.Used, counts, wait);
        var changes = request.Method.ChangesOrders;
        var lost = changes && faults.ForRequest(clock.Now, FaultKind.LostAnswer, request.Method.Name) is not null;
        var early = changes && outcome.Events.Count > 0 && faults.ForRequest(clock.Now, FaultKind.EarlyReport, request.Method.Name) is not null;
        Action send = () =>
        {
            if (early)
            {
                Tell(outcome.Events);
            }

            if (!lost)
            {
                request.Answer(reply);
            }

            if (!early)
            {
                Tell(outcome.Events);
            }
        };
        if (changes || !lockstep.IsOn)
        {
            route.Back(outcome.Symbol, isReport: false, send);
        }
        else
        {
            send();
        }
    }

    private void Tell(IReadOnlyList<UserEvent> events)
    {
        foreach (var told in events)
        {
            streams.Send(told);
        }
    }
}
