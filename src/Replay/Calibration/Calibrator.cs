using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Replay.Calibration;

/// <summary>
/// Estimates σ, A and k from a recorded window: σ as the root mean square of mid changes at several scales (bounce
/// shows as a σ that falls with the scale), A and k from how often trades reach quotes at a distance.
/// </summary>
public sealed class Calibrator
{
    /// <summary>Scales of σ in seconds.</summary>
    public static readonly int[] Scales = [1, 2, 5, 10, 30, 60];

    private const int DistanceCount = 24;

    private readonly long from;
    private readonly long to;
    private readonly PrintSource prints;
    private readonly EngineState state = new();
    private readonly Outbox outbox = new();
    private readonly List<double> mids = [];
    private readonly List<(double Time, double Price, bool Sell)> trades = [];
    private readonly List<double> times = [];
    private double spreadSum;
    private long nextDue = long.MaxValue;

    private Calibrator(long from, long to, PrintSource prints)
    {
        this.prints = prints;
        this.from = from;
        this.to = to;
    }

    /// <summary>Reads the window and estimates.</summary>
    /// <exception cref="EmptyWindowException">There is nothing to estimate from.</exception>
    public static CalibrationResult Run(IReadOnlyList<InputStream> inputs, long from, long to, double maxInventory)
    {
        var calibrator = new Calibrator(from, to, InputStream.PrintsOf(inputs));
        calibrator.Read(inputs);
        return calibrator.Estimate(maxInventory);
    }

    private void Read(IReadOnlyList<InputStream> inputs)
    {
        var arena = new LevelArena();
        var feeder = new Feeder(this);
        foreach (var input in inputs)
        {
            using var source = input.Open();
            while (source.Read(out var header, out var payload))
            {
                if (header.ReceiveTime >= to)
                {
                    return;
                }

                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref feeder);
            }
        }
    }

    private void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (header.ReceiveTime >= from)
        {
            if (nextDue == long.MaxValue)
            {
                nextDue = Division.FloorToMultiple(header.ReceiveTime, Nanoseconds.PerSecond) + Nanoseconds.PerSecond;
            }

            for (; nextDue <= header.ReceiveTime; nextDue += Nanoseconds.PerSecond)
            {
                Sample();
            }

            if (typeof(T) == typeof(Trade) && prints == PrintSource.Trades)
            {
                var trade = (Trade)(object)payload;
                trades.Add((header.ReceiveTime / 1e9, trade.Price / PriceFactor, trade.BuyerIsMaker));
            }
            else if (typeof(T) == typeof(AggregateTrade) && prints == PrintSource.AggregateTrades)
            {
                var trade = (AggregateTrade)(object)payload;
                trades.Add((header.ReceiveTime / 1e9, trade.Price / PriceFactor, trade.BuyerIsMaker));
            }
        }

        Engine.Step(state, Cause.None, header, payload, outbox);
    }

    private double PriceFactor => state.Instrument!.PriceScale.Factor;

    private void Sample()
    {
        var book = state.Tracker.Book;
        mids.Add(state.BookUsable ? book.MidTwice / 2.0 / PriceFactor : double.NaN);
        times.Add(nextDue / 1e9);
        if (state.BookUsable)
        {
            spreadSum += (book.Asks.BestPrice - book.Bids.BestPrice) / PriceFactor;
        }
    }

    private CalibrationResult Estimate(double maxInventory)
    {
        var usable = mids.Count(double.IsFinite);
        if (nextDue == long.MaxValue)
        {
            throw new EmptyWindowException();
        }

        if (usable < 2)
        {
            throw new InvalidDataException("The book could be trusted for less than two seconds of the window: there is nothing to estimate σ from.");
        }

        if (trades.Count == 0)
        {
            throw new InvalidDataException("The window has neither trades nor aggregate trades: A and k are estimated from how far they reach. Take a longer window, or record the trade stream.");
        }

        var sigmas = Array.ConvertAll(Scales, Sigma);
        var distances = Distances();
        var bid = Intensity(Side.Bid, distances);
        var ask = Intensity(Side.Ask, distances);
        var pooled = Enumerable.Range(0, distances.Length)
            .Select(i => new IntensityPoint(distances[i], bid[i].Hits + ask[i].Hits, bid[i].Waited + ask[i].Waited, (bid[i].Hits + ask[i].Hits) / (bid[i].Waited + ask[i].Waited)))
            .ToArray();
        var fit = IntensityFit.Of(pooled);
        var sigma = sigmas[Array.IndexOf(Scales, 5)];
        var gamma = fit is { } f && sigma > 0 && maxInventory > 0 ? SuggestGamma(f, sigma, maxInventory) : (double?)null;
        return new CalibrationResult
        {
            Instrument = state.Instrument!,
            Seconds = mids.Count,
            Trades = trades.Count,
            Mid = mids.Where(double.IsFinite).Average(),
            Spread = spreadSum / usable,
            Sigmas = sigmas,
            Bid = bid,
            Ask = ask,
            BidFit = IntensityFit.Of(bid),
            AskFit = IntensityFit.Of(ask),
            Fit = fit,
            Gamma = gamma,
            MaxInventory = maxInventory,
        };
    }

    private double Sigma(int scale)
    {
        var sum = 0.0;
        var count = 0;
        for (var i = scale; i < mids.Count; i++)
        {
            var change = mids[i] - mids[i - scale];
            if (double.IsFinite(change))
            {
                sum += change * change;
                count++;
            }
        }

        return count == 0 ? 0 : Math.Sqrt(sum / count / scale);
    }

    // Half ticks near the market, then to where one trade in twenty reaches.
    private double[] Distances()
    {
        var tick = state.Instrument!.Tick / PriceFactor;
        var depths = new List<double>();
        var at = 0;
        foreach (var (time, price, _) in trades)
        {
            while (at < times.Count - 1 && times[at + 1] <= time)
            {
                at++;
            }

            if (times[at] <= time && double.IsFinite(mids[at]))
            {
                depths.Add(Math.Abs(price - mids[at]));
            }
        }

        depths.Sort();
        var farthest = depths.Count == 0 ? DistanceCount * tick / 2 : depths[(int)(depths.Count * 0.95)];
        var step = Math.Max(1, Math.Ceiling(farthest / (DistanceCount * tick / 2))) * (tick / 2);
        return Enumerable.Range(1, DistanceCount).Select(i => i * step).ToArray();
    }

    private IntensityPoint[] Intensity(Side side, double[] distances)
    {
        var estimator = new IntensityEstimator(side, distances);
        var next = 0;
        for (var i = 0; i < times.Count; i++)
        {
            for (; next < trades.Count && trades[next].Time < times[i]; next++)
            {
                Feed(trades[next]);
            }

            estimator.Place(times[i], double.IsFinite(mids[i]) ? mids[i] : null);
        }

        return estimator.Points();

        void Feed((double Time, double Price, bool Sell) trade)
        {
            if (trade.Sell == (side == Side.Bid))
            {
                estimator.Trade(trade.Time, trade.Price);
            }
        }
    }

    // The γ at which the stationary skew at N_max equals the half-spread: at the limit the far quote stands at twice the
    // half-spread and the near one at the mid.
    private static double SuggestGamma(IntensityFit fit, double sigma, double maxInventory)
    {
        var low = 1e-12;
        var high = 1e6;
        for (var i = 0; i < 200; i++)
        {
            var middle = Math.Sqrt(low * high);
            var constants = ModelConstants.Create(middle, fit.Decay, fit.Intensity);
            if (constants.GlftSlope * sigma * maxInventory > constants.LogTerm)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return Math.Sqrt(low * high);
    }

    private readonly struct Feeder(Calibrator owner) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.On(header, payload);
    }
}
