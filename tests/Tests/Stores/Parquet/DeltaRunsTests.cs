using EventSourcedMM.Stores.Parquet;
using FsCheck;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>Walking a page from change to change gives what decoding all of it gives.</summary>
public sealed class DeltaRunsTests
{
    private static readonly ParquetPlace Place = new("test");

    [Property(MaxTest = 300)]
    public Property Walk_AnyLayoutAndSteps_IsTheDecodedPage() => Seeds.ForAll(random =>
    {
        long[] values = Values(random, random.Next(2, 2500));
        int miniblocks = 1 << random.Next(4);
        int start = random.Next(3);
        byte[] data = [.. new byte[start], .. PlainTwins.EncodeDelta(values, miniblocks * 32 * random.Next(1, 9), miniblocks, 64, random)];
        var runs = new DeltaRuns();
        runs.Begin(new ArraySegment<byte>(data, start, data.Length - start), values.Length, Place);
        for (int row = 0; row < values.Length;)
        {
            Assert.Equal((row, values[row]), (runs.Row, runs.Value));
            int change = row + 1;
            while (change < values.Length && values[change] == values[row])
            {
                change++;
            }

            Assert.Equal(change, runs.Change);
            int step = Math.Min(random.Next(4) == 0 ? random.Next(1, 200) : change - row, values.Length - row);
            runs.Advance(step);
            row += step;
        }

        Assert.Equal((values.Length, values.Length), (runs.Row, runs.Change));
    });

    [Fact]
    public void Repeats_PagesOfEvents_AreTakenAndCountersAreNot()
    {
        var sink = new ByteSink();
        DeltaBinaryPackedEncoder.Encode([.. Enumerable.Range(0, 500).Select(i => i / 40L)], sink);
        Assert.True(DeltaRuns.Repeats(sink.Written, 500, Place));
        sink.Clear();
        DeltaBinaryPackedEncoder.Encode([.. Enumerable.Range(0, 500).Select(i => 3L * i)], sink);
        Assert.False(DeltaRuns.Repeats(sink.Written, 500, Place));
        sink.Clear();
        DeltaBinaryPackedEncoder.Encode([7L], sink);
        Assert.False(DeltaRuns.Repeats(sink.Written, 1, Place));
    }

    [Fact]
    public void Walk_CutPage_IsAFormatErrorBeforeItsEnd()
    {
        long[] values = Values(new Random(5), 1000);
        var sink = new ByteSink();
        DeltaBinaryPackedEncoder.Encode(values, sink);
        byte[] whole = sink.Written.ToArray();
        for (int length = 0; length < whole.Length - 32; length++)
        {
            var runs = new DeltaRuns();
            Assert.Throws<ParquetFormatException>(() =>
            {
                runs.Begin(new ArraySegment<byte>(whole, 0, length), values.Length, Place);
                runs.Advance(values.Length);
            });
        }
    }

    // Runs of every length, steps up and down of every width.
    private static long[] Values(Random random, int count)
    {
        var values = new long[count];
        long value = random.NextInt64(long.MinValue, long.MaxValue);
        for (int i = 0; i < count;)
        {
            int run = random.Next(3) switch { 0 => 1, 1 => random.Next(1, 60), _ => random.Next(1, 400) };
            for (int end = Math.Min(count, i + run); i < end; i++)
            {
                values[i] = value;
            }

            long step = random.NextInt64() >> random.Next(0, 63);
            value = unchecked(value + (random.Next(5) == 0 ? -step : step));
        }

        return values;
    }
}
