using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.VenueSim.Orders;

/// <summary>
/// Commission as Binance charges it: of what was received, base on a buy and quote on a sell, as the model does; or in
/// BNB at the account's rate with a quarter off, as long as there is enough of it.
/// </summary>
internal static class Fees
{
    /// <summary>The asset that commission can be paid in instead.</summary>
    public const string Bnb = "BNB";

    private const int BnbPercent = 75;

    /// <summary>The commission of a fill, as an amount, and its asset.</summary>
    public static (Int128 Amount, string Asset) Of(Account account, SymbolOrders market, Side side, long price, long quantity, Int128 value, bool isMaker)
    {
        var options = account.Options;
        var rate = isMaker ? options.MakerPartsPerMillion : options.TakerPartsPerMillion;
        if (options.BnbPrice > 0)
        {
            var scaled = (Int128)decimal.Truncate(options.BnbPrice * 100_000_000m);
            var bnb = Amount.Of(Division.MultiplyDivide(value, rate * BnbPercent, 10_000_000_000 * scaled, Rounding.Up), Amount.Shown);
            if (account.Funds.Free(Bnb) >= bnb)
            {
                return (bnb, Bnb);
            }
        }

        var fill = new OrderFilled { Side = side, Price = price, Quantity = quantity };
        Commission.Charge(ref fill, market.Instrument, rate);
        return (Amount.Of(fill.Commission, market.Instrument.CommissionDecimals), fill.CommissionAsset == FeeAsset.Base ? market.Instrument.BaseAsset : market.Instrument.QuoteAsset);
    }
}
