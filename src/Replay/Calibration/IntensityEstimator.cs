using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Replay.Calibration;

/// <summary>
/// How often trades reach a quote that rests at a distance from the mid, for one side. A quote is placed at every grid
/// point and rests until it is reached or the next grid point: λ̂(δ) = hits / total waiting time, the censored
/// waiting-time estimator (reference: Avellaneda–Stoikov 2008, λ(δ) = A·e^(−kδ); one side, not both pooled).
/// </summary>
public sealed class IntensityEstimator
{
    private readonly Side side;
    private readonly double[] distances;
    private readonly long[] hits;
    private readonly double[] waited;
    private readonly double[] reachedAt;
    private double mid;
    private double placedAt;
    private int reached;
    private bool placed;

    /// <summary>An estimator without observations.</summary>
    /// <param name="side">Side of the quotes.</param>
    /// <param name="distances">Distances from the mid in quote, ascending.</param>
    public IntensityEstimator(Side side, double[] distances)
    {
        this.side = side;
        this.distances = distances;
        hits = new long[distances.Length];
        waited = new double[distances.Length];
        reachedAt = new double[distances.Length];
    }

    /// <summary>A grid point: quotes that were not reached have waited until now; new ones are placed.</summary>
    /// <param name="now">Seconds.</param>
    /// <param name="newMid">Mid in quote; null without a trustworthy book, then nothing is placed.</param>
    public void Place(double now, double? newMid)
    {
        if (placed)
        {
            for (var i = 0; i < distances.Length; i++)
            {
                if (i < reached)
                {
                    hits[i]++;
                    waited[i] += reachedAt[i] - placedAt;
                }
                else
                {
                    waited[i] += now - placedAt;
                }
            }
        }

        placed = newMid is not null;
        mid = newMid ?? 0;
        placedAt = now;
        reached = 0;
    }

    /// <summary>A trade that could have reached this side's quotes.</summary>
    /// <param name="now">Seconds.</param>
    /// <param name="price">Price in quote.</param>
    public void Trade(double now, double price)
    {
        var depth = side == Side.Bid ? mid - price : price - mid;
        while (placed && reached < distances.Length && distances[reached] <= depth)
        {
            reachedAt[reached++] = now;
        }
    }

    /// <summary>The estimates, nearest distance first.</summary>
    public IntensityPoint[] Points()
    {
        var points = new IntensityPoint[distances.Length];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = new IntensityPoint(distances[i], hits[i], waited[i], waited[i] > 0 ? hits[i] / waited[i] : 0);
        }

        return points;
    }
}

/// <summary>Rate of reaching a distance.</summary>
/// <param name="Distance">Distance from the mid in quote.</param>
/// <param name="Hits">Quotes reached.</param>
/// <param name="Waited">Total waiting time in seconds.</param>
/// <param name="Rate">Hits over waiting time, per second.</param>
public readonly record struct IntensityPoint(double Distance, long Hits, double Waited, double Rate);
