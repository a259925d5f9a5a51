using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// How a symbol's run ends: as its recording does, by the kill switch, or because something went wrong. An engine that stopped
/// itself decides nothing more, and what the account still tells is written and booked until the run's last event; where the disk
/// failed nothing can be written, and the run goes on from what is stored when there is room again.
/// </summary>
public sealed partial class LiveSymbol
{
    /// <summary>True once the engine stopped itself in the middle of a turn.</summary>
    public bool IsBroken => session.IsBroken;

    /// <summary>True once the run's last event is written and its stream sealed: nothing of it is left to go on with.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>True when nothing is left of the position that an order could close, or nothing can be closed any more.</summary>
    internal bool IsFlat => over || IsBroken || !HasStarted || Engine.IsFlat(state);

    /// <summary>What the run says of its position after closing it; empty when it never had one.</summary>
    internal string FlatWords => !HasStarted || state.Ledger.Position == 0 ? ""
        : $"{state.Instrument!.FormatQuantity(state.Ledger.Position)} {state.Instrument.BaseAsset} {(Engine.IsFlat(state) ? "are left, less than the venue takes" : "are left: the position is NOT closed")}";

    /// <inheritdoc/>
    public void End(string reason)
    {
        // The day is with whoever seals it, written out.
        day = null;

        // At a venue orders may rest and fill: the run ends when the venue has been asked to cancel them (EndAtVenue).
        if (!over && HasStarted && (desk is null || options.Lockstep))
        {
            EndRun("end of recording", "");
        }
    }

    /// <summary>Pulls the kill switch: everything is cancelled. On paper that is done with it.</summary>
    /// <param name="now">By the clock, in nanoseconds since the epoch.</param>
    /// <param name="source">Who pulled it.</param>
    /// <param name="ends">True where nothing is left to be done: the run ends with it.</param>
    internal void Kill(long now, string source, bool ends)
    {
        if (over || !HasStarted)
        {
            over = true;
            return;
        }

        if (!state.Killed && !IsBroken)
        {
            Tell(now, new KillSwitchPulled { Source = source, Flatten = false });
        }

        if (ends && !over)
        {
            EndRun("kill switch: " + source, "");
        }
    }

    /// <summary>Everything is cancelled, and it is confirmed: the position is to be closed.</summary>
    internal void Flatten(long now, string source)
    {
        if (!over && !IsBroken && HasStarted && state.Ledger.Position != 0)
        {
            Tell(now, new KillSwitchPulled { Source = source, Flatten = true });
        }
    }

    /// <summary>The venue has no order of this symbol any more, or it is known that this is not confirmed: the run ends.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="words">What is to be said of its orders and position.</param>
    internal void EndNow(string reason, string words)
    {
        if (!over && HasStarted)
        {
            EndRun(reason, words);
        }

        over = true;
    }

    /// <summary>
    /// The run does not begin here after all, and stays unfinished: what the account told meanwhile, the ends and fills of a sweep among it, is handed to the
    /// journal, since the venue may tell it in other words the next time. When the account tells no more.
    /// </summary>
    internal void LetGo()
    {
        lock (context.Gate)
        {
            if (over || IsBroken || !HasStarted)
            {
                return;
            }

            try
            {
                log.WriteOut();
            }
            catch (Exception e)
            {
                // The failure that ends this start is told; the next one asks for what is missing.
                Failure ??= e;
            }
        }
    }

    /// <summary>Nothing more can be written or told: the run stays as it is stored, and whoever runs it ends.</summary>
    internal void Fail(Exception e)
    {
        over = true;
        Failure ??= e;
        failed(this, e);
    }

    /// <summary>Something that the engine stands on failed; the engine itself did not. Whoever runs it pulls the kill switch.</summary>
    internal void Stop(Exception e)
    {
        if (!over)
        {
            Failure ??= e;
            failed(this, e);
        }
    }

    private void Tell<T>(long now, in T payload)
        where T : struct, IPayload<T>
    {
        try
        {
            inTurn = true;
            Control(now, payload);
            inTurn = false;
            Leave();
        }
        catch (Exception e)
        {
            Caught(e);
        }
    }

    // In a turn of the engine: it stopped itself. Anywhere else, or when the journal failed under it, what it stands on did.
    private void Caught(Exception e)
    {
        if (inTurn && HasStarted && !IsBroken && !log.HasFailed && InvariantBrokenException.Stopped(e))
        {
            Break(e);
        }
        else
        {
            Fail(e);
        }
    }

    private void Break(Exception e)
    {
        inTurn = false;
        last = stepping == Cause.None ? last : stepping;
        Failure ??= e;
        List<OrderRequest> unsent = [.. session.Break()];
        if (isRecovering)
        {
            return;
        }

        try
        {
            foreach (var waiting in sink is null ? [] : sink.Waiting.ToArray())
            {
                unsent.Add(waiting.Request);
            }

            sink?.Clear();
            if (sink is not null)
            {
                Void(unsent);
            }

            log.WriteOut();
        }
        catch (Exception second)
        {
            // The disk, too: what is stored ends before it.
            over = true;
            Failure = second is LiveRunException ? second : Failure;
        }

        failed(this, e);
    }

    // They stand in the journal and never leave.
    private void Void(IEnumerable<OrderRequest> unsent)
    {
        const string detail = "not sent: the engine had stopped itself";
        foreach (var request in unsent)
        {
            if (request.IsCancel)
            {
                Control(state.Now, new OrderCancelRejected { OrderId = request.OrderId, Detail = detail });
            }
            else
            {
                Control(state.Now, new OrderRejected { OrderId = request.OrderId, Reason = OrderRejectReason.Gateway, Detail = detail });
            }
        }
    }

    private void EndRun(string reason, string words)
    {
        try
        {
            session.End(last, (IsBroken ? RunEnded.StoppedItself + Failure!.Message : reason) + words);
            Seal();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Seal()
    {
        over = true;
        log.WriteOut();
        log.Seal(options.EngineVersion, [.. Figures(), .. LiveRuns.RiskNotes(state.Risk), .. options.Settings(Symbol, Configuration)]);
        IsSealed = true;
    }

    private IEnumerable<KeyValuePair<string, string>> Figures()
    {
        try
        {
            metrics.Finish(state);
            return options.Notes(new FinishedSymbol(started, state, metrics)).ToArray();
        }
        catch (Exception e) when (IsBroken && InvariantBrokenException.Stopped(e))
        {
            // Its figures may hold the very number that stopped it. The journal has everything they are made from.
            return [new("figures", "none: " + e.Message)];
        }
    }
}
