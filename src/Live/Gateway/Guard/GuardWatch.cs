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

/// <summary>
/// Watches an engine's heartbeat by this machine's clock, and cancels everything at the venue when it stops. A heartbeat that says "running"
/// and does not beat is a dead engine's, whenever the watch began: after a reboot, or after the guard itself was restarted, it is cancelled
/// for all the same. What was done is written beside the heartbeat, so that it is done once.
/// </summary>
/// <param name="path">The heartbeat's file.</param>
/// <param name="after">How long it may stand still.</param>
/// <param name="cancelAll">Cancels everything in some symbols and confirms it.</param>
/// <param name="note">Told what happens.</param>
public sealed class GuardWatch(string path, TimeSpan after, Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<CancelAllOutcome>>> cancelAll, Action<string> note)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>How long one attempt to cancel everything takes at most; it is repeated until nothing is left.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest wait between two attempts.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Watches until the engine ends or its heartbeat stops.</summary>
    /// <param name="symbols">Symbols to cancel; empty for those that the heartbeat names.</param>
    /// <param name="ct">Stops the watch; the attempt to cancel that is under way is finished.</param>
    public async Task<GuardEnd> RunAsync(IReadOnlyList<string> symbols, CancellationToken ct)
    {
        HeartbeatState? last = null;
        var since = Clock.Timers.GetTimestamp();
        var handled = GuardMark.Read(path);
        try
        {
            while (true)
            {
                var state = HeartbeatState.Read(path);
                if (last is null && state is not null && (state.IsOver || handled == GuardMark.Of(state)))
                {
                    // It ended in good order before this watch began, or was cancelled for already: one that runs will beat.
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
                    return await FireAsync(last!, symbols.Count > 0 ? symbols : last!.Symbols, ct).ConfigureAwait(false);
                }

                await Task.Delay(Look, Clock.Timers, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return GuardEnd.Stopped;
        }
    }

    // It has no end but success: what rests at a venue that cannot be reached rests until somebody gets through.
    private async Task<GuardEnd> FireAsync(HeartbeatState last, IReadOnlyList<string> symbols, CancellationToken ct)
    {
        note(FormattableString.Invariant($"run {last.Run} has not beaten for {after.TotalSeconds:0.#} s: cancelling everything on {string.Join(", ", symbols)}"));
        var wait = TimeSpan.FromSeconds(1);
        while (true)
        {
            using var patience = new CancellationTokenSource(Patience, Clock.Timers);
            var outcomes = await cancelAll(symbols, patience.Token).ConfigureAwait(false);
            foreach (var outcome in outcomes)
            {
                note(outcome.Confirmed
                    ? FormattableString.Invariant($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled, none is left")
                    : FormattableString.Invariant($"{outcome.Symbol}: {outcome.Cancelled} orders cancelled; that none is left could not be confirmed: {outcome.Detail}"));
            }

            if (outcomes.All(o => o.Confirmed))
            {
                GuardMark.Of(last).Write(path, note);
                return GuardEnd.Cancelled;
            }

            if (ct.IsCancellationRequested)
            {
                return GuardEnd.Unconfirmed;
            }

            note("trying again until nothing is left");
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
            await Task.Delay(wait, Clock.Timers, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
