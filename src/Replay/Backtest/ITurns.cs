using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>Looks on between the turns of a run, when nothing waits to be written or answered.</summary>
internal interface ITurns
{
    /// <summary>True to stop before the next turn.</summary>
    /// <param name="time">Receive stamp of the event, or due time of the timer, that the next turn is for.</param>
    bool IsEnough(long time);

    /// <summary>A turn is over.</summary>
    void After(RunDriver run);
}

/// <summary>Looks away.</summary>
internal sealed class NoObserver : IRunObserver
{
    /// <inheritdoc/>
    public void Started(EngineState state)
    {
    }

    /// <inheritdoc/>
    public void Timer(EngineState state, long due)
    {
    }

    /// <inheritdoc/>
    public void Filling(EngineState state, in OrderFilled fill)
    {
    }

    /// <inheritdoc/>
    public void Placed(EngineState state, in OrderRequest request)
    {
    }
}
