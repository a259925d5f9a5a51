using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Replay.Reports;

/// <summary>Keeps every fill of a run for a picture of it: the one thing that grows with the days, and only where a picture is wanted.</summary>
public sealed class FillPoints : IRunObserver
{
    private readonly List<FillPoint> fills = [];

    /// <summary>The fills in their order.</summary>
    public IReadOnlyList<FillPoint> Fills => fills;

    /// <inheritdoc/>
    public void Started(EngineState state)
    {
    }

    /// <inheritdoc/>
    public void Timer(EngineState state, long due)
    {
    }

    /// <inheritdoc/>
    public void Filling(EngineState state, in OrderFilled fill) => fills.Add(new FillPoint(state.Now, fill.Side, fill.Price, fill.Quantity));

    /// <inheritdoc/>
    public void Placed(EngineState state, in OrderRequest request)
    {
    }
}

/// <summary>A fill on a chart.</summary>
/// <param name="Time">Engine time in nanoseconds since the epoch.</param>
/// <param name="Side">Side of our order.</param>
/// <param name="Price">Price in price units.</param>
/// <param name="Quantity">Quantity in quantity units.</param>
public readonly record struct FillPoint(long Time, Side Side, long Price, long Quantity);
