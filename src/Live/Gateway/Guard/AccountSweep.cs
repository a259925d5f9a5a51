using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Session;

namespace EventSourcedMM.Live.Gateway.Guard;

/// <summary>Asks about an account and cancels its orders over REST alone, without a gateway, an engine or a journal.</summary>
public sealed class AccountSweep : IDisposable
{
    private const int StampRefused = -1021;

    private readonly ApiKeys keys;
    private readonly Clock clock;
    private readonly RestClient publicRest;
    private readonly SignedRest rest;
    private readonly TimeSpan timeOut = TimeSpan.FromSeconds(10);
    private long offset;

    /// <summary>A sweep of an account.</summary>
    public AccountSweep(VenueEndpoint endpoint, ApiKeys keys, Clock clock)
    {
        this.keys = keys;
        this.clock = clock;
        publicRest = new RestClient(endpoint, clock) { TimeOut = timeOut };
        rest = new SignedRest(endpoint, keys, clock, publicRest.Budget, null);
    }

    /// <summary>Measures the clock and asks for the account: proves that the keys are good and may trade.</summary>
    /// <returns>How the keys sign, and what the account has.</returns>
    /// <exception cref="GatewayException">The keys are refused, or may not trade.</exception>
    /// <exception cref="VenueOutOfReachException">The venue cannot be reached.</exception>
    /// <exception cref="VenueRefusedException">The venue does not serve now.</exception>
    public async Task<AccountSummary> CheckAsync(CancellationToken ct)
    {
        await MeasureAsync(ct).ConfigureAwait(false);
        var answer = await CallAsync(VenueMethod.Account, new RequestParameters().Add("omitZeroBalances", true), ct).ConfigureAwait(false);
        var limits = answer.Kind == AnswerKind.Done ? await CallAsync(VenueMethod.OrderLimits, new RequestParameters(), ct).ConfigureAwait(false) : answer;
        if (limits.Kind != AnswerKind.Done)
        {
            throw limits.Kind switch
            {
                AnswerKind.Refused when limits.Status is not (429 or 418) => new GatewayException($"{rest.Host} refuses the API key: {limits.Words}. Check that key and secret belong together, are for this endpoint (testnet and demo have their own), and are not limited to another address."),
                AnswerKind.Refused => new VenueRefusedException(limits.Status, limits.Code, $"{rest.Host} does not serve now: {limits.Words}.") { RetryAfter = limits.RetryAfter },
                _ => new VenueOutOfReachException($"{rest.Host} did not answer: {limits.Words}."),
            };
        }

        return AccountSummary.Read(keys.Kind, answer.Body, limits.Body);
    }

    /// <summary>Connects to the WebSocket API and subscribes to the account, as a live run does, and closes again.</summary>
    /// <returns>How long it took.</returns>
    /// <exception cref="GatewayException">The keys are refused, or the endpoint takes no orders.</exception>
    /// <exception cref="VenueOutOfReachException">There is no connection.</exception>
    /// <exception cref="VenueRefusedException">The venue does not serve now.</exception>
    public async Task<TimeSpan> ProbeAsync(CancellationToken ct)
    {
        await MeasureAsync(ct).ConfigureAwait(false);
        var began = clock.GetTimestamp();
        await using var link = new AccountLink(publicRest.Endpoint, keys, clock, new GatewayOptions { Weight = publicRest.Budget }, new OrderCountBudget(), new NoOwner()) { Offset = offset };
        await link.ConnectAsync(ct).ConfigureAwait(false);
        var took = clock.GetElapsedTime(began);
        await link.CloseAsync().ConfigureAwait(false);
        return took;
    }

    /// <summary>Cancels everything in some symbols and confirms it; never throws for the venue's sake.</summary>
    public async Task<IReadOnlyList<CancelAllOutcome>> CancelAllAsync(IReadOnlyList<string> symbols, CancellationToken ct)
    {
        try
        {
            await MeasureAsync(ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException or OperationCanceledException)
        {
            // The last measurement has to do; the first request says what is wrong.
        }

        return await Task.WhenAll(symbols.Select(s => new CancelSweep(s, CallAsync, clock).RunAsync(_ => { }, () => 0, ct))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        rest.Dispose();
        publicRest.Dispose();
    }

    // A probe asks nothing and hears nothing.
    private sealed class NoOwner : ILinkOwner
    {
        public void OnEvent(System.Text.Json.JsonElement json)
        {
        }

        public void OnUp()
        {
        }

        public void OnDown(string why)
        {
        }

        public void OnLimit(VenueMethod method, VenueAnswer answer)
        {
        }

        public void OnHeld(VenueMethod method, TimeSpan wait)
        {
        }

        public void OnStampRefused()
        {
        }

        public void OnFailed(Exception failure)
        {
        }
    }

    private async Task MeasureAsync(CancellationToken ct) => offset = (await publicRest.TimeAsync(clock, ct).ConfigureAwait(false)).Offset;

    private Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, CancellationToken ct) => CallAsync(method, parameters, isSecond: false, ct);

    private async Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, bool isSecond, CancellationToken ct)
    {
        while (publicRest.Budget.Take(method.Weight, clock.Now, urgent: true) is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, clock, ct).ConfigureAwait(false);
        }

        // The longest window that the venue knows: what is cancelled late is cancelled all the same.
        var stamped = parameters.Copy().Add("recvWindow", 60_000).Add("timestamp", (clock.Now - offset) / Nanoseconds.PerMillisecond);
        var answer = await rest.SendAsync(method, stamped, timeOut, ct).ConfigureAwait(false);
        if (answer.Code == StampRefused && !isSecond)
        {
            // The clock was set, or the measurement came late: nothing about the keys.
            try
            {
                await MeasureAsync(ct).ConfigureAwait(false);
            }
            catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException)
            {
                return answer;
            }

            return await CallAsync(method, parameters, isSecond: true, ct).ConfigureAwait(false);
        }

        if (answer.IsLimit)
        {
            publicRest.Budget.Block(answer.RetryAfter, clock.Now);
        }

        return answer;
    }
}
