using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Tests.Replay.Article;

public sealed class RandomTests
{
    [Fact]
    public void SplitMix64_Seed1234567_GivesTheKnownSequence()
    {
        var mixer = new SplitMix64(1234567);
        ulong[] expected =
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, expected.Select(_ => mixer.Next()).ToArray());
    }

    [Fact]
    public void Xoshiro256StarStar_State1234_GivesTheKnownSequence()
    {
        var random = new Xoshiro256StarStar(1, 2, 3, 4);
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        Assert.Equal(expected, expected.Select(_ => random.NextBits()).ToArray());
    }

    [Fact]
    public void Xoshiro256StarStar_Seeded_StartsFromFourSplitMixOutputs()
    {
        var mixer = new SplitMix64(42);
        var byHand = new Xoshiro256StarStar(mixer.Next(), mixer.Next(), mixer.Next(), mixer.Next());
        var seeded = new Xoshiro256StarStar(42);
        Assert.Equal(byHand.NextBits(), seeded.NextBits());
    }

    [Fact]
    public void Xoshiro256StarStar_AllZeroState_Refused() =>
        Assert.Throws<ArgumentException>(() => new Xoshiro256StarStar(0, 0, 0, 0));

    [Fact]
    public void NextUnit_MillionDraws_UniformOnHalfOpenUnit()
    {
        var random = new Xoshiro256StarStar(5);
        var moments = new SampleMoments();
        for (int i = 0; i < 1_000_000; i++)
        {
            double unit = random.NextUnit();
            Assert.True(unit >= 0.0 && unit < 1.0);
            moments.Add(unit);
        }
        Assert.InRange(Math.Abs(moments.Mean - 0.5), 0.0, 4.0 * moments.MeanError);
        Assert.InRange(Math.Abs(moments.StandardDeviation - Math.Sqrt(1.0 / 12.0)), 0.0, 4.0 * moments.StandardDeviationError);
    }
}
