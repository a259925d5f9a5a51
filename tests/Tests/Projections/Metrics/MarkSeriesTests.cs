using EventSourcedMM.Projections.Metrics;

namespace EventSourcedMM.Tests.Projections.Metrics;

/// <summary>Marks kept as changes are the marks that were added, in any order of reading.</summary>
public sealed class MarkSeriesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5_000)]
    public void Marks_ReadInAnyOrder_AreThoseAdded(int count)
    {
        var random = new Random(count + 7);
        var (series, plain) = (new MarkSeries(), new List<MarkPoint>());
        for (var i = 0; i < count; i++)
        {
            var mark = random.Next(50) == 0
                ? new MarkPoint(random.NextInt64(long.MinValue, long.MaxValue), random.Next(2) == 0 ? Int128.MaxValue / 2 : Int128.MinValue / 2, random.Next(2) == 0 ? long.MaxValue : long.MinValue, long.MaxValue, random.NextInt64())
                : new MarkPoint(1_723_000_000_000_000_000 + (i * 60_000_000_000L), random.NextInt64(-1_000_000_000_000, 1_000_000_000_000), random.Next(-500_000, 500_000), i * 20, 12_000_000_000_000 + random.Next(1_000_000_000));
            series.Add(mark);
            plain.Add(mark);
            if (i % 97 == 0)
            {
                Assert.Equal(mark, series[i]);
            }
        }

        Assert.Equal(plain, series);
        Assert.Equal(count, series.Count);
        for (var i = 0; i < Math.Min(count, 300); i++)
        {
            var at = random.Next(count);
            Assert.Equal(plain[at], series[at]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => series[count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => series[-1]);
    }

    [Fact]
    public void Marks_OfADayOfMinutes_TakeAFractionOfTheirSize()
    {
        var series = new MarkSeries();
        var random = new Random(5);
        for (var i = 0; i < 1_440; i++)
        {
            series.Add(new MarkPoint(1_723_000_000_000_000_000 + (i * 60_000_000_000L), (Int128)random.NextInt64(-40_000_000_000_000_000, 40_000_000_000_000_000), random.Next(-5_000_000, 5_000_000), i * 20, 12_000_000_000_000 + random.Next(1_000_000_000)));
        }

        Assert.InRange(series.Bytes, 1, 1_440 * 40);
    }
}
