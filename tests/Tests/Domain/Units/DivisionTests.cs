using System.Numerics;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Tests.Support;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Domain.Units;

/// <summary>Products of more than 128 bits divided: the way without allocation against arbitrary precision.</summary>
public sealed class DivisionTests
{
    private static readonly Int128[] Edges =
    [
        0, 1, -1, 2, -2, 3, -7, long.MaxValue, long.MinValue, ulong.MaxValue, -(Int128)ulong.MaxValue, (Int128)ulong.MaxValue + 1,
        Int128.MaxValue, Int128.MinValue, Int128.MaxValue - 1, Int128.MinValue + 1, ((Int128)1 << 126) + 1, -((Int128)1 << 126),
    ];

    [Property(MaxTest = 300)]
    public void HalfDown_AnyProduct_IsTheDivisionByTwo(long a, long b)
    {
        foreach (var value in (Int128[])[Math.BigMul(a, b), a, b, -1, 0, 1, Int128.MinValue, Int128.MaxValue])
        {
            Assert.Equal(Division.Divide(value, 2, Rounding.Down), Division.HalfDown(value));
        }

        Assert.Equal((Int128)a * b, Math.BigMul(a, b));
    }

    [Fact]
    public void MultiplyDivide_EveryPairOfEdges_IsTheExactQuotientOrOverflows()
    {
        foreach (var a in Edges)
        {
            foreach (var b in Edges)
            {
                foreach (var denominator in Edges.Where(d => d != 0))
                {
                    Check(a, b, denominator);
                }
            }
        }

        Assert.Throws<DivideByZeroException>(() => Division.MultiplyDivide(1, 1, 0, Rounding.Down));
    }

    [Fact]
    public void MultiplyDivide_AnyNumbers_IsTheExactQuotientOrOverflows()
    {
        var random = new Random(20_240_808);
        for (var i = 0; i < Cases.Count(20_000); i++)
        {
            if (Any(random) is var denominator && denominator != 0)
            {
                Check(Any(random), Any(random), denominator);
            }
        }
    }

    [Fact]
    public void MultiplyDivide_OfAPosition_AllocatesNothing()
    {
        Int128 sum = 0;
        var least = long.MaxValue;
        for (var round = 0; round < 50 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 1L; i <= 1_000; i++)
            {
                sum += Division.MultiplyDivide((Int128)long.MaxValue * 1_000_000_007 * i, i, i + 1, Rounding.TowardZero);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0 && sum > 0, $"{least} bytes in 1,000 divisions");
    }

    // Numbers of any length: a position, money, or what must overflow.
    private static Int128 Any(Random random)
    {
        var bits = ((UInt128)(ulong)random.NextInt64() << 64) + (ulong)random.NextInt64();
        var value = (Int128)(bits >> 1);
        return (value >> random.Next(0, 127)) * (random.Next(2) == 0 ? 1 : -1);
    }

    private static void Check(Int128 a, Int128 b, Int128 denominator)
    {
        var product = (BigInteger)a * b;
        foreach (var rounding in (Rounding[])[Rounding.Down, Rounding.Up, Rounding.TowardZero])
        {
            var exact = BigInteger.DivRem(product, denominator, out var remainder);
            var negative = (product.Sign < 0) != (denominator < 0);
            exact += remainder.IsZero ? 0 : rounding == Rounding.Down && negative ? -1 : rounding == Rounding.Up && !negative ? 1 : 0;
            var fits = exact >= (BigInteger)Int128.MinValue && exact <= (BigInteger)Int128.MaxValue;
            try
            {
                var quotient = Division.MultiplyDivide(a, b, denominator, rounding);
                Assert.True(fits && quotient == (Int128)exact, $"{a} × {b} / {denominator}, {rounding}: {quotient}, not {exact}");
            }
            catch (OverflowException)
            {
                // At the very end of the range the truncated quotient may fit and the rounded one not, or the other way round.
                Assert.True(!fits || BigInteger.Abs(exact) >= (BigInteger)Int128.MaxValue, $"{a} × {b} / {denominator}, {rounding} overflowed; it is {exact}");
            }
        }
    }
}
