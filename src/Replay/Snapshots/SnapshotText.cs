using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;
using NodaTime.Text;

namespace EventSourcedMM.Replay.Snapshots;

/// <summary>A snapshot's text: what was run, in a form that can be run again, and what came out.</summary>
public static class SnapshotText
{
    private const string Head = "mm snapshot 1";
    private const int MostFills = 1_000;

    /// <summary>The text of a finished run.</summary>
    public static string Write(BacktestResult result, IReadOnlyList<ReportFill> fills, long events)
    {
        var started = result.Started;
        var instrument = result.State.Instrument!;
        var figures = RunFigures.Of(result);
        var metrics = result.Metrics;
        var text = new StringBuilder(Head + "\n");
        Line("symbol", started.Symbol);
        Line("from", Words.Time(started.WindowStart));
        Line("to", started.WindowEnd == long.MaxValue ? "open" : Words.Time(started.WindowEnd));
        Line("queue", Words.Code(started.Queue));
        Line("fee_ppm", Words.Whole(started.FeePartsPerMillion));
        foreach (var input in started.Inputs.Split('\n'))
        {
            Line("input", input);
        }

        Line("configuration", started.Configuration);
        text.Append('\n');
        Line("pnl", instrument.FormatMoney(figures.Pnl));
        Line("realised", instrument.FormatMoney(figures.Realised));
        Line("unrealised", instrument.FormatMoney(figures.Unrealised));
        Line("fees", instrument.FormatMoney(figures.Fees));
        Line("spread captured", instrument.FormatMoney(figures.SpreadCaptured));
        Line("max drawdown", instrument.FormatMoney(figures.MaxDrawdown));
        Line("sharpe", metrics.Pnl!.Sharpe is { } sharpe ? Words.Text($"{sharpe:g10}") : "none");
        Line("hit rate", metrics.HitRate is { } hit ? Words.Text($"{hit:g10} of {metrics.RoundTrips}") : "none");
        Line("position", instrument.FormatQuantity(figures.Position));
        Line("inventory", Words.Text($"mean {metrics.Inventory!.Mean:g10} deviation {metrics.Inventory.StandardDeviation:g10} beyond N★ {metrics.Inventory.ShareBeyondThreshold:g10}"));
        Line("orders", Words.Whole(metrics.OrdersPlaced));
        Line("turnover", instrument.FormatMoney(metrics.Turnover));
        Line("decisions", Words.Whole(result.State.Decisions));
        foreach (var markout in metrics.Markouts.Results())
        {
            Line($"mark-out {markout.Seconds} s", instrument.FormatMoney(markout.Money));
        }

        Line("events", Words.Whole(events));
        Line("state", StateHash.Of(result.State).ToString());
        Line("fills", Words.Whole(metrics.Fills));
        foreach (var (time, fill, inventory, _, _) in fills.Take(MostFills))
        {
            text.Append($"  {Words.Whole(fill.TradeId)} {Words.Time(time)} {(fill.Side == Side.Bid ? "bought" : "sold")} {instrument.FormatQuantity(fill.Quantity)} at {instrument.FormatPrice(fill.Price)} {Words.Code(fill.Rule)}, q {instrument.FormatQuantity(inventory)}\n");
        }

        if (fills.Count > MostFills)
        {
            text.Append($"  and {Words.Whole(fills.Count - MostFills)} more\n");
        }

        return text.ToString();

        void Line(string name, string value) => text.Append($"{name,-16} {value}\n");
    }

    /// <summary>What a snapshot runs, from its text.</summary>
    /// <exception cref="InvalidDataException">It is no snapshot; names file and line.</exception>
    public static (BacktestRequest Request, string Inputs) Parse(string text, string source)
    {
        var lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        if (lines[0] != Head)
        {
            throw new InvalidDataException($"{source} is not a snapshot: its first line must be '{Head}'.");
        }

        try
        {
            var request = new BacktestRequest
            {
                Symbol = Value("symbol")[0],
                From = Time(Value("from")[0]),
                To = Value("to")[0] == "open" ? long.MaxValue : Time(Value("to")[0]),
                Configuration = StrategyConfiguration.FromJson(Value("configuration")[0]),
                Queue = (QueueModel)CodeNames<QueueModel>.Number(Value("queue")[0]),
                FeePartsPerMillion = long.Parse(Value("fee_ppm")[0], NumberStyles.None, CultureInfo.InvariantCulture),
            };
            return Enum.IsDefined(request.Queue)
                ? (request, string.Join('\n', Value("input")))
                : throw new FormatException("queue is not a queue model");
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or ConfigurationException or UnparsableValueException)
        {
            throw new InvalidDataException($"{source}: {e.Message}");
        }

        string[] Value(string name)
        {
            var found = lines.Where(l => l.Length > 17 && l[..17].TrimEnd() == name).Select(l => l[17..]).ToArray();
            return found.Length > 0 ? found : throw new FormatException($"there is no line '{name}'");
        }
    }

    private static long Time(string text) => (InstantPattern.ExtendedIso.Parse(text).Value - NodaTime.NodaConstants.UnixEpoch).ToInt64Nanoseconds();
}
