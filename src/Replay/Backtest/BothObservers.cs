using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>Two that look on, the first before the second.</summary>
internal sealed class BothObservers(IRunObserver first, IRunObserver second) : IRunObserver
{
    /// <inheritdoc/>
    public void Started(EngineState state)
    {
        first.Started(state);
        second.Started(state);
    }

    /// <inheritdoc/>
    public void Timer(EngineState state, long due)
    {
        first.Timer(state, due);
        second.Timer(state, due);
    }

    /// <inheritdoc/>
    public void Filling(EngineState state, in OrderFilled fill)
    {
        first.Filling(state, fill);
        second.Filling(state, fill);
    }

    /// <inheritdoc/>
    public void Placed(EngineState state, in OrderRequest request)
    {
        first.Placed(state, request);
        second.Placed(state, request);
    }
}
