using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Gateway.Orders;

/// <summary>
/// Commission of a fill as the venue charged it, and its value in quote: base at the fill's price, quote as it is, a
/// third asset (BNB) at the last rate that was observed, which is reported before the first fill valued with it. The value
/// is exact in the venue's digits; where the instrument's scales hold fewer, both are rounded up: a cost is never understated.
/// </summary>
internal sealed class CommissionValue(Instrument instrument)
{
    private readonly Dictionary<string, long> rates = new(StringComparer.Ordinal);
    private readonly HashSet<string> reported = new(StringComparer.Ordinal);

    /// <summary>Told of every fill with what was charged for it.</summary>
    public Action<OrderFilled, string, string>? Charged { get; set; }

    /// <summary>Third assets that commissions were charged in.</summary>
    public HashSet<string> Assets { get; } = new(StringComparer.Ordinal);

    /// <summary>True when an asset's price in quote is known.</summary>
    public bool Knows(string asset) => rates.ContainsKey(asset);

    /// <summary>A third asset's price in quote.</summary>
    public void Observe(string asset, long rate)
    {
        if (rate > 0 && rates.GetValueOrDefault(asset) != rate)
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
    /// <exception cref="FormatException">The amount is no decimal; nothing was told or counted.</exception>
    public void Set(ref OrderFilled fill, string amount, string asset, IReportSink sink)
    {
        var (digits, places) = Digits(amount);
        fill.Commission = (long)Scaled(digits, 1, places, instrument.CommissionDecimals);
        if (asset == instrument.BaseAsset)
        {
            fill.CommissionAsset = FeeAsset.Base;
            fill.CommissionValue = Scaled(digits, fill.Price, places, instrument.QuantityScale.Decimals);
        }
        else if (asset.Length == 0 || asset == instrument.QuoteAsset)
        {
            fill.CommissionAsset = FeeAsset.Quote;
            fill.CommissionValue = Scaled(digits, 1, places, instrument.MoneyDecimals);
        }
        else
        {
            Assets.Add(asset);
            fill.CommissionAsset = FeeAsset.Other;
            if (rates.TryGetValue(asset, out var rate))
            {
                fill.CommissionValue = Scaled(digits, rate, places, instrument.QuantityScale.Decimals);
                if (reported.Add(asset))
                {
                    sink.Emit(new RateObserved { Asset = asset, Rate = rate }, 0, 0);
                }
            }
            else if (digits != 0)
            {
                sink.Unvalued(fill, amount, asset);
            }
        }

        Charged?.Invoke(fill, amount, asset);
    }

    // amount × factor at so many decimals, rounded up.
    private static Int128 Scaled(Int128 digits, long factor, int places, int decimals) => decimals >= places
        ? digits * factor * Power(decimals - places)
        : Division.MultiplyDivide(digits, factor, Power(places - decimals), Rounding.Up);

    // All digits that the venue wrote, however many: what a fill cost does not depend on the scale of the instrument.
    private static (Int128 Digits, int Places) Digits(string amount)
    {
        Int128 digits = 0;
        var places = -1;
        var any = false;
        var negative = amount.StartsWith('-');
        foreach (var c in amount.AsSpan(negative ? 1 : 0))
        {
            if (c == '.' && places < 0)
            {
                places = 0;
                continue;
            }

            if (!char.IsAsciiDigit(c) || places >= Scale.MaxDecimals)
            {
                throw new FormatException($"\"{amount}\" is no commission: a decimal with at most {Scale.MaxDecimals} places was expected.");
            }

            any = true;
            digits = checked((digits * 10) + (c - '0'));
            places += places >= 0 ? 1 : 0;
        }

        return any ? (negative ? -digits : digits, Math.Max(0, places)) : throw new FormatException($"\"{amount}\" is no commission.");
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
