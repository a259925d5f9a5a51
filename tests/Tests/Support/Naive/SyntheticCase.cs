using System.Globalization;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Orders;
using FsCheck;
using FsCheck.Fluent;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>A recording and a configuration for the engine and its naive twin.</summary>
/// <param name="Steps">What <see cref="SyntheticMarket"/> makes lines of.</param>
/// <param name="Words">Configuration as key=value words.</param>
/// <param name="Queue">Queue model.</param>
/// <param name="FeePpm">Commission in millionths.</param>
/// <param name="Shape">Where the window lies, and what kind of recording it is.</param>
public sealed record SyntheticCase(int[] Steps, string[] Words, QueueModel Queue, long FeePpm, CaseShape Shape)
{
    /// <summary>2024-07-24T00:00:00Z: recordings begin just before it, or in the morning.</summary>
    public const long Midnight = 1_721_779_200_000_000_000;

    /// <summary>Cases that FsCheck can shrink: fewer steps, fewer words.</summary>
    public static Arbitrary<SyntheticCase> Arbitrary(int leastSteps, int mostSteps) => Arb.From(Generator(leastSteps, mostSteps), Shrink);

    /// <summary>The lines of the recording.</summary>
    public List<MarketLine> Lines() => SyntheticMarket.Lines(Steps, Shape.OverMidnight ? Midnight - 7_333_000_000 : Midnight + 40_000_123_456_789, Shape.Partial);

    /// <summary>The configuration.</summary>
    public StrategyConfiguration Configuration() => SampleRuns.Configure(string.Join(' ', Words));

    /// <summary>The window over the lines, [from, to).</summary>
    public (long From, long To) Window(IReadOnlyList<MarketLine> lines)
    {
        var (first, last) = (lines[0].Stamp, lines[^1].Stamp);
        var from = Shape.FromShare > 0 ? first + ((last - first) * Shape.FromShare / 100) : long.MinValue;
        var to = Shape.ToShare > 0 ? first + ((last - first) * Shape.ToShare / 100) : long.MaxValue;
        return (from, to);
    }

    /// <summary>All that is needed to build the case again.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"new SyntheticCase([{string.Join(", ", Steps)}], [{string.Join(", ", Words.Select(w => $"\"{w}\""))}], QueueModel.{Queue}, {FeePpm}, new {Shape.ToString().Replace(" { ", "(", StringComparison.Ordinal).Replace(" }", ")", StringComparison.Ordinal).Replace(" = ", ": ", StringComparison.Ordinal).Replace("True", "true", StringComparison.Ordinal).Replace("False", "false", StringComparison.Ordinal)})");

    private static Gen<SyntheticCase> Generator(int leastSteps, int mostSteps) =>
        from count in Gen.Choose(leastSteps, mostSteps)
        from steps in Gen.ArrayOf(Gen.Choose(0, int.MaxValue), count)
        from words in AnyWords()
        from queue in Gen.Elements(QueueModel.Fifo, QueueModel.Optimistic, QueueModel.Pessimistic)
        from fee in Gen.Elements(0L, 100L, 1_000L, 20_000L)
        from overMidnight in Gen.Elements(false, false, true)
        from isPartial in Gen.Elements(false, false, false, false, true)
        from fromShare in Gen.Elements(0, 0, 5, 40)
        from toShare in Gen.Elements(0, 0, 80, 95)
        let session = words.Contains("horizon_mode=session")
        select new SyntheticCase(steps, words, queue, fee, new CaseShape(overMidnight, isPartial, fromShare, session && toShare == 0 ? 90 : toShare));

    private static Gen<string[]> AnyWords()
    {
        var fixedPart = new[] { "volatility_window=12", "volatility_warmup=2", "order_size=0.2", "max_inventory=1", "inventory_threshold=0.4", "mark_seconds=1" };
        return
            from model in Any("gamma=", "0", "0.01", "0.1", "1", "8", "30")
            from k in Any("k=", "15", "40", "100", "300", "1500")
            from horizon in Gen.Elements("horizon_mode=rolling", "horizon_mode=rolling", "horizon_mode=session", "horizon_mode=stationary")
            from length in Any("horizon_seconds=", "0.5", "3", "20")
            from rest in Gen.Choose(0, int.MaxValue)
            select (string[])[.. fixedPart, model, k, horizon, "a=0.7", length, .. Rest(rest)];
    }

    private static Gen<string> Any(string name, params string[] values) => Gen.Elements(values).Select(v => name + v);

    // Each of these stands in a third of the cases.
    private static IEnumerable<string> Rest(int seed)
    {
        string[][] choices =
        [
            ["volatility_step_ms=100", "volatility_step_ms=250", "volatility_step_ms=500"],
            ["volatility_lag=1", "volatility_lag=2"],
            ["volatility_window=2", "volatility_window=3", "volatility_window=60"],
            ["volatility_floor=0.01", "volatility_floor=0.1"],
            ["order_size=0.06", "order_size=0.157", "order_size=1.3"],
            ["max_inventory=0.43", "max_inventory=3.001"],
            ["inventory_threshold=0", "inventory_threshold=0.43"],
            ["inventory_target=0.3", "inventory_target=-0.25", "inventory_target=5"],
            ["inventory_skew=0", "inventory_skew=3.7"],
            ["levels=2", "levels=4", "levels=10"],
            ["level_spacing=0.013", "level_spacing=0.02", "level_spacing=9"],
            ["min_half_spread=0.005", "min_half_spread=0.04"],
            ["max_distance=0.02", "max_distance=0.035"],
            ["join_best=true"],
            ["session_stop_seconds=0", "session_stop_seconds=2"],
            ["requote_ticks=2", "requote_ticks=5"],
            ["min_quote_life_ms=50", "min_quote_life_ms=700"],
            ["max_notional=25.5", "max_notional=70", "max_notional=4"],
            ["stop_loss=0.01", "stop_loss=0.08"],
            ["max_drawdown=0.02", "max_drawdown=0.15"],
            ["stale_ms=100", "stale_ms=1500"],
            ["max_spread_ppm=250", "max_spread_ppm=600"],
            ["mark_seconds=2"],
            ["gamma=1000000 horizon_seconds=31536000", "horizon_seconds=0 sigma_reference=0.02", "horizon_seconds=0"],
            ["volatility_warmup=1"],
            ["max_orders_10s=4", "max_orders_10s=9", "max_orders_10s=21"],
            ["price_collar_ppm=120", "price_collar_ppm=260", "price_collar_ppm=1900"],
        ];
        var random = new Random(seed);
        foreach (var choice in choices)
        {
            var draw = random.Next(choice.Length * 3);
            if (draw < choice.Length)
            {
                yield return choice[draw];
            }
        }
    }

    private static IEnumerable<SyntheticCase> Shrink(SyntheticCase large)
    {
        for (var size = large.Steps.Length / 2; size >= 1; size /= 2)
        {
            for (var at = 0; at < large.Steps.Length; at += size)
            {
                yield return large with { Steps = [.. large.Steps.Take(at), .. large.Steps.Skip(at + size)] };
            }
        }

        for (var i = 6; i < large.Words.Length; i++)
        {
            var words = large.Words.Where((_, n) => n != i).ToArray();
            if (Fits(words))
            {
                yield return large with { Words = words };
            }
        }

        if (large.Shape != new CaseShape(false, large.Shape.Partial, 0, large.Shape.ToShare))
        {
            yield return large with { Shape = new CaseShape(false, large.Shape.Partial, 0, large.Shape.ToShare) };
        }
    }

    /// <summary>True when the words make a configuration that the program accepts.</summary>
    public static bool Fits(string[] words)
    {
        try
        {
            return new StrategyParameters(SampleRuns.Configure(string.Join(' ', words)), LineRecording.Instrument).Levels > 0;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }
}

/// <summary>What kind of recording, and which shares of its length the window cuts off; 0 leaves an end open.</summary>
public sealed record CaseShape(bool OverMidnight, bool Partial, int FromShare, int ToShare);
