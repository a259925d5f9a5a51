using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Projections.Portfolio;

/// <summary>
/// The risk of all symbols of a live run together, as a pure fold (docs/model.md, "Portfolio"): it is told how each symbol
/// stands and what is used of the account's budgets, and gives verdicts. No symbol's engine reads another's state: each is told
/// its own verdicts, as events of its own stream.
/// </summary>
public static class PortfolioEngine
{
    /// <summary>Steps one event of the portfolio's stream.</summary>
    /// <param name="state">The state; changed in place.</param>
    /// <param name="header">The event's envelope.</param>
    /// <param name="payload">What it says.</param>
    /// <param name="outbox">Receives the verdicts; the caller empties it.</param>
    /// <exception cref="InvariantBrokenException">The event contradicts what came before: the run must stop.</exception>
    public static void Step<T>(PortfolioState state, in EventHeader header, in T payload, Outbox outbox)
        where T : struct, IPayload<T>
    {
        state.Now = Math.Max(state.Now, header.ReceiveTime);
        if (payload is PortfolioStarted started)
        {
            Start(state, started);
        }
        else if (!state.Running)
        {
            throw new InvariantBrokenException($"Event {header.Sequence} ({T.Type}) lies outside of the portfolio's run.");
        }
        else if (payload is SymbolReported fact)
        {
            OnSymbol(state, fact);
        }
        else if (payload is BudgetReported budget)
        {
            OnBudget(state, budget);
        }
        else
        {
            throw new InvariantBrokenException($"Event {header.Sequence} ({T.Type}) is not an input of a portfolio.");
        }

        Judge(state, new Cause(0, header.Sequence), outbox);
    }

    /// <summary>Ends it: the totals and the hash of the state before.</summary>
    /// <param name="state">The state.</param>
    /// <param name="source">The last event stepped.</param>
    /// <param name="reason">Why it ends.</param>
    /// <param name="outbox">Receives the last event.</param>
    public static void End(PortfolioState state, Cause source, string reason, Outbox outbox)
    {
        outbox.Add(source, state.Now, new PortfolioEnded
        {
            Reason = reason,
            Facts = state.Facts,
            Verdicts = state.Verdicts,
            Day = state.Day,
            DayPnl = state.OwnDayPnl,
            LossDay = state.LossDay,
            State = state.Hash(),
        });
        state.Running = false;
    }

    private static void Start(PortfolioState state, in PortfolioStarted started)
    {
        if (state.Rules is not null)
        {
            throw new InvariantBrokenException("The portfolio starts twice.");
        }

        if (started.Rules != PortfolioRules.Version)
        {
            throw new InvariantBrokenException($"The portfolio was run by rules {started.Rules}; this program has rules {PortfolioRules.Version}.");
        }

        var rules = new PortfolioRules(PortfolioConfiguration.FromJson(started.Configuration));
        var symbols = Array.ConvertAll(started.Symbols.Split('\n'), Symbol);
        var claims = new Claim[symbols.Length];
        Allocation.Begin(rules.MaxNotional, claims);
        for (var i = 0; i < symbols.Length; i++)
        {
            (symbols[i].NotionalLimit, symbols[i].NotionalBound) = (claims[i].Limit, claims[i].Bound);
        }

        // Nothing may be bid before the account was seen, unless the capital was said.
        Allocation.Begin(rules.QuoteCapital, claims);
        for (var i = 0; i < symbols.Length; i++)
        {
            (symbols[i].QuoteLimit, symbols[i].QuoteBound) = (claims[i].Limit, claims[i].Bound);
        }

        state.Rules = rules;
        state.Started = started;
        state.Symbols = symbols;
        state.Day = started.Day;
        state.Running = true;
    }

    private static PortfolioSymbol Symbol(string line)
    {
        var parts = line.Split(' ');
        return parts.Length == 2 && int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var decimals)
            ? new PortfolioSymbol(parts[0], PortfolioRules.UnitsOf(decimals))
            : throw new InvariantBrokenException($"'{line}' is no symbol of a portfolio.");
    }

    private static void OnSymbol(PortfolioState state, in SymbolReported fact)
    {
        var name = fact.Symbol;
        PortfolioSymbol? symbol = null;
        foreach (var known in state.Symbols)
        {
            symbol = known.Name == name ? known : symbol;
        }

        if (symbol is null)
        {
            throw new InvariantBrokenException($"{name} is no symbol of this portfolio.");
        }

        if (fact.Verdict > state.Verdicts)
        {
            throw new InvariantBrokenException($"{name} was told verdict {fact.Verdict}, and {state.Verdicts} were given.");
        }

        state.Facts++;
        symbol.Apply(fact);
        state.Day = Math.Max(state.Day, fact.Day);
        if (fact.BalanceTime > state.BalanceTime)
        {
            state.BalanceTime = fact.BalanceTime;
            state.QuoteFree = fact.QuoteFree * symbol.Units;
            state.QuoteLocked = fact.QuoteLocked * symbol.Units;
        }

        if (state.BalanceTime > 0)
        {
            ObserveCapital(state);
        }
    }

    // What orders of others hold is not ours to bid; what our own hold is.
    private static void ObserveCapital(PortfolioState state)
    {
        Int128 bids = 0;
        Int128 spent = 0;
        foreach (var symbol in state.Symbols)
        {
            bids += symbol.Bids;
            spent += symbol.Spent;
        }

        state.Capital.Observe(state.Now, state.QuoteFree + Int128.Min(state.QuoteLocked, bids) + spent);
    }

    private static void OnBudget(PortfolioState state, in BudgetReported budget)
    {
        state.Facts++;
        state.Budget = budget;
        var percent = state.Rules!.BudgetPercent;
        if (percent == 0)
        {
            return;
        }

        state.IsOrdersStopped = IsUsed(budget.Orders, budget.OrdersAllowed, percent, state.IsOrdersStopped)
            || IsUsed(budget.OrdersOfDay, budget.OrdersOfDayAllowed, percent, state.IsOrdersStopped);
        state.IsWeightStopped = IsUsed(budget.Weight, budget.WeightAllowed, percent, state.IsWeightStopped);
    }

    // Once reached it holds until nine tenths are undercut: a budget at the limit does not switch to and fro.
    private static bool IsUsed(long used, long allowed, long percent, bool was) =>
        allowed > 0 && (was ? (Int128)used * 1_000 >= (Int128)percent * allowed * 9 : (Int128)used * 100 >= (Int128)percent * allowed);

    private static void Judge(PortfolioState state, Cause source, Outbox outbox)
    {
        var (mode, reason, observed, allowed) = Overall(state);
        ShareNotional(state);
        ShareQuote(state);
        foreach (var symbol in state.Symbols)
        {
            var last = symbol.Verdict;
            var notional = state.Rules!.MaxNotional > 0 ? Division.Divide(Int128.Max(0, symbol.NotionalLimit), symbol.Units, Rounding.Down) : PortfolioLimits.Unlimited;
            var quote = state.Rules.SharesQuote ? Division.Divide(symbol.QuoteLimit, symbol.Units, Rounding.Down) : 0;
            if (last.Verdict > 0 && last.Mode == mode && last.Reason == reason && last.NotionalLimit == notional && last.QuoteLimit == quote)
            {
                continue;
            }

            var verdict = new PortfolioVerdict
            {
                Verdict = ++state.Verdicts,
                Symbol = symbol.Name,
                Mode = mode,
                Reason = reason,
                NotionalLimit = notional,
                LimitsQuote = state.Rules.SharesQuote,
                QuoteLimit = quote,
                Observed = observed,
                Allowed = allowed,
            };
            symbol.Verdict = verdict;
            outbox.Add(source, state.Now, verdict);
        }
    }

    // What holds for all symbols; the gravest first.
    private static (PortfolioMode Mode, PortfolioReason Reason, Int128 Observed, Int128 Allowed) Overall(PortfolioState state)
    {
        var rules = state.Rules!;
        var loss = -state.DayPnl;
        if (rules.DayLoss > 0 && loss >= rules.DayLoss)
        {
            state.LossDay = state.Day;
        }

        if (state.LossDay > 0 && state.LossDay == state.Day)
        {
            return (PortfolioMode.Halt, PortfolioReason.DayLoss, loss, rules.DayLoss);
        }

        var halted = 0L;
        Int128 gross = 0;
        foreach (var symbol in state.Symbols)
        {
            halted += symbol.Halted == HaltReason.None ? 0 : 1;
            gross += Int128.Abs(symbol.Inventory);
        }

        if (rules.MaxHalted > 0 && halted >= rules.MaxHalted)
        {
            return (PortfolioMode.Halt, PortfolioReason.SymbolsHalted, halted, rules.MaxHalted);
        }

        // Once reached it holds until 95 % are undercut: a mid that trembles does not pull the quotes to and fro.
        state.IsGrossStopped = rules.MaxGrossInventory > 0
            && (state.IsGrossStopped ? gross * 20 >= rules.MaxGrossInventory * 19 : gross >= rules.MaxGrossInventory);
        if (state.IsGrossStopped)
        {
            return (PortfolioMode.NoNewRisk, PortfolioReason.GrossInventory, gross, rules.MaxGrossInventory);
        }

        if (state.IsOrdersStopped)
        {
            var budget = state.Budget;
            var isShort = IsUsed(budget.Orders, budget.OrdersAllowed, rules.BudgetPercent, was: true);
            return isShort
                ? (PortfolioMode.NoNewRisk, PortfolioReason.OrderBudget, budget.Orders, budget.OrdersAllowed)
                : (PortfolioMode.NoNewRisk, PortfolioReason.OrderBudget, budget.OrdersOfDay, budget.OrdersOfDayAllowed);
        }

        return state.IsWeightStopped
            ? (PortfolioMode.NoNewRisk, PortfolioReason.RequestWeight, state.Budget.Weight, state.Budget.WeightAllowed)
            : default;
    }

    private static void ShareNotional(PortfolioState state)
    {
        if (state.Rules!.MaxNotional == 0 || state.Facts == 0)
        {
            return;
        }

        var claims = new Claim[state.Symbols.Count];
        for (var i = 0; i < claims.Length; i++)
        {
            var symbol = state.Symbols[i];
            claims[i] = new Claim { Used = symbol.Exposure, Limit = symbol.NotionalLimit, Bound = symbol.NotionalBound, IsAnswered = symbol.HasAnswered };
        }

        Allocation.Share(state.Rules.MaxNotional, claims);
        for (var i = 0; i < claims.Length; i++)
        {
            (state.Symbols[i].NotionalLimit, state.Symbols[i].NotionalBound) = (claims[i].Limit, claims[i].Bound);
        }
    }

    private static void ShareQuote(PortfolioState state)
    {
        var rules = state.Rules!;
        if (!rules.SharesQuote || state.Facts == 0)
        {
            return;
        }

        var total = !state.Capital.IsKnown ? rules.QuoteCapital
            : rules.QuoteCapital > 0 ? Int128.Min(rules.QuoteCapital, state.Capital.Amount)
            : state.Capital.Amount;
        var claims = new Claim[state.Symbols.Count];
        for (var i = 0; i < claims.Length; i++)
        {
            var symbol = state.Symbols[i];
            claims[i] = new Claim { Base = symbol.Spent, Used = symbol.Bids, Limit = symbol.QuoteLimit, Bound = symbol.QuoteBound, IsAnswered = symbol.HasAnswered };
        }

        Allocation.Share(total, claims);
        for (var i = 0; i < claims.Length; i++)
        {
            (state.Symbols[i].QuoteLimit, state.Symbols[i].QuoteBound) = (claims[i].Limit, claims[i].Bound);
        }
    }
}
