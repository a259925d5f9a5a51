using System.Threading.Channels;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// The portfolio of a live run: symbols say how they stand, the engine judges, and each symbol is told its own verdicts. A
/// symbol's turn never waits for it: facts are put into a queue, and verdicts are told in turns of their own. A fact is written
/// when the events that it follows from are, a verdict is told when it is written.
/// </summary>
internal sealed class PortfolioDesk : IDisposable
{
    private static readonly TimeSpan BudgetInterval = TimeSpan.FromSeconds(1);

    private readonly LiveOptions options;
    private readonly Clock clock;
    private readonly IReadOnlyList<LiveSymbol> symbols;
    private readonly PortfolioLog log;
    private readonly Func<GatewayBudgets?> budgets;
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<Told> facts = Channel.CreateUnbounded<Told>(new UnboundedChannelOptions { SingleReader = true });
    private Task pump = Task.CompletedTask;
    private Task asking = Task.CompletedTask;
    private Exception? failure;

    private PortfolioDesk(LiveOptions options, JournalStore store, Clock clock, string run, IReadOnlyList<LiveSymbol> symbols, Func<GatewayBudgets?> budgets)
    {
        this.options = options;
        this.clock = clock;
        this.symbols = symbols;
        this.budgets = budgets;
        log = new PortfolioLog(store, StreamName.Portfolio(run));
    }

    /// <summary>The portfolio's stream.</summary>
    public StreamName Stream => log.Stream;

    /// <summary>True when the symbols were halted together.</summary>
    public bool IsHalted { get; private set; }

    /// <summary>
    /// Opens the portfolio of a run, or goes on with it; null when nothing is limited. The symbols have their first verdicts then.
    /// </summary>
    /// <exception cref="LiveRunException">The run goes on with other limits, or the day has lost its limit already.</exception>
    public static PortfolioDesk? Open(LiveOptions options, JournalStore store, Clock clock, string run, bool goesOn, IReadOnlyList<LiveSymbol> symbols, Func<GatewayBudgets?> budgets)
    {
        PortfolioRuns.EndOthers(store, options.Mode, run, options.EngineVersion);
        var isStored = store.FindAsync(StreamName.Portfolio(run)).AsTask().GetAwaiter().GetResult() is { Version: > 0 };
        if (options.Portfolio.IsOff)
        {
            return !isStored
                ? null
                : throw new LiveRunException($"Run {run} is unfinished and goes on only with the limits of its portfolio, which are missing now: give it those, or --new to start another one.");
        }

        if (goesOn && !isStored)
        {
            throw new LiveRunException($"Run {run} is unfinished and has no portfolio; it goes on only without limits of one. Leave \"portfolio\" out, or --new to start another one.");
        }

        var desk = new PortfolioDesk(options, store, clock, run, symbols, budgets);
        try
        {
            desk.Begin(store, run);
            return desk;
        }
        catch
        {
            desk.Dispose();
            throw;
        }
    }

    /// <summary>A symbol says how it stands. Called with its gate held; nothing waits.</summary>
    public void Report(LiveSymbol symbol, in SymbolReported fact) => facts.Writer.TryWrite(new Told(symbol, fact, null));

    /// <summary>No symbol says anything more: the portfolio ends with its run. It stays unfinished where a symbol's run does.</summary>
    public async Task EndAsync(string reason)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        facts.Writer.TryComplete();
        await Task.WhenAll(pump, asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (failure is null && symbols.All(s => s.IsSealed || (s.IsOver && s.Failure is null) || s.Events == 0))
        {
            log.End(reason, options.EngineVersion);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stop.Cancel();
        facts.Writer.TryComplete();
        Task.WhenAll(pump, asking).ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        log.Dispose();
        stop.Dispose();
    }

    private void Begin(JournalStore store, string run)
    {
        var rules = new PortfolioRules(options.Portfolio);
        if (log.Events == 0)
        {
            var assets = symbols.Select(s => s.Instrument.QuoteAsset).Distinct(StringComparer.Ordinal).ToArray();
            var day = Nanoseconds.DayOf(clock.Now);
            log.Tell(
                clock.Now,
                new PortfolioStarted
                {
                    Run = run,
                    Rules = PortfolioRules.Version,
                    Configuration = options.Portfolio.ToJson(),
                    QuoteAsset = assets.Length == 1 ? assets[0] : throw new LiveRunException($"A portfolio adds money of one asset; the symbols are quoted in {string.Join(" and ", assets)}. Trade those of each in a run of their own, in a store of its own."),
                    Symbols = string.Join('\n', symbols.Select(s => FormattableString.Invariant($"{s.Symbol} {s.Instrument.MoneyDecimals}"))),
                    Day = day,
                    Carried = PortfolioRuns.Carried(store, options.Mode, assets[0], day, rules.DayLoss),
                },
                options.DecisionsOnDisk);
        }
        else if (log.State.Started.Configuration != options.Portfolio.ToJson())
        {
            throw new LiveRunException($"Run {run} is unfinished and goes on only with the limits of its portfolio, {log.State.Started.Configuration}; given are {options.Portfolio.ToJson()}. --new starts another run.");
        }

        IsHalted = log.State.Symbols.Any(s => s.Verdict.Mode == Domain.Risk.PortfolioMode.Halt);
        foreach (var symbol in symbols)
        {
            var known = log.State.Symbols.FirstOrDefault(s => s.Name == symbol.Symbol)
                ?? throw new LiveRunException($"{symbol.Symbol} is no symbol of the portfolio of run {run}. Name the same symbols to go on with it, or --new.");
            lock (symbol.Gate)
            {
                symbol.Join(this, known.Verdict, clock.Now);
            }
        }

        pump = Task.Run(PumpAsync);
        asking = rules.BudgetPercent > 0 ? Task.Run(AskAsync) : Task.CompletedTask;
    }

    private async Task PumpAsync()
    {
        try
        {
            while (await facts.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (facts.Reader.TryRead(out var told))
                {
                    Step(told);
                }
            }
        }
        catch (Exception e)
        {
            // Without it nobody knows what may be risked: every symbol stops, and the run ends.
            failure = e;
            foreach (var symbol in symbols)
            {
                lock (symbol.Gate)
                {
                    symbol.Stop(e);
                }
            }
        }
    }

    private void Step(Told told)
    {
        IReadOnlyList<PortfolioVerdict> verdicts;
        if (told.Symbol is { } teller)
        {
            lock (teller.Gate)
            {
                // A fact of events that a killed process would lose could not be held against them.
                teller.WriteThrough();
            }

            verdicts = log.Tell(clock.Now, told.Fact, options.DecisionsOnDisk);
        }
        else
        {
            verdicts = log.Tell(clock.Now, told.Budget!.Value, options.DecisionsOnDisk);
        }

        foreach (var verdict in verdicts)
        {
            IsHalted = verdict.Mode == Domain.Risk.PortfolioMode.Halt;
            foreach (var symbol in symbols)
            {
                if (symbol.Symbol == verdict.Symbol)
                {
                    lock (symbol.Gate)
                    {
                        symbol.OnVerdict(verdict, clock.Now);
                    }
                }
            }
        }
    }

    // What the account has used is known to the gateway alone.
    private async Task AskAsync()
    {
        BudgetReported? last = null;
        try
        {
            while (true)
            {
                if (budgets() is { } now)
                {
                    var budget = new BudgetReported
                    {
                        Orders = now.OrdersUsed,
                        OrdersAllowed = now.OrdersLimit,
                        OrdersOfDay = now.OrdersOfDayUsed,
                        OrdersOfDayAllowed = now.OrdersOfDayLimit,
                        Weight = now.WeightUsed,
                        WeightAllowed = now.WeightLimit,
                    };
                    if (!budget.Equals(last))
                    {
                        last = budget;
                        facts.Writer.TryWrite(new Told(null, default, budget));
                    }
                }

                await Task.Delay(BudgetInterval, Clock.Timers, stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of the run.
        }
    }

    private sealed record Told(LiveSymbol? Symbol, SymbolReported Fact, BudgetReported? Budget);
}
