using System.Numerics;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>Where one of our orders rests.</summary>
public readonly record struct NaiveRest(Side Side, long Price);

/// <summary>docs/model.md §12, kept as lists and summed at the end.</summary>
public sealed class NaiveMetrics
{
    private readonly List<(long Time, long Q)> held = [];
    private readonly List<(long Due, long M2)> mids = [];
    private readonly List<(long Time, NaiveFill Fill, long M2, bool Usable)> fills = [];
    private readonly List<(BigInteger Spread, BigInteger M2)> quoted = [];
    private readonly List<BigInteger> equities = [0];
    private long end;

    /// <summary>Every fill with the time, twice the mid of the book then (0 without both sides), and whether it could be quoted on.</summary>
    public IReadOnlyList<(long Time, NaiveFill Fill, long M2, bool Usable)> Fills => fills;

    /// <summary>At every timer the equity, where it is a mark, and whether the book could be quoted on.</summary>
    public List<(BigInteger? Equity, bool Usable)> Marks { get; } = [];

    public BigInteger QuantityPlaced { get; private set; }

    public long OrdersPlaced { get; private set; }

    public long Timers { get; private set; }

    public long TimersQuoted => quoted.Count;

    public BigInteger Turnover => fills.Aggregate(BigInteger.Zero, (sum, f) => sum + (new BigInteger(f.Fill.Price) * f.Fill.Quantity));

    public double FillRatio => QuantityPlaced == 0 ? 0 : Ratio(fills.Aggregate(BigInteger.Zero, (sum, f) => sum + f.Fill.Quantity), QuantityPlaced);

    public double QuotedSpread => quoted.Count == 0 ? 0 : Ratio(quoted.Aggregate(BigInteger.Zero, (sum, x) => sum + (2 * x.Spread)), quoted.Aggregate(BigInteger.Zero, (sum, x) => sum + x.M2));

    /// <summary>Twice the captured spread over the turnover; money is doubled, so one factor two is in the sum already.</summary>
    public double CapturedSpread => Turnover == 0 ? 0 : Ratio(fills.Where(f => f.M2 > 0).Aggregate(BigInteger.Zero, (sum, f) => sum + Gain(f.Fill, f.M2)), Turnover);

    public long LeastQ => held.Min(h => h.Q);

    public long MostQ => held.Max(h => h.Q);

    public int Increments => equities.Count - 1;

    public double MeanIncrement => Increments == 0 ? 0 : Changes().Average();

    public double Deviation
    {
        get
        {
            var changes = Changes();
            var mean = MeanIncrement;
            return changes.Length < 2 ? 0 : Math.Sqrt(changes.Sum(x => (x - mean) * (x - mean)) / (changes.Length - 1));
        }
    }

    public void Begin(long s, long q) => held.Add((s, q));

    public void Placed(long quantity)
    {
        OrdersPlaced++;
        QuantityPlaced += quantity;
    }

    public void Fill(long now, NaiveFill fill, long q, NaiveBook book)
    {
        held.Add((now, q));
        fills.Add((now, fill, book.HasBothSides ? book.M2 : 0, book.Usable));
    }

    public void Timer(long due, BigInteger? mark, NaiveBook book, IEnumerable<NaiveRest> resting)
    {
        Timers++;
        Marks.Add((mark, book.Usable));
        if (mark is { } equity)
        {
            equities.Add(equity);
        }

        if (!book.Usable)
        {
            return;
        }

        mids.Add((due, book.M2));
        var bids = resting.Where(o => o.Side == Side.Bid).Select(o => o.Price).ToArray();
        var asks = resting.Where(o => o.Side == Side.Ask).Select(o => o.Price).ToArray();
        if (bids.Length > 0 && asks.Length > 0)
        {
            quoted.Add((asks.Min() - bids.Max(), book.M2));
        }
    }

    public void End(long time) => end = time;

    /// <summary>Time-weighted mean, deviation and share beyond N★ of q, in quantity units.</summary>
    public (double Mean, double Deviation, double Beyond) Inventory(long threshold)
    {
        var spans = Spans().Where(s => s.Time > 0).ToArray();
        var total = spans.Aggregate(BigInteger.Zero, (sum, s) => sum + s.Time);
        if (total == 0)
        {
            return default;
        }

        // n·Σx² − (Σx)² in integers, then one division: nothing cancels.
        var first = spans.Aggregate(BigInteger.Zero, (sum, s) => sum + (new BigInteger(s.Q) * s.Time));
        var second = spans.Aggregate(BigInteger.Zero, (sum, s) => sum + (new BigInteger(s.Q) * s.Q * s.Time));
        var beyond = spans.Where(s => Math.Abs(s.Q) > threshold).Aggregate(BigInteger.Zero, (sum, s) => sum + s.Time);
        return (Ratio(first, total), Math.Sqrt((double)((second * total) - (first * first))) / (double)total, Ratio(beyond, total));
    }

    /// <summary>Share of time in each of 21 bins.</summary>
    public double[] Histogram(long most)
    {
        var bins = new BigInteger[21];
        foreach (var (q, time) in Spans())
        {
            var bin = NaiveLedger.Floor((new BigInteger(q) + most) * 21, 2 * new BigInteger(most));
            bins[(int)BigInteger.Max(0, BigInteger.Min(20, bin))] += time;
        }

        var total = bins.Aggregate(BigInteger.Zero, (sum, b) => sum + b);
        return [.. bins.Select(b => total == 0 ? 0 : Ratio(b, total))];
    }

    /// <summary>Twice the captured spread, in money.</summary>
    public BigInteger CapturedTwice => fills.Where(f => f.M2 > 0).Aggregate(BigInteger.Zero, (sum, f) => sum + Gain(f.Fill, f.M2));

    /// <summary>Mark-out of one side at a horizon in millionths of its turnover; null without a fill that old.</summary>
    public double? MarkoutPpm(Side side, int seconds)
    {
        var counted = fills
            .Where(f => f.Fill.Side == side)
            .Select(f => (f.Fill, Mid: mids.FirstOrDefault(m => m.Due >= f.Time + (seconds * 1_000_000_000L))))
            .Where(f => f.Mid.Due > 0)
            .ToArray();
        var turnover = counted.Aggregate(BigInteger.Zero, (sum, f) => sum + (new BigInteger(f.Fill.Price) * f.Fill.Quantity));
        return turnover == 0 ? null : 1e6 * Ratio(counted.Aggregate(BigInteger.Zero, (sum, f) => sum + Gain(f.Fill, f.Mid.M2)), 2 * turnover);
    }

    /// <summary>Twice the mark-out in money at a horizon, and the fills that count.</summary>
    public (BigInteger Twice, long Fills) Markout(int seconds)
    {
        var counted = fills
            .Select(f => (f.Fill, Mid: mids.FirstOrDefault(m => m.Due >= f.Time + (seconds * 1_000_000_000L))))
            .Where(f => f.Mid.Due > 0)
            .ToArray();
        return (counted.Aggregate(BigInteger.Zero, (sum, f) => sum + Gain(f.Fill, f.Mid.M2)), counted.Length);
    }

    private static BigInteger Gain(NaiveFill fill, long m2)
    {
        var gain = new BigInteger(m2 - (2 * fill.Price)) * fill.Quantity;
        return fill.Side == Side.Bid ? gain : -gain;
    }

    private static double Ratio(BigInteger a, BigInteger b) => (double)a / (double)b;

    private double[] Changes() => [.. equities.Skip(1).Zip(equities, (now, before) => (double)(now - before) / 1e16)];

    private IEnumerable<(long Q, long Time)> Spans() =>
        held.Select((h, i) => (h.Q, (i + 1 < held.Count ? held[i + 1].Time : end) - h.Time));
}
