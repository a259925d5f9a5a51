using System.Text.Json;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>The prices that a reconciliation asks for.</summary>
internal sealed partial class Reconciler
{
    private const int NoSuchSymbol = -1121;

    // What filters and commissions are measured by. Where no price of the venue can be had, the venue's own check stands; where the
    // price of what commissions are paid in cannot, its words are returned.
    private async Task<string?> PricesAsync(OrderDesk desk, JsonElement account, CancellationToken ct)
    {
        if (desk.Rules.LimitsDistance)
        {
            // The venue measures by its reference price where the symbol has one, by the average of some minutes otherwise. A question that
            // was not answered says neither: what was known stays, rather than the other measure for a while.
            var symbol = desk.Instrument.Symbol;
            var (price, _, isUnanswered) = await NumberAsync($"/api/v3/referencePrice?symbol={symbol}", "referencePrice", ct).ConfigureAwait(false);
            if (price is null && !isUnanswered)
            {
                (price, _, _) = await NumberAsync($"/api/v3/avgPrice?symbol={symbol}", "price", ct).ConfigureAwait(false);
            }

            if (price is { } known)
            {
                lock (gateway.Gate)
                {
                    desk.AveragePrice = (long)(known * desk.Instrument.PriceScale.Factor);
                }
            }
        }

        List<string> assets;
        lock (gateway.Gate)
        {
            assets = [.. desk.Commissions.Assets];
            if (account.TryGetProperty("balances", out var list) && AccountJson.Balances(list, "asset", "free", "locked").Exists(b => b.Asset == "BNB" && b.Total > 0))
            {
                assets.Add("BNB");
            }
        }

        foreach (var asset in assets.Distinct().Where(a => a != desk.Instrument.BaseAsset && a != desk.Instrument.QuoteAsset))
        {
            var (rate, why, _) = await NumberAsync($"/api/v3/ticker/price?symbol={asset}{desk.Instrument.QuoteAsset}", "price", ct).ConfigureAwait(false);
            lock (gateway.Gate)
            {
                if (rate is { } observed)
                {
                    desk.Commissions.Observe(asset, (long)(observed * desk.Instrument.PriceScale.Factor));
                }
                else if (why is not null && !desk.Commissions.Knows(asset))
                {
                    return $"commissions may be charged in {asset}, and its price in {desk.Instrument.QuoteAsset} cannot be had: {why}";
                }
            }
        }

        return null;
    }

    // A number, or why there is none; neither when the venue has no such symbol, which will not change by asking. Unanswered is what may be answered another time.
    private async Task<(decimal? Number, string? Why, bool IsUnanswered)> NumberAsync(string path, string name, CancellationToken ct)
    {
        try
        {
            using var json = JsonDocument.Parse(await publicRest.GetAsync(path, 4, ct).ConfigureAwait(false));
            return (AccountJson.Amount(json.RootElement, name), null, false);
        }
        catch (VenueRefusedException e) when (e.Code == NoSuchSymbol)
        {
            return (null, null, false);
        }
        catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException or JsonException or MalformedMessageException)
        {
            return (null, e.Message.TrimEnd('.'), e is VenueOutOfReachException or JsonException or VenueRefusedException { IsPassing: true });
        }
    }
}
