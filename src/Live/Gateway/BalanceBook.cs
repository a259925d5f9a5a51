using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// The account's balances as the venue last said, and what fills and transfers make of them: where the two part,
/// somebody else traded, or something was missed.
/// </summary>
internal sealed class BalanceBook
{
    private readonly Dictionary<string, AssetBalance> balances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, decimal> expected = new(StringComparer.Ordinal);

    private readonly Dictionary<string, decimal> suspects = new(StringComparer.Ordinal);

    private readonly Dictionary<string, long> stamps = new(StringComparer.Ordinal);
    private long snapshotTime = long.MinValue;

    /// <summary>Fills counted so far.</summary>
    public long Fills { get; private set; }

    /// <summary>The venue's stamp of the last change.</summary>
    public long UpdateTime { get; private set; }

    /// <summary>Assets with a balance.</summary>
    public IEnumerable<string> Held => balances.Where(b => b.Value.Total > 0).Select(b => b.Key);

    /// <summary>Balances that the venue reports.</summary>
    public void Set(IEnumerable<AssetBalance> reported, long time)
    {
        // Reports may come in any order, each naming other assets: of one asset an older one does not undo a newer one.
        UpdateTime = Math.Max(UpdateTime, time);
        foreach (var balance in reported)
        {
            if (time >= Math.Max(snapshotTime, stamps.GetValueOrDefault(balance.Asset, long.MinValue)))
            {
                stamps[balance.Asset] = time;
                balances[balance.Asset] = balance;
            }
        }
    }

    /// <summary>All balances that the venue has; an asset that is not among them has none.</summary>
    public void SetAll(IReadOnlyCollection<AssetBalance> all, long time)
    {
        if (time >= UpdateTime)
        {
            balances.Clear();
            snapshotTime = time;
            Set(all, time);
        }
    }

    /// <summary>A fill changes what is expected.</summary>
    public void Filled(Instrument instrument, in OrderFilled fill, string commission, string commissionAsset)
    {
        Fills++;
        var sign = fill.Side == Side.Bid ? 1 : -1;
        var quantity = Amount(fill.Quantity, instrument.QuantityScale.Decimals);
        Add(instrument.BaseAsset, sign * quantity);
        Add(instrument.QuoteAsset, -sign * quantity * Amount(fill.Price, instrument.PriceScale.Decimals));
        if (commissionAsset.Length > 0)
        {
            Add(commissionAsset, -decimal.Parse(commission, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    /// <summary>True when balances are expected before the venue has told any: from a run's journal.</summary>
    public bool Expects => expected.Count > 0;

    /// <summary>True when a difference was seen once and is to be looked at again.</summary>
    public bool Suspects => suspects.Count > 0;

    /// <summary>
    /// Expects what the journals of a run say. An asset of several symbols is expected only where all of them were compared last in the same
    /// reconciliation: what one of them does not know of, the others' fills may have changed.
    /// </summary>
    public void Expect(IReadOnlyCollection<DeskStart> starts)
    {
        foreach (var asset in starts.SelectMany(s => new[] { s.Instrument.BaseAsset, s.Instrument.QuoteAsset }).Distinct(StringComparer.Ordinal))
        {
            var of = starts.Where(s => s.Instrument.BaseAsset == asset || s.Instrument.QuoteAsset == asset).ToArray();
            if (Array.Exists(of, s => s.Balances is null) || of.Select(s => s.Balances!.Reconciliation).Distinct().Count() > 1)
            {
                continue;
            }

            expected[asset] = Total(of[0], asset);
            foreach (var start in of)
            {
                foreach (var fill in start.Balances!.Since)
                {
                    expected[asset] += Change(start.Instrument, fill, asset);
                }
            }
        }
    }

    /// <summary>A transfer changes what is expected.</summary>
    public void Transferred(string asset, decimal delta) => Add(asset, delta);

    /// <summary>Compares, and tells differences that stood the last time already; what the venue says is expected from then on.</summary>
    /// <param name="assets">Assets to compare.</param>
    /// <param name="believe">True: only learn.</param>
    public List<(string Asset, decimal Expected, decimal Actual)> Compare(IEnumerable<string> assets, bool believe)
    {
        var differences = new List<(string, decimal, decimal)>();
        foreach (var asset in assets.Distinct(StringComparer.Ordinal))
        {
            var actual = balances.TryGetValue(asset, out var balance) ? balance.Total : 0;
            if (believe || !expected.TryGetValue(asset, out var should) || should == actual)
            {
                suspects.Remove(asset);
                expected[asset] = actual;
            }
            else if (suspects.TryGetValue(asset, out var before) && before == actual - should)
            {
                suspects.Remove(asset);
                expected[asset] = actual;
                differences.Add((asset, should, actual));
            }
            else
            {
                // The venue's lists may lag behind each other: what is still so the next time is a difference.
                suspects[asset] = actual - should;
            }
        }

        return differences;
    }

    /// <summary>The balances of a symbol's two assets as an event.</summary>
    public BalanceReported Of(Instrument instrument)
    {
        var money = instrument.MoneyDecimals;
        var held = balances.GetValueOrDefault(instrument.BaseAsset);
        var paid = balances.GetValueOrDefault(instrument.QuoteAsset);
        return new BalanceReported
        {
            BaseFree = (long)Units(held.Free, instrument.QuantityScale.Decimals),
            BaseLocked = (long)Units(held.Locked, instrument.QuantityScale.Decimals),
            QuoteFree = Units(paid.Free, money),
            QuoteLocked = Units(paid.Locked, money),
            UpdateTime = UpdateTime,
        };
    }

    private static decimal Total(DeskStart start, string asset)
    {
        var (reported, instrument) = (start.Balances!.Reported, start.Instrument);
        return asset == instrument.BaseAsset
            ? Amount(reported.BaseFree + reported.BaseLocked, instrument.QuantityScale.Decimals)
            : decimal.Parse(Domain.Units.FixedPoint.Format(reported.QuoteFree + reported.QuoteLocked, instrument.MoneyDecimals), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static decimal Change(Instrument instrument, in OrderFilled fill, string asset)
    {
        var sign = fill.Side == Side.Bid ? 1 : -1;
        var quantity = Amount(fill.Quantity, instrument.QuantityScale.Decimals);
        var change = asset == instrument.BaseAsset ? sign * quantity : -sign * quantity * Amount(fill.Price, instrument.PriceScale.Decimals);
        var charged = fill.CommissionAsset switch
        {
            Domain.Orders.FeeAsset.Base => instrument.BaseAsset,
            Domain.Orders.FeeAsset.Quote => instrument.QuoteAsset,
            _ => "",
        };
        return charged == asset ? change - Amount(fill.Commission, instrument.CommissionDecimals) : change;
    }

    private static decimal Amount(long units, int decimals)
    {
        decimal amount = units;
        for (; decimals > 0; decimals--)
        {
            amount /= 10;
        }

        return amount;
    }

    // Digits that the scale cannot hold are cut off: what is free is never overstated. A decimal has 28 digits, the result more.
    private static Int128 Units(decimal amount, int decimals)
    {
        var whole = decimal.Truncate(amount);
        var units = (Int128)whole;
        var rest = amount - whole;
        for (var i = 0; i < decimals; i++)
        {
            rest *= 10;
            var digit = decimal.Truncate(rest);
            units = (units * 10) + (Int128)digit;
            rest -= digit;
        }

        return units;
    }

    private void Add(string asset, decimal delta)
    {
        if (expected.TryGetValue(asset, out var value))
        {
            expected[asset] = value + delta;
        }
    }
}
