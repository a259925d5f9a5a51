using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Instruments;

/// <summary>
/// What a symbol trades in: scales, tick, lot and smallest order (Binance exchangeInfo: PRICE_FILTER.tickSize,
/// LOT_SIZE.stepSize and minQty, NOTIONAL.minNotional).
/// </summary>
public sealed record Instrument
{
    /// <summary>Venue symbol in capitals, such as BTCUSDT.</summary>
    public required string Symbol { get; init; }

    /// <summary>Base asset (what is bought).</summary>
    public required string BaseAsset { get; init; }

    /// <summary>Quote asset (what is paid).</summary>
    public required string QuoteAsset { get; init; }

    /// <summary>Scale of prices.</summary>
    public Scale PriceScale { get; init; } = Scale.Eight;

    /// <summary>Scale of quantities.</summary>
    public Scale QuantityScale { get; init; } = Scale.Eight;

    /// <summary>Smallest price step of our own orders, in price units, positive.</summary>
    public required long Tick { get; init; }

    /// <summary>Smallest quantity step of our own orders, in quantity units, positive.</summary>
    public required long Lot { get; init; }

    /// <summary>Smallest order quantity, in quantity units; at least one lot.</summary>
    public required long MinQuantity { get; init; }

    /// <summary>Smallest order value price × quantity, in money units (see <see cref="MoneyDecimals"/>); 0 for none.</summary>
    public Int128 MinNotional { get; init; }

    /// <summary>Decimals of commission amounts: Binance charges commissions at 8 decimals (exchangeInfo: base/quoteCommissionPrecision).</summary>
    public int CommissionDecimals { get; init; } = 8;

    /// <summary>Where these values came from: exchangeInfo, file, shipped list or inferred.</summary>
    public InstrumentSource Source { get; init; }

    /// <summary>Money is the exact product price × quantity: its decimals are the sum of both scales'.</summary>
    public int MoneyDecimals => PriceScale.Decimals + QuantityScale.Decimals;

    /// <summary>Checks that the values are possible.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public Instrument Validated()
    {
        Require(Symbol.Length is > 0 and <= 32 && Symbol.All(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9')), nameof(Symbol), "must be capital letters and digits");
        Require(PriceScale.Decimals is >= 0 and <= Scale.MaxDecimals, nameof(PriceScale), "must be 0 to 18 decimals");
        Require(QuantityScale.Decimals is >= 0 and <= Scale.MaxDecimals, nameof(QuantityScale), "must be 0 to 18 decimals");
        Require(Tick > 0, nameof(Tick), "must be positive");
        Require(Lot > 0, nameof(Lot), "must be positive");
        Require(MinQuantity >= Lot, nameof(MinQuantity), "must be at least one lot");
        Require(MinNotional >= 0, nameof(MinNotional), "must not be negative");
        Require(CommissionDecimals >= 0 && CommissionDecimals <= QuantityScale.Decimals && CommissionDecimals <= MoneyDecimals, nameof(CommissionDecimals), "must not be finer than the quantity scale");
        return this;
    }

    /// <summary>Writes it in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        foreach (var text in (ReadOnlySpan<string>)[Symbol, BaseAsset, QuoteAsset])
        {
            var value = text;
            writer.Text("text", ref value);
        }

        foreach (var whole in (ReadOnlySpan<long>)[PriceScale.Decimals, QuantityScale.Decimals, Tick, Lot, MinQuantity, CommissionDecimals, (long)Source])
        {
            writer.Signed(whole);
        }

        var least = MinNotional;
        writer.Money("minNotional", ref least);
    }

    /// <summary>A price as decimal text.</summary>
    public string FormatPrice(long price) => FixedPoint.Format(price, PriceScale);

    /// <summary>A quantity as decimal text.</summary>
    public string FormatQuantity(long quantity) => FixedPoint.Format(quantity, QuantityScale);

    /// <summary>A money amount as decimal text.</summary>
    public string FormatMoney(Int128 money) => FixedPoint.Format(money, MoneyDecimals);

    private void Require(bool holds, string field, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"Instrument {Symbol}: {field} {rule}.");
        }
    }
}

/// <summary>Where an instrument's values came from, best first.</summary>
public enum InstrumentSource
{
    /// <summary>Given by the user in a file.</summary>
    File = 0,

    /// <summary>Recorded from the venue's exchangeInfo.</summary>
    ExchangeInfo = 1,

    /// <summary>The list shipped with the program.</summary>
    Shipped = 2,

    /// <summary>Inferred from the printed prices and quantities: a lower bound on tick and lot, minimum notional unknown.</summary>
    Inferred = 3,
}
