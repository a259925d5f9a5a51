namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>What an account holds: free, and locked by its open orders. Neither is ever negative.</summary>
internal sealed class Funds
{
    private readonly SortedDictionary<string, Holding> assets = new(StringComparer.Ordinal);

    /// <summary>Assets in the order of their names.</summary>
    public IEnumerable<(string Asset, Int128 Free, Int128 Locked)> All => assets.Select(a => (a.Key, a.Value.Free, a.Value.Locked));

    /// <summary>Free amount of an asset.</summary>
    public Int128 Free(string asset) => assets.TryGetValue(asset, out var holding) ? holding.Free : 0;

    /// <summary>Locked amount of an asset.</summary>
    public Int128 Locked(string asset) => assets.TryGetValue(asset, out var holding) ? holding.Locked : 0;

    /// <summary>Receives an amount, or pays a free one when it is negative.</summary>
    /// <exception cref="InvalidOperationException">There is not as much.</exception>
    public void Add(string asset, Int128 amount) => Change(asset, amount, 0);

    /// <summary>Locks a free amount; a negative one frees what is locked.</summary>
    /// <exception cref="InvalidOperationException">There is not as much.</exception>
    public void Lock(string asset, Int128 amount) => Change(asset, -amount, amount);

    /// <summary>Pays a locked amount.</summary>
    /// <exception cref="InvalidOperationException">There is not as much.</exception>
    public void Spend(string asset, Int128 amount) => Change(asset, 0, -amount);

    private void Change(string asset, Int128 free, Int128 locked)
    {
        assets.TryGetValue(asset, out var holding);
        holding = new Holding(holding.Free + free, holding.Locked + locked);
        if (holding.Free < 0 || holding.Locked < 0)
        {
            throw new InvalidOperationException($"The simulated venue's accounting is broken: {asset} would have {Amount.Text(holding.Free)} free and {Amount.Text(holding.Locked)} locked.");
        }

        assets[asset] = holding;
    }

    private readonly record struct Holding(Int128 Free, Int128 Locked);
}
