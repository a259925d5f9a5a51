using System.Text.Json;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Limits;

/// <summary>Asks the venue at the start for the limits that the gateway keeps.</summary>
internal sealed class LimitLearner(Lock gate, IAccountLink link, RestClient publicRest, OrderCountBudget orderCount, GatewayOptions options, Clock clock)
{
    private readonly HashSet<string> symbolsOfKnownAssets = new(StringComparer.Ordinal);

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

    /// <summary>
    /// Learns what the account may transact of each symbol's assets in one order, where it has not yet. Where it cannot be had, the venue's own
    /// check stands until it is asked again.
    /// </summary>
    public async Task LearnAssetsAsync(IReadOnlyDictionary<string, OrderDesk> desks, CancellationToken ct)
    {
        foreach (var (symbol, desk) in desks.Where(d => !symbolsOfKnownAssets.Contains(d.Key)))
        {
            var answer = await link.CallAsync(VenueMethod.RelevantFilters, new RequestParameters().Add("symbol", symbol), ct).ConfigureAwait(false);
            if (answer.Kind == AnswerKind.Done && answer.Body.ValueKind == JsonValueKind.Object && answer.Body.TryGetProperty("assetFilters", out var filters))
            {
                lock (gate)
                {
                    desk.Rules.LearnAssets(filters);
                }

                symbolsOfKnownAssets.Add(symbol);
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

    /// <summary>
    /// What exchangeInfo says of the desks' symbols while they are traded. One that is not traded now takes its desk down until it is again;
    /// other filters than those that the run began with end its run, since its journal says that they were in force.
    /// </summary>
    /// <exception cref="Instruments.InstrumentException">It cannot be read.</exception>
    internal void Refresh(byte[] exchangeInfo, IReadOnlyDictionary<string, OrderDesk> desks)
    {
        using var json = JsonDocument.Parse(exchangeInfo);
        lock (gate)
        {
            foreach (var entry in json.RootElement.TryGetProperty("symbols", out var symbols) ? AccountJson.Array(symbols) : default)
            {
                if (desks.GetValueOrDefault(AccountJson.OptionalText(entry, "symbol")) is not { } desk)
                {
                    continue;
                }

                desk.Status = AccountJson.OptionalText(entry, "status");
                desk.IsHalted = desk.Status is { Length: > 0 } and not "TRADING";
                if (desk.IsHalted)
                {
                    continue;
                }

                if (Instruments.InstrumentJson.Read(exchangeInfo, desk.Instrument.Symbol, "exchangeInfo", Domain.Instruments.InstrumentSource.ExchangeInfo) is { } now && now != desk.Instrument)
                {
                    desk.Fail(new GatewayException($"The venue has changed the filters of {desk.Instrument.Symbol} ({Differences(desk.Instrument, now)}): the run, which began with the old ones, ends. Start another one."));
                    continue;
                }

                // The account's own limits are not told here.
                var most = desk.Rules.MostOfAsset;
                desk.Rules = SymbolRules.Read(entry, desk.Instrument);
                desk.Rules.MostOfAsset = most;
            }
        }
    }

    /// <summary>Why a desk is down whose symbol the venue does not trade.</summary>
    internal static string NotTraded(OrderDesk desk) => $"the venue does not trade {desk.Instrument.Symbol} now: its status is {desk.Status}";

    private static string Differences(Domain.Instruments.Instrument old, Domain.Instruments.Instrument now)
    {
        (string Name, string Before, string After)[] all =
        [
            ("tick", old.FormatPrice(old.Tick), now.FormatPrice(now.Tick)),
            ("lot", old.FormatQuantity(old.Lot), now.FormatQuantity(now.Lot)),
            ("minQuantity", old.FormatQuantity(old.MinQuantity), now.FormatQuantity(now.MinQuantity)),
            ("minNotional", old.FormatMoney(old.MinNotional), now.FormatMoney(now.MinNotional)),
        ];
        var changed = all.Where(d => d.Before != d.After).Select(d => $"{d.Name} was {d.Before} and is {d.After}").ToArray();
        return changed.Length > 0 ? string.Join(", ", changed) : "its precisions";
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
