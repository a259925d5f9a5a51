using EventSourcedMM.Live.Gateway;

namespace EventSourcedMM.Live.Trading;

/// <summary>The gateway of a live run with a desk for each symbol: what it reports is stepped by the symbol's engine, one event a turn.</summary>
internal sealed class OrderRoute : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HopelessPatience = TimeSpan.FromSeconds(1);

    private readonly List<(LiveSymbol Symbol, IOrderDesk Desk)> desks = [];
    private readonly List<Task> pumps = [];
    private readonly List<string> unsettled = [];
    private IReadOnlyList<CancelAllOutcome> outcomes = [];
    private bool isDisposed;

    private OrderRoute(IOrderGateway gateway) => Gateway = gateway;

    /// <summary>How long the venue is asked to cancel everything before it is given up.</summary>
    public TimeSpan CancelPatience { get; init; } = TimeSpan.FromSeconds(30);

    public IOrderGateway Gateway { get; }

    /// <summary>True when everything that the account said has been stepped.</summary>
    public bool IsDrained
    {
        get
        {
            foreach (var (symbol, desk) in desks)
            {
                // With the gate held: what was taken out of the channel has been stepped.
                lock (symbol.Gate)
                {
                    if (desk.Events.TryPeek(out _))
                    {
                        return false;
                    }
                }
            }

            return true;
        }
    }

    /// <summary>How cancelling everything went, for each symbol.</summary>
    public IReadOnlyList<CancelAllOutcome> Outcomes => outcomes;

    /// <summary>True when the venue was swept and it is confirmed that no order rests.</summary>
    public bool IsSwept => outcomes.Count > 0 && outcomes.All(o => o.Confirmed);

    /// <summary>Ends and fills of orders that the venue had not told when the patience was over, by symbol; empty when the run's books are whole.</summary>
    public IReadOnlyList<string> Unsettled => unsettled;

    /// <summary>
    /// Connects, reconciles, and begins to tell the symbols what the account says. Where that fails for a run that goes on, its orders are
    /// cancelled before the failure is passed on, <paramref name="swept"/> is told how that went, and what the account told is in the journal.
    /// </summary>
    public static async Task<OrderRoute> OpenAsync(IOrderGateway gateway, IReadOnlyList<LiveSymbol> symbols, TimeSpan patience, Action<IReadOnlyList<CancelAllOutcome>> swept, CancellationToken ct)
    {
        var route = new OrderRoute(gateway) { CancelPatience = patience };
        try
        {
            foreach (var symbol in symbols)
            {
                var desk = gateway.AddDesk(symbol.DeskStart);
                symbol.Connect(desk);
                route.desks.Add((symbol, desk));
                route.pumps.Add(Task.Run(() => PumpAsync(symbol, desk), CancellationToken.None));
            }

            await gateway.OpenAsync(ct).ConfigureAwait(false);
            return route;
        }
        catch (OtherAccountException)
        {
            // Everything of that account would be cancelled, and nothing of the run.
            await route.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        catch
        {
            if (symbols.Any(s => s.IsRecovered))
            {
                // What the dead process left rests at the venue, and nobody will look after it.
                await route.CancelAllAsync().ConfigureAwait(false);
                swept(route.Outcomes);
            }

            await route.DisposeAsync().ConfigureAwait(false);
            foreach (var symbol in symbols)
            {
                symbol.LetGo();
            }

            throw;
        }
    }

    /// <summary>Cancels everything of every symbol; after it the outcomes are known. It never throws: what goes wrong is an outcome that is not confirmed.</summary>
    public async Task CancelAllAsync()
    {
        using var patience = new CancellationTokenSource(CancelPatience, Clock.Timers);
        var before = outcomes;
        var now = await Task.WhenAll(desks.Select(d => CancelAllAsync(d.Symbol.Symbol, patience.Token))).ConfigureAwait(false);

        // A second sweep finds what the first had left; what was cancelled is the sum.
        outcomes = [.. now.Select(o => o with { Cancelled = o.Cancelled + before.Where(b => b.Symbol == o.Symbol).Sum(b => b.Cancelled) })];
    }

    /// <summary>Waits, after the sweep, until the ends of the orders have been told; what is missing when the patience is over is <see cref="Unsettled"/>.</summary>
    public async Task SettleAsync()
    {
        // A venue that could not be swept will hardly tell now.
        using var patience = new CancellationTokenSource(IsSwept ? CancelPatience : HopelessPatience, Clock.Timers);
        while (!patience.IsCancellationRequested && !(desks.TrueForAll(d => d.Desk.Unanswered == 0) && IsDrained))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), Clock.Timers, CancellationToken.None).ConfigureAwait(false);
        }

        unsettled.Clear();
        foreach (var (symbol, desk) in desks)
        {
            lock (symbol.Gate)
            {
                // Of a symbol whose journal failed nothing is stored any more: its books are for the restart to bring up to date.
                if (!symbol.IsOver && (desk.Unanswered > 0 || desk.Events.TryPeek(out _) || symbol.State.Orders.Count > 0))
                {
                    unsettled.Add($"{symbol.Symbol}: {symbol.State.Orders.Count} orders without an end, {desk.Unanswered} requests without an answer");
                }
            }
        }
    }

    /// <summary>New orders are taken again, after a sweep: those that close the position.</summary>
    public void AllowOrders() => desks.ForEach(d => d.Desk.AllowOrders());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        using (var patience = new CancellationTokenSource(Farewell, Clock.Timers))
        {
            await Gateway.CloseAsync(patience.Token).ConfigureAwait(false);
        }

        await Gateway.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(pumps).ConfigureAwait(false);
    }

    private async Task<CancelAllOutcome> CancelAllAsync(string symbol, CancellationToken ct)
    {
        try
        {
            return await Gateway.CancelAllAsync(symbol, ct).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // A defect of the gateway must not keep the other symbols from being swept, nor look like success.
            return new CancelAllOutcome(symbol, 0, Confirmed: false, e.Message);
        }
    }

    private static async Task PumpAsync(LiveSymbol symbol, IOrderDesk desk)
    {
        try
        {
            while (await desk.Events.WaitToReadAsync().ConfigureAwait(false))
            {
                lock (symbol.Gate)
                {
                    // Taken with the gate held: what is not in the channel any more has been stepped.
                    while (desk.Events.TryRead(out var told))
                    {
                        symbol.OnAccount(told);
                    }
                }
            }
        }
        catch (Exception e)
        {
            // A defect of what hands the events over: they can be told no more.
            symbol.Fail(e);
        }
    }
}
