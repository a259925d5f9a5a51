using EventSourcedMM.VenueSim.Rest;

namespace EventSourcedMM.VenueSim.Accounts;

/// <summary>The venue's accounts. Used by the loop alone.</summary>
internal sealed class AccountDesk(RateLimits limits)
{
    // What an account holds unless it is asked for something else: enough to quote, of every asset that is traded here.
    private const decimal UsualBase = 1_000;
    private const decimal UsualQuote = 1_000_000;

    private readonly List<Account> accounts = [];
    private readonly Dictionary<string, ApiKey> keys = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, decimal> usual = new(StringComparer.Ordinal);

    /// <summary>The accounts in the order of opening.</summary>
    public IReadOnlyList<Account> All => accounts;

    /// <summary>A symbol is traded here: what accounts hold without being asked.</summary>
    public void Know(string baseAsset, string quoteAsset)
    {
        usual.TryAdd(baseAsset, UsualBase);
        usual[quoteAsset] = UsualQuote;
    }

    /// <summary>Opens an account.</summary>
    /// <exception cref="FormatException">A key cannot be one, or is another account's already.</exception>
    public Account Open(AccountOptions options)
    {
        var account = new Account(options, accounts.Count + 1, new UnfilledOrders(limits.OrdersInTenSeconds, limits.OrdersInADay));
        if (account.Keys.Count == 0 || account.Keys.FirstOrDefault(k => keys.ContainsKey(k.Name)) is not null)
        {
            throw new FormatException(account.Keys.Count == 0 ? "An account needs an API key." : $"The API key {account.Keys.First(k => keys.ContainsKey(k.Name)).Name} is there already.");
        }

        foreach (var key in account.Keys)
        {
            keys.Add(key.Name, key);
        }

        foreach (var (asset, amount) in options.Balances ?? usual)
        {
            account.Funds.Add(asset, Amount.Of(amount));
        }

        accounts.Add(account);
        return account;
    }

    /// <summary>A key; null when there is none.</summary>
    public ApiKey? FindKey(string name) => keys.GetValueOrDefault(name);
}
