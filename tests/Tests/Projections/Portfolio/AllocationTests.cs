using EventSourcedMM.Projections.Portfolio;
using EventSourcedMM.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Projections.Portfolio;

/// <summary>
/// What symbols share is never overdrawn, however late facts and verdicts arrive. The property plays symbols that use what
/// their last verdict allows, at random, and messages that wait at random; what is really used is added up beside.
/// </summary>
public sealed class AllocationTests
{
    [Fact]
    public void Begin_NothingUsed_DividesEquallyRoundedDown()
    {
        var claims = new Claim[3];
        Allocation.Begin(100, claims);
        Assert.All(claims, c => Assert.Equal((33, 33), ((long)c.Limit, (long)c.Bound)));
    }

    // 100 for two; the first uses 45 of its 50, the second nothing: it goes down to half of the 55 that are free.
    [Fact]
    public void Share_OneIsShort_GetsWhatTheOtherGivesUpWhenThatHasAnswered()
    {
        var claims = new Claim[2];
        Allocation.Begin(100, claims);
        claims[0].Used = 45;
        Allocation.Share(100, claims);
        Assert.Equal((50, 27), ((long)claims[0].Limit, (long)claims[1].Limit));

        claims[1].IsAnswered = false;
        Allocation.Share(100, claims);
        Assert.Equal((50, 50), ((long)claims[0].Limit, (long)claims[1].Bound));

        claims[1].IsAnswered = true;
        Allocation.Share(100, claims);
        Assert.Equal((72, 27), ((long)claims[0].Limit, (long)claims[1].Limit));
    }

    [Fact]
    public void Share_NobodyIsShort_ChangesNothing()
    {
        var claims = new Claim[2];
        Allocation.Begin(100, claims);
        (claims[0].Used, claims[1].Used) = (30, 10);
        Allocation.Share(100, claims);
        Assert.Equal((50, 50), ((long)claims[0].Limit, (long)claims[1].Limit));
    }

    // A price that moved, or money that was withdrawn: 60 and 50 are used of 100, and each gives up half of the 10.
    [Fact]
    public void Share_MoreUsedThanThereIs_BothGoDown()
    {
        var claims = new Claim[2];
        Allocation.Begin(120, claims);
        (claims[0].Used, claims[1].Used) = (60, 50);
        Allocation.Share(100, claims);
        Assert.Equal((55, 45), ((long)claims[0].Limit, (long)claims[1].Limit));
    }

    [Fact]
    public void Share_RandomUseAndDelays_IsNeverOverdrawn()
    {
        var raised = 0;
        Cases.Check(Arb.From(Gen.Choose(0, int.MaxValue)), 300, seed => raised += Play(new Random(seed)));
        Assert.True(raised > Cases.Count(300), $"limits rose {raised} times only");
    }

    // Returns how often a limit rose.
    private static int Play(Random random)
    {
        var count = random.Next(1, 5);
        var total = (Int128)random.Next(0, 2_000);
        var givesBack = random.Next(2) == 0;
        var claims = new Claim[count];
        Allocation.Begin(total, claims);
        var symbols = Enumerable.Range(0, count).Select(i => new Symbol { Limit = claims[i].Limit }).ToArray();
        var (given, answered) = (new long[count], new long[count]);
        var raised = 0;
        for (var step = 0; step < 300; step++)
        {
            var i = random.Next(count);
            var symbol = symbols[i];
            switch (random.Next(5))
            {
                case 0:
                    // Uses more, as far as its own verdict allows.
                    symbol.Used += random.Next(0, (int)Int128.Max(0, symbol.Limit - symbol.Base - symbol.Used) + 1);
                    break;
                case 1:
                    // Uses less: an order was cancelled.
                    symbol.Used -= random.Next(0, (int)symbol.Used + 1);
                    break;
                case 2 when givesBack:
                    // A bid fills, or a sale brings something back: the base moves.
                    var filled = random.Next(0, (int)symbol.Used + 1);
                    symbol.Used -= filled;
                    symbol.Base += filled;
                    symbol.Base -= random.Next(0, 5);
                    break;
                case 3:
                    // A fact is sent; a verdict comes in, the next of its queue.
                    symbol.Facts.Enqueue((symbol.Base, symbol.Used, symbol.Verdict));
                    if (symbol.Verdicts.TryDequeue(out var verdict))
                    {
                        (symbol.Verdict, symbol.Limit) = verdict;
                    }

                    break;
                default:
                    if (symbol.Facts.TryDequeue(out var fact))
                    {
                        (claims[i].Base, claims[i].Used) = (fact.Base, fact.Used);
                        answered[i] = Math.Max(answered[i], fact.Verdict);
                        raised += Judge(total, claims, symbols, given, answered);
                    }

                    break;
            }

            // A limit that was cut below what is used must first be answered by less use; until then it is not given to others.
            var used = symbols.Aggregate((Int128)0, (sum, s) => sum + s.Base + s.Used);
            Assert.True(used <= total, $"{used} of {total} are used at step {step}");
        }

        return raised;
    }

    private static int Judge(Int128 total, Claim[] claims, Symbol[] symbols, long[] given, long[] answered)
    {
        var before = Array.ConvertAll(claims, c => c.Limit);
        for (var i = 0; i < claims.Length; i++)
        {
            claims[i].IsAnswered = answered[i] >= given[i];
        }

        Allocation.Share(total, claims);
        var raised = 0;
        for (var i = 0; i < claims.Length; i++)
        {
            if (claims[i].Limit != before[i])
            {
                symbols[i].Verdicts.Enqueue((++given[i], claims[i].Limit));
                raised += claims[i].Limit > before[i] ? 1 : 0;
            }
        }

        return raised;
    }

    private sealed class Symbol
    {
        public Int128 Base { get; set; }

        public Int128 Used { get; set; }

        public Int128 Limit { get; set; }

        public long Verdict { get; set; }

        public Queue<(Int128 Base, Int128 Used, long Verdict)> Facts { get; } = new();

        public Queue<(long Verdict, Int128 Limit)> Verdicts { get; } = new();
    }
}
