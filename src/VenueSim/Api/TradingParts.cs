using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Orders;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>The parts of the venue that trade, put together.</summary>
/// <param name="Accounts">The accounts.</param>
/// <param name="Streams">Who listens to user data.</param>
/// <param name="Calls">Where signed calls go.</param>
internal sealed record TradingParts(AccountDesk Accounts, UserStreams Streams, CallDesk Calls)
{
    /// <summary>Opens the accounts, and order books for every symbol.</summary>
    /// <exception cref="FormatException">An account cannot be opened.</exception>
    public static TradingParts Create(
        VenueOptions options, RateLimits limits, IReadOnlyList<SymbolMarket> markets, VenueClock clock, TimerQueue timers, FaultDirector faults, RequestWeights weights, LockstepDesk lockstep)
    {
        var desk = new OrderDesk(clock, modelRules: lockstep.IsOn);
        var accounts = new AccountDesk(limits);
        var books = new Dictionary<string, SymbolOrders>(StringComparer.Ordinal);
        foreach (var market in markets)
        {
            var book = new SymbolOrders(market, clock, options.Queue);
            book.Filled = (account, fill) => desk.OnFilled(book, account, fill);
            market.Orders = book;
            market.Shown = options.ShowOrders ? new ShownOrders() : null;
            books.Add(market.Symbol, book);
            accounts.Know(book.Instrument.BaseAsset, book.Instrument.QuoteAsset);
        }

        foreach (var account in options.Accounts)
        {
            accounts.Open(account);
        }

        var streams = new UserStreams(clock, timers, faults);
        var orders = new OrderCalls(clock, faults, desk, books);
        var calls = new CallDesk(
            clock, faults, weights, new Authenticator(clock, faults, accounts), desk, orders, new AccountCalls(faults, desk, orders),
            new SessionCalls(clock, faults, streams), streams, new OrderRoute(clock, timers, options.Latency, options.Seed, lockstep), lockstep);
        return new TradingParts(accounts, streams, calls);
    }
}
