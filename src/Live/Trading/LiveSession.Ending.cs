using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Telemetry;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// How a live run ends, whatever ends it: the venue is swept first and asked until it is confirmed, the ends of the orders are told, then
/// the position is closed where that was asked for, then the run's last event is written.
/// </summary>
public sealed partial class LiveSession
{
    private const string LetGo = "the program that ran it let go of it";

    private Exception? recordingFailure;

    /// <summary>What became of closing the position, by symbol: what is left, and why; empty where nothing was to be closed.</summary>
    public IReadOnlyList<string> Left { get; private set; } = [];

    /// <summary>True when the position was to be closed and is not, but for what is less than the venue takes.</summary>
    public bool IsNotFlat { get; private set; }

    /// <summary>Pulls the kill switch: every symbol cancels everything, then the run ends.</summary>
    /// <param name="source">Who pulled it.</param>
    public void Kill(string source) => _ = KillAsync(source);

    /// <summary>Pulls the kill switch; done when everything is cancelled and the run has ended.</summary>
    /// <param name="source">Who pulled it.</param>
    /// <param name="order">Whether the position is closed.</param>
    public Task KillAsync(string source, KillOrder order = KillOrder.AsConfigured)
    {
        lock (killing)
        {
            return killTask ??= Task.Run(() => KillOnceAsync(source, order == KillOrder.Flatten || (order == KillOrder.AsConfigured && options.FlattenOnKill)));
        }
    }

    // The one place where an end is put into words: for the recording and for the portfolio.
    private string EndReason(Func<string> asked) =>
        symbols.Find(s => s.Failure is not null)?.Failure?.Message ?? recordingFailure?.Message
        ?? (killed.Length > 0 ? "kill switch: " + killed : isSessionOver ? SessionIsOver : asked());

    // Whoever runs it lets go of it while it runs (an exception on his way): what it stands on is not taken away under its feet.
    private async Task EndRunningAsync(Task run)
    {
        if (options.Lockstep)
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
        else
        {
            Kill(LetGo);
        }

        await run.WaitAsync(options.LongestEnd, Clock.Timers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // The orderly end. On paper what rests is over as at the end of a recording; at a venue it is cancelled first.
    private void Ask(string reason, CancellationTokenSource stop)
    {
        if (route is null || options.Lockstep)
        {
            lock (killing)
            {
                if (killTask is null)
                {
                    stop.Cancel();
                }
            }
        }
        else
        {
            _ = KillAsync(reason, KillOrder.Cancel);
        }
    }

    // The venue comes first: whatever holds a symbol's gate (a disk that hangs, a terminal that is stopped) must not keep its orders there.
    private async Task KillOnceAsync(string source, bool flatten)
    {
        using var activity = LiveTelemetry.Source.StartActivity("kill switch");
        try
        {
            killed = source;
            var sweep = route?.CancelAllAsync() ?? Task.CompletedTask;
            var telling = Task.Run(() => capture!.WithTaps((tap, _) => ((LiveSymbol)tap).Kill(clock.Now, source, ends: route is null && !flatten)));
            await sweep.ConfigureAwait(false);
            await telling.ConfigureAwait(false);
            if (route is not null)
            {
                await route.SettleAsync().ConfigureAwait(false);
            }

            if (flatten)
            {
                await FlattenAsync(source).ConfigureAwait(false);
            }

            EndNow("kill switch: " + source);
        }
        catch (Exception e)
        {
            killFailure = e;
            symbols.ForEach(s => s.Fail(e));
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    // Only from a venue that is known to hold no order of ours, and only with engines that can be trusted.
    private async Task FlattenAsync(string source)
    {
        if (route is { IsSwept: false } || Unsettled.Count > 0 || symbols.Exists(s => s.Failure is not null))
        {
            IsNotFlat = true;
            Left = ["the position was NOT closed: what rests or filled at the venue is not known for sure, or an engine failed"];
            return;
        }

        route?.AllowOrders();
        capture!.WithTaps((tap, _) => ((LiveSymbol)tap).Flatten(clock.Now, source));
        using (var patience = new CancellationTokenSource(clock.Patience(options.FlattenPatience), clock))
        {
            while (!patience.IsCancellationRequested && !Look(s => s.IsFlat).All(flat => flat))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), Clock.Timers, CancellationToken.None).ConfigureAwait(false);
            }
        }

        if (route is not null)
        {
            // Orders that take never rest; one whose answer was lost is found out.
            await route.CancelAllAsync().ConfigureAwait(false);
            await route.SettleAsync().ConfigureAwait(false);
        }

        IsNotFlat = !Look(s => s.IsFlat).All(flat => flat);
        Left = [.. Look(s => s.FlatWords.Length == 0 ? "" : $"{s.Symbol}: {s.FlatWords}").Where(w => w.Length > 0)];
    }

    private void EndNow(string reason)
    {
        var open = Cancelled.Where(o => !o.Confirmed).Select(o => $"{o.Symbol}: {o.Detail}").ToArray();
        var words = open.Length == 0 ? "" : $"; it is NOT confirmed that no order rests ({string.Join("; ", open)})";
        words += Unsettled.Count == 0 ? "" : $"; the venue has NOT told how these ended ({string.Join("; ", Unsettled)})";
        words += Left.Count == 0 ? "" : "; " + string.Join("; ", Left);
        capture!.WithTaps((tap, _) => ((LiveSymbol)tap).EndNow(reason, words));
    }

    // Whatever ended the run: a disk that failed, an engine that stopped itself, a recording that is over.
    private async Task LeaveVenueAsync()
    {
        if (route is null)
        {
            return;
        }

        if (!route.IsSwept)
        {
            await route.CancelAllAsync().ConfigureAwait(false);
        }

        Task last;
        lock (killing)
        {
            // An engine that failed meanwhile sweeps too; from here on nothing pulls the switch any more.
            last = killTask ??= Task.CompletedTask;
        }

        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await route.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The orders are cancelled, or it is known that this is not confirmed; that the gateway closes badly changes nothing of it.
            killFailure ??= e;
        }

        hasEnded = true;
    }

    // An engine stopped itself, or what it stands on failed, with its gate held. At a venue the others' orders are cancelled with its own
    // before anything is sealed. A position is not closed then: nobody knows whether its numbers are right.
    private void Fail(LiveSymbol symbol, Exception e)
    {
        if (route is null || options.Lockstep)
        {
            ending.Cancel();
        }
        else
        {
            _ = KillAsync($"{symbol.Symbol} stopped itself: {e.Message}", KillOrder.Cancel);
        }
    }

    // A disk that takes no more market data: what would be decided from here on could not be written either. Before any socket is closed.
    private void RecordingFails(Exception e)
    {
        recordingFailure ??= e;
        if (route is not null && !options.Lockstep)
        {
            _ = KillAsync("the recording failed: " + e.Message, KillOrder.Cancel);
        }
    }

    // A run that goes on did not even start: its orders are cancelled over REST alone.
    private async Task SweepWithoutGatewayAsync()
    {
        if (options.Sweep is not { } sweep)
        {
            return;
        }

        using var patience = new CancellationTokenSource(options.CancelPatience, Clock.Timers);
        try
        {
            sweptBefore.AddRange(await sweep(clock, marker!.Said.Account, [.. unfinished.Keys], patience.Token).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // The first failure is told; that the orders may rest is told with it.
            killFailure ??= e;
        }
    }
}
