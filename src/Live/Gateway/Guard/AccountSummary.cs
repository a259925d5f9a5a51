using System.Text.Json;
using EventSourcedMM.Live.Gateway.Limits;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Guard;

/// <summary>What an account is like, as far as trading needs to know.</summary>
/// <param name="Signing">How its keys sign.</param>
/// <param name="MayTrade">True when the account may trade.</param>
/// <param name="Assets">Assets with a balance.</param>
/// <param name="MakerRate">Maker commission as a part of the whole, as the venue writes it; empty when it does not say.</param>
/// <param name="OrdersUsed">Unfilled orders counted in the shortest window.</param>
/// <param name="OrdersLimit">What the venue allows in it.</param>
public sealed record AccountSummary(string Signing, bool MayTrade, int Assets, string MakerRate, long OrdersUsed, long OrdersLimit)
{
    /// <summary>The venue's number of the account (uid); 0 when it does not say.</summary>
    public long Account { get; init; }

    internal static AccountSummary Read(string signing, JsonElement account, JsonElement limits)
    {
        var orders = new OrderCountBudget();
        orders.Learn(limits);
        orders.Observe(limits, 0);
        var (used, limit, _) = orders.Short(0);
        return new AccountSummary(
            signing,
            !account.TryGetProperty("canTrade", out var may) || may.ValueKind == JsonValueKind.True,
            account.TryGetProperty("balances", out var list) ? AccountJson.Balances(list, "asset", "free", "locked").Count(b => b.Total > 0) : 0,
            account.TryGetProperty("commissionRates", out var rates) ? AccountJson.OptionalText(rates, "maker") : "",
            used,
            limit)
        {
            Account = AccountJson.OptionalNumber(account, "uid") ?? 0,
        };
    }
}
