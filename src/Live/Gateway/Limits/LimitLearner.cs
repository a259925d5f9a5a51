using System.Text.Json;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Limits;

/// <summary>Asks the venue at the start for the limits that the gateway keeps.</summary>
internal sealed class LimitLearner(Lock gate, IAccountLink link, RestClient publicRest, OrderCountBudget orderCount, GatewayOptions options, Clock clock)
{
    /// <summary>Orders that the account may have resting in all symbols together; 0 for no limit.</summary>
    public long MostOrders { get; private set; }

    /// <summary>Learns what the account has used of its order counts, by this program or another. Where it cannot be had, the first answer tells.</summary>
    public async Task LearnCountsAsync(CancellationToken ct)
    {
        var answer = await link.CallAsync(VenueMethod.OrderLimits, new RequestParameters(), ct).ConfigureAwait(false);
        if (answer.Kind == AnswerKind.Done)
        {
            lock (orderCount)
            {
                orderCount.Observe(answer.Body, clock.Now);
            }
        }
    }

    /// <summary>Learns the filters of every desk's symbol, and the order counts that are allowed.</summary>
    /// <exception cref="GatewayException">A symbol cannot be traded.</exception>
    public async Task LearnRulesAsync(IReadOnlyDictionary<string, OrderDesk> desks, CancellationToken ct)
    {
        var body = await publicRest.ExchangeInfoAsync([.. desks.Keys], ct).ConfigureAwait(false);
        using var json = JsonDocument.Parse(body);
        lock (orderCount)
        {
            if (json.RootElement.TryGetProperty("rateLimits", out var limits))
            {
                orderCount.Learn(limits);
            }
        }

        lock (gate)
        {
            LearnExchange(json.RootElement);
            foreach (var entry in json.RootElement.GetProperty("symbols").EnumerateArray())
            {
                if (desks.GetValueOrDefault(AccountJson.Text(entry, "symbol")) is { } desk)
                {
                    desk.Rules = SymbolRules.Read(entry, desk.Instrument);
                    if ((desk.Start.SelfTradePrevention ?? options.SelfTradePrevention) is { } mode && desk.Rules.SelfTradePreventionModes.Count > 0 && !desk.Rules.SelfTradePreventionModes.Contains(mode))
                    {
                        throw new GatewayException($"{desk.Instrument.Symbol} does not allow the self-trade prevention mode {mode}: it allows {string.Join(", ", desk.Rules.SelfTradePreventionModes)}.");
                    }
                }
            }
        }
    }

    /// <summary>Learns the filters of the whole exchange from exchangeInfo.</summary>
    internal void LearnExchange(JsonElement exchangeInfo)
    {
        foreach (var filter in exchangeInfo.TryGetProperty("exchangeFilters", out var filters) ? AccountJson.Array(filters) : default)
        {
            if (AccountJson.OptionalText(filter, "filterType") == "EXCHANGE_MAX_NUM_ORDERS")
            {
                MostOrders = AccountJson.Number(filter, "maxNumOrders");
            }
        }
    }
}
