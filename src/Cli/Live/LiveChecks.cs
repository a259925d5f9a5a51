using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;

namespace EventSourcedMM.Cli.Live;

/// <summary>What must hold before an order may leave.</summary>
public static class LiveChecks
{
    // Without these nothing bounds what a mistake costs.
    private static readonly string[] Limits = ["stop_loss", "max_drawdown", "max_notional", "stale_ms"];

    // What is put at risk at once is as much the user's choice as what ends it.
    private static readonly string[] Own = [.. Limits, "order_size", "max_inventory"];

    private const string OwnOrdersInBook = "own_orders_in_book";

    /// <summary>The venue of a mode, or the one that was named where it fits.</summary>
    /// <exception cref="UsageException">It does not fit: an order for play money would cost real money, or the other way round.</exception>
    public static VenueEndpoint Endpoint(LiveMode mode, string? named)
    {
        var usual = mode switch
        {
            LiveMode.Testnet => "testnet",
            LiveMode.Demo => "demo",
            _ => "prod",
        };
        var endpoint = VenueEndpoint.Parse(named ?? usual);
        var known = endpoint.Name is "prod" or "data" or "testnet" or "demo";

        // Whose money a host trades with cannot be seen from its name: an unknown one gets the gates of real money, or no orders.
        return mode switch
        {
            LiveMode.Paper => endpoint,
            LiveMode.Real when endpoint.IsLocal || endpoint.Name == "prod" || !known => endpoint,
            LiveMode.Testnet or LiveMode.Demo when endpoint.IsLocal || endpoint.Name == usual => endpoint,
            _ => throw new UsageException($"--mode {mode.Name()} and --endpoint {endpoint.Name} contradict each other: leave --endpoint out, or name a venue on this machine. Another host may trade real money: that is --mode real."),
        };
    }

    /// <summary>Real money is asked for, and bounded.</summary>
    /// <exception cref="UsageException">Says what is missing.</exception>
    public static void Require(LiveMode mode, bool realMoney, IReadOnlyDictionary<string, StrategyConfiguration> strategies)
    {
        if (mode != LiveMode.Real)
        {
            if (realMoney)
            {
                throw new UsageException($"--real-money goes with --mode real; this is --mode {mode.Name()}.");
            }

            return;
        }

        if (!realMoney)
        {
            throw new UsageException("--mode real trades with real money. If that is what you want, add --real-money.");
        }

        var missing = strategies.SelectMany(s => Limits.Where(l => s.Value.Exact(l) <= 0).Select(l => $"{l} of {s.Key}")).ToArray();
        if (missing.Length > 0)
        {
            throw new UsageException($"--mode real refuses to start without limits: set {string.Join(", ", missing)} in the configuration or as flags.");
        }
    }

    /// <summary>The limits over all symbols can be kept, and several symbols with real money have some.</summary>
    /// <exception cref="UsageException">Says what is missing or contradicts.</exception>
    public static void RequirePortfolio(LiveMode mode, int symbols, bool lockstep, PortfolioConfiguration portfolio)
    {
        if (lockstep && !portfolio.IsOff)
        {
            throw new UsageException("--lockstep proves the parity of the symbols' engines, step by step; verdicts of a portfolio come between the steps. Leave \"portfolio\" out.");
        }

        var rules = new PortfolioRules(portfolio);
        if (mode == LiveMode.Paper && rules.SharesQuote && rules.QuoteCapital == 0)
        {
            throw new UsageException("share_quote on paper needs quote_capital: there is no account whose quote could be divided.");
        }

        if (mode == LiveMode.Paper && rules.BudgetPercent > 0)
        {
            throw new UsageException("budget_percent is for orders at a venue: on paper nothing is counted. Leave it out.");
        }

        if (mode == LiveMode.Real && symbols > 1 && (rules.DayLoss == 0 || rules.MaxNotional == 0 || !rules.SharesQuote))
        {
            throw new UsageException("--mode real with several symbols needs limits over all of them: set day_loss, max_notional and share_quote in \"portfolio\" (docs/live.md), or trade one symbol.");
        }
    }

    /// <summary>Key and orders leave this machine only encrypted.</summary>
    /// <exception cref="UsageException">They would not.</exception>
    public static void RequireEncrypted(VenueEndpoint? endpoint)
    {
        if (endpoint is { IsEncrypted: false })
        {
            throw new UsageException($"--endpoint {endpoint.Name}: the API key would travel in clear text. Write https:// and wss://; http:// is for a venue on this machine.");
        }
    }

    /// <summary>Lockstep is for a proof of parity, at a simulated venue on this machine.</summary>
    /// <exception cref="UsageException">It is another venue, or another mode.</exception>
    public static void RequireLockstepPlace(bool lockstep, LiveMode mode, VenueEndpoint endpoint)
    {
        if (lockstep && (mode != LiveMode.Testnet || !endpoint.IsLocal))
        {
            throw new UsageException($"--lockstep goes with --mode testnet and mm venue --lockstep on this machine: it switches off the clock checks and the reconciliation that {mode.Name()} at {endpoint.Name} needs.");
        }
    }

    /// <summary>With real money what bounds a loss and what is put at risk is the user's own choice, not the program's.</summary>
    /// <param name="mode">What is traded with.</param>
    /// <param name="given">For each symbol the parameters that the user's file or flags set.</param>
    /// <exception cref="UsageException">Names what is not.</exception>
    public static void RequireOwn(LiveMode mode, IReadOnlyDictionary<string, IReadOnlySet<string>> given)
    {
        if (mode != LiveMode.Real)
        {
            return;
        }

        var shipped = given.SelectMany(s => Own.Where(p => !s.Value.Contains(p)).Select(p => $"{p} of {s.Key}")).ToArray();
        if (shipped.Length > 0)
        {
            throw new UsageException($"--mode real trades only what you have chosen yourself: set {string.Join(", ", shipped)} in a file given with --config, or as flags. What is shipped with the program was never reviewed for your money.");
        }
    }

    /// <summary>Whether the market's data shows the account's own orders, where the user does not say: it does everywhere but on paper and at a simulated venue.</summary>
    public static StrategyConfiguration WithOwnOrders(StrategyConfiguration strategy, LiveMode mode, VenueEndpoint endpoint, IReadOnlySet<string> given) =>
        given.Contains(OwnOrdersInBook) || mode == LiveMode.Paper || (endpoint.IsLocal && mode != LiveMode.Real) ? strategy : strategy.With(OwnOrdersInBook, "true");

    /// <summary>Whether a decision is on the disk before its order leaves.</summary>
    /// <param name="text">disk, os, or null for what the mode takes.</param>
    /// <param name="mode">What is traded with.</param>
    /// <exception cref="UsageException">It is neither.</exception>
    public static bool DecisionsOnDisk(string? text, LiveMode mode) => text switch
    {
        null => mode == LiveMode.Real,
        "disk" => true,
        "os" => false,
        _ => throw new UsageException($"--durability {text} is neither disk nor os."),
    };

    /// <summary>The keys of the environment; a venue on this machine has keys that everybody knows.</summary>
    /// <exception cref="GatewayException">They are there by half, or cannot be read.</exception>
    /// <exception cref="UsageException">There are none.</exception>
    public static ApiKeys Keys(VenueEndpoint endpoint, Func<string, string?> variable) =>
        ApiKeys.FromEnvironment(variable)
        ?? (endpoint.IsLocal
            ? ApiKeys.Of("simulated", "simulated")
            : throw new UsageException("Orders need an API key: set BINANCE_API_KEY and BINANCE_API_SECRET, or BINANCE_API_KEY_FILE and BINANCE_API_SECRET_FILE to the names of files."));

    /// <summary>A session's T−t needs an end to run down to.</summary>
    /// <exception cref="UsageException">There is none, or it is over.</exception>
    public static void RequireSessionEnd(IReadOnlyDictionary<string, StrategyConfiguration> strategies, long? end, long? now = null)
    {
        var session = strategies.Where(s => s.Value["horizon_mode"] == "session").Select(s => s.Key).ToArray();
        if (session.Length > 0 && end is null)
        {
            throw new UsageException($"horizon_mode session of {string.Join(", ", session)} needs an end that T−t runs down to: give --session-end TIME.");
        }

        if (end <= now)
        {
            throw new UsageException($"--session-end {Moments.Text(end.Value)} is over.");
        }
    }

    /// <summary>Cancels everything over REST alone, where a run that goes on cannot start; nothing when the keys are of another account.</summary>
    public static async Task<IReadOnlyList<CancelAllOutcome>> SweepAsync(VenueEndpoint endpoint, ApiKeys keys, Clock clock, long account, IReadOnlyList<string> symbols, CancellationToken ct)
    {
        using var sweep = new AccountSweep(endpoint, keys, clock);
        var found = await sweep.CheckAsync(ct);
        return account > 0 && found.Account > 0 && found.Account != account ? [] : await sweep.CancelAllAsync(symbols, ct);
    }

    /// <summary>The way to the account.</summary>
    /// <param name="endpoint">The venue.</param>
    /// <param name="keys">The account's keys.</param>
    /// <param name="clock">Our clock.</param>
    /// <param name="lockstep">True for a proof of parity.</param>
    /// <param name="weight">The weight budget of this address, which the market's data is asked for with, too; null for one of its own.</param>
    public static IOrderGateway Gateway(VenueEndpoint endpoint, ApiKeys keys, Clock clock, bool lockstep, RequestBudget? weight = null)
    {
        var options = new GatewayOptions { Weight = weight ?? new RequestBudget() };

        // In lockstep answers come in the order of the requests, and nobody asks anything by the clock.
        return new OrderGateway(endpoint, keys, clock, lockstep
            ? options with { CombineReplacements = false, PreventSelfTrades = false, PaceRefusals = false, KeepQueue = false, ClockInterval = TimeSpan.FromDays(20), ReconciliationInterval = TimeSpan.FromDays(20), Life = TimeSpan.FromDays(20) }
            : options);
    }
}
