using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Live.Gateway.Orders;

/// <summary>The venue's words for a refusal as a reason (errors.md: −1013 "Filter failure", −2010 and its messages; reject reasons of executionReport).</summary>
internal static class RejectReasons
{
    /// <summary>The reason; <see cref="OrderRejectReason.Venue"/> for words that are not known.</summary>
    public static OrderRejectReason Of(string words)
    {
        if (Says("immediately match") || Says("WOULD_MATCH_IMMEDIATELY"))
        {
            return OrderRejectReason.WouldMatch;
        }

        if (Says("insufficient balance") || Says("INSUFFICIENT_BALANCE"))
        {
            return OrderRejectReason.Balance;
        }

        return Says("PRICE_FILTER") || Says("PERCENT_PRICE") ? OrderRejectReason.PriceFilter
            : Says("LOT_SIZE") ? OrderRejectReason.LotSize
            : Says("NOTIONAL") ? OrderRejectReason.Notional
            : OrderRejectReason.Venue;

        bool Says(string part) => words.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
