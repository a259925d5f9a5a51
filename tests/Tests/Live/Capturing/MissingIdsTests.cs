using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>Ids that have not come, against a set of those that have.</summary>
public sealed class MissingIdsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomIds_LateAndTwice_CountAsASetDoes(int seed)
    {
        var random = new Random(seed);
        var missing = new MissingIds();
        var first = 1_000L;
        var came = new HashSet<long> { first };
        var most = first;
        missing.Take(first);
        for (var i = 0; i < 3_000; i++)
        {
            // On by one mostly, sometimes over a gap, sometimes back, also to before the first.
            var id = random.Next(10) switch { < 6 => most + 1, < 8 => most + random.Next(2, 6), _ => Math.Max(first - 2, most - random.Next(0, 12)) };
            missing.Take(id);
            most = Math.Max(most, id);
            if (id >= first)
            {
                came.Add(id);
            }

            Assert.Equal(most - first + 1 - came.Count, missing.Count);
        }

        Assert.InRange(missing.Count, 1, 5_000);
    }

    [Fact]
    public void ManyGaps_AreCountedAlthoughTheOldestAreForgotten()
    {
        var missing = new MissingIds();
        for (var id = 1L; id <= 10_001; id += 2)
        {
            missing.Take(id);
        }

        Assert.Equal(5_000, missing.Count);
        missing.Take(10_000);
        missing.Take(10_000);
        missing.Take(2);
        Assert.Equal(4_999, missing.Count);
    }

    /// <summary>A test venue is reset to its first trade, a recording says what no venue ever said: it is counted from there, and nothing overflows.</summary>
    [Fact]
    public void Steps_ThatNoVenueTakes_CountFromAnew()
    {
        var missing = new MissingIds();
        foreach (var id in (long[])[5_000_000, 5_000_003, 7, 9, long.MaxValue, 12, 13, -1, long.MinValue, 0, 15])
        {
            missing.Take(id);
        }

        // 5,000,001 and 5,000,002; then 8, and 14.
        Assert.Equal(4, missing.Count);
        Assert.Equal(15, missing.Newest);
        Assert.Equal([(14L, 14L)], missing.Within(1, long.MaxValue));
    }

    [Fact]
    public void Within_ARange_AreThePiecesThatHaveNotCome()
    {
        var missing = new MissingIds();
        foreach (var id in (long[])[1, 10, 12, 5, 6])
        {
            missing.Take(id);
        }

        Assert.Equal([(2L, 4L), (7L, 9L), (11L, 11L)], missing.Within(1, 12));
        Assert.Equal([(3L, 4L), (7L, 8L)], missing.Within(3, 8));
        Assert.Empty(missing.Within(5, 6));
    }
}
