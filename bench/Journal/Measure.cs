using System.Diagnostics;
using System.Globalization;

/// <summary>One measurement: the median of several rounds, by the wall and by the processor.</summary>
internal readonly record struct Figure(string What, double Wall, double Cpu, long Events, long Bytes)
{
    public double PerSecond => Events / Wall;

    public double PerCpuSecond => Events / Cpu;

    public string Row(Figure bare) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {What} | {PerSecond / 1e6:0.00} M/s | {PerCpuSecond / 1e6:0.00} M/s | {Bytes / Wall / 1e6:0} MB/s | {bare.PerSecond / PerSecond:0.000} |");
}

internal static class Measure
{
    private const int Rounds = 3;

    /// <summary>Runs the work a few times, each after its own preparation, and keeps the median by wall time.</summary>
    public static Figure Run(string what, long events, Func<IDisposable> prepare, Func<IDisposable, long> work)
    {
        var figures = new List<Figure>();
        for (var round = 0; round <= Rounds; round++)
        {
            using var prepared = prepare();
            var cpu = Environment.CpuUsage.TotalTime;
            var clock = Stopwatch.StartNew();
            var bytes = work(prepared);
            var figure = new Figure(what, clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, events, bytes);

            // The first one also compiles.
            if (round > 0)
            {
                figures.Add(figure);
            }
        }

        return figures.OrderBy(f => f.Wall).ElementAt(Rounds / 2);
    }
}
