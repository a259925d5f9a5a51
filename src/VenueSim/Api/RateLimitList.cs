using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>rateLimits as answers of the WebSocket API tell them.</summary>
internal static class RateLimitList
{
    /// <summary>The unfilled order count of an account, as a list of its own.</summary>
    public static void Orders(WireWriter json, UnfilledOrders unfilled, long now)
    {
        unfilled.Roll(now);
        json.Raw("["u8);
        Limit(json, "ORDERS", "SECOND", UnfilledOrders.ShortSeconds, unfilled.ShortLimit, unfilled.InShort);
        json.Raw(","u8);
        Limit(json, "ORDERS", "DAY", 1, unfilled.DayLimit, unfilled.InDay);
        json.Raw("]"u8);
    }

    /// <summary>A limit.</summary>
    public static void Limit(WireWriter json, string type, string interval, int number, long limit, long count)
    {
        json.Raw("{\"rateLimitType\":"u8);
        json.Text(type);
        json.Raw(",\"interval\":"u8);
        json.Text(interval);
        json.Raw(",\"intervalNum\":"u8);
        json.Number(number);
        json.Raw(",\"limit\":"u8);
        json.Number(limit);
        json.Raw(",\"count\":"u8);
        json.Number(count);
        json.Raw("}"u8);
    }
}
