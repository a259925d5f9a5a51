namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>docs/model.md §6, over the list of all samples ever taken.</summary>
public sealed class NaiveVolatility(int window, int lag, int warmup, long stepMilliseconds, double floor)
{
    private readonly List<long?> m = [];

    public double Variance { get; private set; }

    public int Changes { get; private set; }

    public int Warmup => warmup;

    public bool Ready => Changes >= warmup;

    public void Sample(long? sample)
    {
        m.Add(sample);
        var n = m.Count;
        var sum = 0.0;
        var c = 0;
        for (var j = Math.Max(lag, n - window); j <= n - 1; j++)
        {
            if (m[j] is { } now && m[j - lag] is { } before)
            {
                double d = now - before;
                var square = d * d;
                sum = sum + square;
                c++;
            }
        }

        Changes = c;
        if (c > 0)
        {
            var step = stepMilliseconds / 1000.0;
            var unit = 4.0 * 1e8;
            unit = unit * 1e8;
            var spans = (double)c * lag;
            var variance = sum / spans;
            variance = variance / step;
            variance = variance / unit;
            var least = floor * floor;
            Variance = variance > least ? variance : least;
        }
    }
}
