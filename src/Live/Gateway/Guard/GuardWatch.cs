namespace EventSourcedMM.Live.Gateway.Guard;

/// <summary>How a watch ended.</summary>
public enum GuardEnd
{
    /// <summary>The engine ended in good order.</summary>
    EngineEnded,

    /// <summary>The heartbeat stopped, and everything was cancelled and confirmed.</summary>
    Cancelled,

    /// <summary>The heartbeat stopped, and it could not be confirmed that nothing is left.</summary>
    Unconfirmed,

    /// <summary>The watch itself was stopped.</summary>
    Stopped,
}

/// <summary>Watches an engine's heartbeat by this machine's clock, and cancels everything at the venue when it stops.</summary>
/// <param name="path">The heartbeat's file.</param>
/// <param name="after">How long it may stand still.</param>
/// <param name="cancelAll">Cancels everything in some symbols and confirms it.</param>
/// <param name="note">Told what happens.</param>
public sealed class GuardWatch(string path, TimeSpan after, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<CancelAllOutcome>>> cancelAll, Action<string> note)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Watches until the engine ends or its heartbeat stops.</summary>
    /// <param name="symbols">Symbols to cancel; empty for those that the heartbeat names.</param>
    /// <param name="ct">Stops the watch; what is being cancelled is cancelled to its end.</param>
    public async Task<GuardEnd> RunAsync(IReadOnlyList<string> symbols, CancellationToken ct)
    {
        HeartbeatState? last = null;
        var since = Clock.Timers.GetTimestamp();
        var stale = HeartbeatState.Read(path);
        if (stale is { IsOver: false })
        {
            note($"the heartbeat of run {stale.Run} is there already; watching it once it beats");
        }

        try
        {
            while (true)
            {
                var state = HeartbeatState.Read(path);
                if (last is null && stale is not null && state == stale with { Symbols = state?.Symbols ?? stale.Symbols })
                {
                    // Left by an engine that is over: one that runs will beat.
                    state = null;
                }

                if (state is null && last is null)
                {
                    await Task.Delay(Look, Clock.Timers, ct).ConfigureAwait(false);
                    continue;
                }

                if (state is { IsOver: true })
                {
                    note($"run {state.Run} has ended in good order");
                    return GuardEnd.EngineEnded;
                }

                if (state is not null && (last is null || state.Beats != last.Beats || state.Process != last.Process))
                {
                    if (last?.Process != state.Process)
                    {
                        note($"watching run {state.Run} (process {state.Process}) on {string.Join(", ", state.Symbols)}");
                    }

                    last = state;
                    since = Clock.Timers.GetTimestamp();
                }
                else if (Clock.Timers.GetElapsedTime(since) > after)
                {
                    return await FireAsync(last!, symbols.Count > 0 ? symbols : last!.Symbols).ConfigureAwait(false);
                }

                await Task.Delay(Look, Clock.Timers, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return GuardEnd.Stopped;
        }
    }

    private async Task<GuardEnd> FireAsync(HeartbeatState last, IReadOnlyList<string> symbols)
    {
        note(FormattableString.Invariant($"run {last.Run} has not beaten for {after.TotalSeconds:0.#} s: cancelling everything on {string.Join(", ", symbols)}"));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10), Clock.Timers);
        var outcomes = await cancelAll(symbols, patience.Token).ConfigureAwait(false);
        foreach (var outcome in outcomes)
        {
            note(outcome.Confirmed
                ? FormattableString.Invariant($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled, none is left")
                : FormattableString.Invariant($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled; that none is left could not be confirmed: {outcome.Detail}"));
        }

        return outcomes.All(o => o.Confirmed) ? GuardEnd.Cancelled : GuardEnd.Unconfirmed;
    }
}
