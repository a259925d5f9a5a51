using System.Collections.Immutable;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>
/// A small market that misbehaves: from a list of numbers come the lines of a recording, one number a step, so that any
/// part of the list is a recording too. Diffs get lost, come late and twice, books cross and empty, prices and quantities
/// lie off the grid, the recorder's clock runs backwards and passes midnight.
/// </summary>
public sealed class SyntheticMarket
{
    private const long Tick = 1_000_000;

    private readonly SortedDictionary<long, long> bids = [];
    private readonly SortedDictionary<long, long> asks = [];
    private readonly List<MarketLine> lines = [];
    private readonly bool partial;
    private Draw draw = new(0);
    private long mid = 10_000;
    private long id = 1_000;
    private long stamp;

    private SyntheticMarket(long start, bool partial)
    {
        stamp = start;
        this.partial = partial;
        for (var i = 1; i <= 5; i++)
        {
            bids[(mid - i) * Tick] = i * 30_000_000;
            asks[(mid + i) * Tick] = i * 20_000_000;
        }
    }

    /// <summary>The lines of a recording.</summary>
    /// <param name="steps">One number a step.</param>
    /// <param name="start">First receive stamp.</param>
    /// <param name="partial">True for a recording of partial books instead of diffs.</param>
    public static List<MarketLine> Lines(IEnumerable<int> steps, long start, bool partial)
    {
        var market = new SyntheticMarket(start, partial);
        if (partial)
        {
            market.Emit();
        }
        else
        {
            market.Snapshot(0);
        }

        foreach (var step in steps)
        {
            market.draw = new Draw(step);
            market.Step();
        }

        return market.lines;
    }

    private void Step()
    {
        Pass();
        switch (draw.Below(100))
        {
            case < 46:
                Change();
                Emit();
                break;
            case < 76:
                Trade();
                break;
            case < 82:
                lines.Add(new QuoteLine(stamp, id));
                break;
            case < 84:
                lines.Add(new OtherLine(stamp));
                break;
            case < 87:
                stamp += 1_000_000L * draw.Between(500, 9_000);
                break;
            case < 89:
                // Changes that are never sent: a hole.
                Change();
                id += draw.Between(1, 3);
                break;
            case < 90:
                // A hole with a snapshot behind it, before the diff that shows it.
                Change();
                id += draw.Between(1, 3);
                Snapshot(0);
                break;
            case < 91:
                Old();
                break;
            case < 92:
                Overlap();
                break;
            case < 96:
                Snapshot(0);
                break;
            case < 97:
                Snapshot(draw.Between(-6, 3));
                break;
            case < 98:
                stamp -= 1_000_000L * draw.Between(1, 400);
                break;
            case < 99:
                Break();
                Emit();
                break;
            default:
                if (draw.Below(10) == 0)
                {
                    Many();
                }

                break;
        }
    }

    // Mostly tens of milliseconds; now and then none, or exactly up to the timer's grid.
    private void Pass()
    {
        stamp += draw.Below(10) switch
        {
            0 => 0,
            1 => 100_000_000 - (stamp % 100_000_000),
            _ => draw.Between(1, 250_000_000),
        };
    }

    private ImmutableArray<Level>.Builder changedBids = ImmutableArray.CreateBuilder<Level>();
    private ImmutableArray<Level>.Builder changedAsks = ImmutableArray.CreateBuilder<Level>();

    private void Change()
    {
        changedBids = ImmutableArray.CreateBuilder<Level>();
        changedAsks = ImmutableArray.CreateBuilder<Level>();
        mid += draw.Below(3) == 0 ? draw.Between(-3, 3) : 0;
        foreach (var price in bids.Keys.Where(p => p > mid * Tick).ToArray())
        {
            Set(Side.Bid, price, 0);
        }

        foreach (var price in asks.Keys.Where(p => p < mid * Tick).ToArray())
        {
            Set(Side.Ask, price, 0);
        }

        for (var n = draw.Between(1, 5); n > 0; n--)
        {
            var side = draw.Below(2) == 0 ? Side.Bid : Side.Ask;
            var distance = draw.Between(1, 8);
            var price = (side == Side.Bid ? mid - distance : mid + distance) * Tick;
            price += draw.Below(20) == 0 ? draw.Between(-Tick / 2, Tick / 2) : 0;
            var quantity = draw.Below(4) == 0 ? 0 : draw.Between(1, 40) * 10_000_000L;
            quantity += quantity > 0 && draw.Below(10) == 0 ? draw.Between(1, 999_999) : 0;
            Set(side, price, quantity);
        }

        if (bids.Count == 0)
        {
            Set(Side.Bid, (mid - 2) * Tick, 50_000_000);
        }

        if (asks.Count == 0)
        {
            Set(Side.Ask, (mid + 2) * Tick, 50_000_000);
        }
    }

    // A side vanishes, or reaches across.
    private void Break()
    {
        Change();
        var side = draw.Below(2) == 0 ? Side.Bid : Side.Ask;
        if (draw.Below(2) == 0)
        {
            foreach (var price in On(side).Keys.ToArray())
            {
                Set(side, price, 0);
            }
        }
        else
        {
            Set(side, (side == Side.Bid ? asks.Keys.First() + (draw.Between(0, 2) * Tick) : bids.Keys.Last() - (draw.Between(0, 2) * Tick)), draw.Between(1, 30) * 10_000_000L);
        }
    }

    private SortedDictionary<long, long> On(Side side) => side == Side.Bid ? bids : asks;

    private void Set(Side side, long price, long quantity)
    {
        if (quantity == 0)
        {
            On(side).Remove(price);
        }
        else
        {
            On(side)[price] = quantity;
        }

        (side == Side.Bid ? changedBids : changedAsks).Add(new Level(price, quantity));
    }

    private void Emit()
    {
        if (partial)
        {
            lines.Add(new PartialLine(stamp, ++id, [.. bids.Reverse().Take(5).Select(l => new Level(l.Key, l.Value))], [.. asks.Take(5).Select(l => new Level(l.Key, l.Value))]));
            return;
        }

        var first = id + 1;
        id += draw.Between(1, 4);
        lines.Add(new DiffLine(stamp, first, id, changedBids.ToImmutable(), changedAsks.ToImmutable()));
    }

    private void Old()
    {
        if (!partial)
        {
            lines.Add(new DiffLine(stamp, id - 3, id - draw.Between(0, 2), [new Level((mid - 1) * Tick, 990_000_000)], []));
        }
        else
        {
            lines.Add(new PartialLine(stamp, id - draw.Between(0, 2), [new Level((mid - 1) * Tick, 990_000_000)], [new Level((mid + 1) * Tick, 990_000_000)]));
        }
    }

    private void Overlap()
    {
        Change();
        if (!partial)
        {
            var first = id - draw.Between(0, 3);
            id += draw.Between(1, 4);
            lines.Add(new DiffLine(stamp, first, id, changedBids.ToImmutable(), changedAsks.ToImmutable()));
        }
    }

    // More old diffs than a snapshot may be ahead of.
    private void Many()
    {
        for (var i = 0; i < 640 && !partial; i++)
        {
            lines.Add(new DiffLine(stamp, id, id, [], []));
        }
    }

    private void Snapshot(long ahead)
    {
        if (!partial)
        {
            lines.Add(new SnapshotLine(stamp, id + ahead, [.. bids.Reverse().Select(l => new Level(l.Key, l.Value))], [.. asks.Select(l => new Level(l.Key, l.Value))]));
        }
    }

    // Around the touch, through it and beside it; small ones and ones that sweep.
    private void Trade()
    {
        var sell = draw.Below(2) == 0;
        var best = sell ? bids.Keys.LastOrDefault(mid * Tick) : asks.Keys.FirstOrDefault(mid * Tick);
        var through = draw.Below(3) == 0 ? draw.Between(-2, 4) : 0;
        var price = best + ((sell ? -through : through) * Tick);
        var quantity = draw.Below(5) == 0 ? draw.Between(1, 80) * 10_000_000L : draw.Between(1, 60_000_000);
        lines.Add(new TradeLine(stamp, price, quantity, sell));
    }

    /// <summary>The numbers that follow from one number.</summary>
    private sealed class Draw(int seed)
    {
        private SplitMix64 numbers = new((ulong)seed);

        public int Below(int count) => (int)(numbers.Next() % (ulong)count);

        public long Between(long least, long most) => least + (long)(numbers.Next() % (ulong)(most - least + 1));
    }
}
