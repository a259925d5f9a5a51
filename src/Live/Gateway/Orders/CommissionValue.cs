using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Gateway.Orders;

/// <summary>
/// Commission of a fill as the venue charged it, and its value in quote: base at the fill's price, quote as it is, a
/// third asset (BNB) at the last rate that was observed, which is reported before the first fill valued with it.
/// </summary>
internal sealed class CommissionValue(Instrument instrument)
{
    private readonly Dictionary<string, long> rates = new(StringComparer.Ordinal);
    private readonly HashSet<string> reported = new(StringComparer.Ordinal);

    /// <summary>Told of every fill with what was charged for it.</summary>
    public Action<OrderFilled, string, string>? Charged { get; set; }

    /// <summary>Third assets that commissions were charged in.</summary>
    public HashSet<string> Assets { get; } = new(StringComparer.Ordinal);

    /// <summary>A third asset's price in quote.</summary>
    public void Observe(string asset, long rate)
    {
        if (rates.GetValueOrDefault(asset) != rate)
        {
            rates[asset] = rate;
            reported.Remove(asset);
        }
    }

    /// <summary>Fills in commission, asset and value.</summary>
    /// <param name="fill">The fill with price and quantity.</param>
    /// <param name="amount">The venue's amount.</param>
    /// <param name="asset">The venue's asset; empty for none.</param>
    /// <param name="sink">Receives the rate.</param>
    public void Set(ref OrderFilled fill, string amount, string asset, IReportSink sink)
    {
        var decimals = instrument.CommissionDecimals;
        fill.Commission = FixedPoint.Parse(amount, new Scale(decimals));
        if (asset == instrument.BaseAsset)
        {
            fill.CommissionAsset = FeeAsset.Base;
            fill.CommissionValue = (Int128)fill.Commission * Power(instrument.QuantityScale.Decimals - decimals) * fill.Price;
        }
        else if (asset.Length == 0 || asset == instrument.QuoteAsset)
        {
            fill.CommissionAsset = FeeAsset.Quote;
            fill.CommissionValue = fill.Commission * Power(instrument.MoneyDecimals - decimals);
        }
        else
        {
            Assets.Add(asset);
            var rate = rates.GetValueOrDefault(asset);
            if (rate > 0 && reported.Add(asset))
            {
                sink.Emit(new RateObserved { Asset = asset, Rate = rate }, 0, 0);
            }

            fill.CommissionAsset = FeeAsset.Other;
            fill.CommissionValue = (Int128)fill.Commission * Power(instrument.QuantityScale.Decimals - decimals) * rate;
        }

        Charged?.Invoke(fill, amount, asset);
    }

    private static Int128 Power(int exponent)
    {
        Int128 power = 1;
        for (; exponent > 0; exponent--)
        {
            power *= 10;
        }

        return power;
    }
}
