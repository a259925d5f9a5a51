namespace EventSourcedMM.Replay.Calibration;

/// <summary>ln λ = ln A − k·δ by least squares, each point weighted by its hits (the variance of ln λ̂ is about 1/hits).</summary>
/// <param name="Intensity">A, per second.</param>
/// <param name="Decay">k, in 1/quote.</param>
/// <param name="Points">Points used.</param>
/// <param name="DecayError">Standard error of k from the hits.</param>
public readonly record struct IntensityFit(double Intensity, double Decay, int Points, double DecayError)
{
    /// <summary>Fewer hits than this say little about a rate.</summary>
    public const long LeastHits = 10;

    /// <summary>The shallow part: rates down to this share of the nearest one.</summary>
    public const double ShallowShare = 0.02;

    /// <summary>Fits the shallow part; null with fewer than three usable points or rates that do not fall.</summary>
    public static IntensityFit? Of(IReadOnlyList<IntensityPoint> points)
    {
        var most = points.Count == 0 ? 0 : points.Max(p => p.Rate);
        double weights = 0, sumX = 0, sumY = 0, sumXx = 0, sumXy = 0;
        var used = 0;
        foreach (var point in points)
        {
            if (point.Hits < LeastHits || point.Rate < ShallowShare * most)
            {
                continue;
            }

            double w = point.Hits;
            var y = Math.Log(point.Rate);
            weights += w;
            sumX += w * point.Distance;
            sumY += w * y;
            sumXx += w * point.Distance * point.Distance;
            sumXy += w * point.Distance * y;
            used++;
        }

        var spread = sumXx - (sumX * sumX / weights);
        if (used < 3 || spread <= 0)
        {
            return null;
        }

        var slope = (sumXy - (sumX * sumY / weights)) / spread;
        var level = (sumY - (slope * sumX)) / weights;
        return slope < 0 ? new IntensityFit(Math.Exp(level), -slope, used, Math.Sqrt(1 / spread)) : null;
    }
}
