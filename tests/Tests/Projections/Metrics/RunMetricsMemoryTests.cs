using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Tests.Projections.Portfolio;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Projections.Metrics;

/// <summary>What is kept of a run for its summary does not grow with its fills, and hardly with its days.</summary>
[Collection(Alone.Name)]
public sealed class RunMetricsMemoryTests
{
    [Fact]
    public void Metrics_OfTwentyDaysOfFillsAndMarks_StaySmall()
    {
        const int days = 20;
        const int fillsOfDay = 20_000;
        const long minute = 60_000_000_000;
        var state = new HandFeed("").State;
        var metrics = new RunMetrics();
        metrics.Started(state);
        var (due, order) = (state.Now / minute * minute, 0L);
        Day();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var day = 1; day < days; day++)
        {
            Day();
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal((days * fillsOfDay, days * 1_440), (metrics.Fills, metrics.Marks.Count));

        // 16 bytes a minute at most, and nothing for a fill: kept one by one, these fills were 12 MB.
        Assert.InRange(grown, long.MinValue, (days * 1_440 * 24) + 200_000);
        GC.KeepAlive(metrics);

        void Day()
        {
            for (var i = 0; i < 1_440; i++)
            {
                due += minute;
                metrics.Timer(state, due);
            }

            for (var i = 0; i < fillsOfDay; i++)
            {
                metrics.Filling(state, new OrderFilled { OrderId = ++order, Side = i % 2 == 0 ? Side.Bid : Side.Ask, Price = 100_02_000_000, Quantity = 1_000_000 });
                if (i % 16 == 0)
                {
                    // What waits for its mark-out is looked at by the next timer of the real run; here the clock stands.
                    metrics.Markouts.Observe(long.MaxValue / 2, state.MidTwice);
                }
            }
        }
    }
}
