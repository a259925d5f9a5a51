using EventSourcedMM.Live.Gateway;

namespace EventSourcedMM.Live.Trading;

/// <summary>The gateway of a live run with a desk for each symbol: what it reports is stepped by the symbol's engine, one event a turn.</summary>
internal sealed class OrderRoute : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly List<(LiveSymbol Symbol, IOrderDesk Desk)> desks = [];
    private readonly List<Task> pumps = [];
    private readonly List<CancelAllOutcome> outcomes = [];

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

    /// <summary>Connects, reconciles, and begins to tell the symbols what the account says.</summary>
    public static async Task<OrderRoute> OpenAsync(IOrderGateway gateway, IReadOnlyList<LiveSymbol> symbols, TimeSpan patience, CancellationToken ct)
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
        catch
        {
            await route.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Cancels everything of every symbol and waits until the ends of the orders are told.</summary>
    public async Task CancelAllAsync()
    {
        outcomes.Clear();
        using var patience = new CancellationTokenSource(CancelPatience, Clock.Timers);
        outcomes.AddRange(await Task.WhenAll(desks.Select(d => Gateway.CancelAllAsync(d.Symbol.Symbol, patience.Token))).ConfigureAwait(false));
        while (!patience.IsCancellationRequested && !(desks.TrueForAll(d => d.Desk.Unanswered == 0) && IsDrained))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), Clock.Timers, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(Farewell, Clock.Timers))
        {
            await Gateway.CloseAsync(patience.Token).ConfigureAwait(false);
        }

        await Gateway.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(pumps).ConfigureAwait(false);
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
            // The gateway itself failed: nothing it would say can be trusted any more.
            symbol.Fail(e);
        }
    }
}
