using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Backtest;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Reports;

namespace EventSourcedMM.Cli.Live;

/// <summary>A live run for people: the line while it runs, the summary at its end.</summary>
internal static class LiveText
{
    /// <summary>The run begins or goes on; with orders, what bounds it, before the first one may leave.</summary>
    public static string Started(LiveSession session, LiveMode mode, LiveLimits bounds)
    {
        var text = new StringBuilder($"run {session.Run}{(session.GoesOn ? " goes on from where it was left" : "")}");
        if (mode != LiveMode.Paper)
        {
            text.Append($" at {bounds.Endpoint}; decisions are {(bounds.Durability == "disk" ? "on the disk" : "with the operating system")} before their orders leave; on kill: {bounds.OnKill}");
            foreach (var symbol in session.Symbols)
            {
                text.AppendLine().Append($"{symbol.Symbol}: {bounds.Text(symbol.Symbol, symbol.Configuration)}");
            }
        }

        return text.ToString();
    }

    /// <summary>The line while it runs.</summary>
    public static string Line(CaptureStatus capture, IReadOnlyList<LiveStatus> symbols, GatewayBudgets? budgets, ForwardingStatus? forwarding)
    {
        var text = new StringBuilder(Moments.Text(capture.Time)[..19]).Append('Z');
        foreach (var s in symbols)
        {
            text.Append("  ").Append(s.Symbol).Append(' ');
            if (s.Instrument is not { } i)
            {
                text.Append("book ").Append(s.Book);
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"PnL {BacktestSummary.Money(s.Pnl, i.MoneyDecimals)} q {i.FormatQuantity(s.Position)} ");
            text.Append(s.Bid == 0 && s.Ask == 0 ? $"no quotes ({Codes.Name(s.Stop)})" : $"quotes {Price(s.Bid)}/{Price(s.Ask)} in {Price(s.BestBid)}/{Price(s.BestAsk)}");
            text.Append(CultureInfo.InvariantCulture, $" spread {(s.BestBid > 0 && s.BestAsk > 0 ? $"{(s.BestAsk - s.BestBid) / i.Tick}" : "-")} ticks fills {s.Fills} book {s.Book} decision {s.ToDecision.Text()}");

            string Price(long price) => price == 0 ? "-" : i.FormatPrice(price);
        }

        text.Append("  latency ").Append(CaptureText.Triple(capture.Delay));
        if (budgets is { } used)
        {
            text.Append(CultureInfo.InvariantCulture, $"  weight {used.WeightUsed}/{used.WeightLimit} orders {used.OrdersUsed}/{used.OrdersLimit}{(used.BlockedUntil > 0 ? " BLOCKED" : "")}");
        }

        var waiting = symbols.Sum(s => s.Events - s.Durable);
        text.Append(CultureInfo.InvariantCulture, $"  {waiting} events not on disk yet");
        return forwarding is null ? text.ToString() : text.Append("  ").Append(forwarding.Text()).ToString();
    }

    /// <summary>The summary.</summary>
    public static string Summary(LiveSession session, CaptureReport report, double seconds, string store, ForwardingStatus? forwarding, QuietHeap heap)
    {
        var text = new StringBuilder();
        foreach (var symbol in session.Symbols)
        {
            if (symbol.State.Setup is null || symbol.Metrics.Pnl is null)
            {
                text.AppendLine($"{symbol.Symbol}  the book was never whole: nothing was traded").AppendLine();
                continue;
            }

            if (symbol.Failure is { } failure)
            {
                text.AppendLine($"{symbol.Symbol}  the engine stopped itself: {failure.Message}").AppendLine();
                continue;
            }

            var result = LiveRunHeader.Result(new FinishedSymbol(symbol.Started, symbol.State, symbol.Metrics), symbol.Halts);
            text.AppendLine(BacktestSummary.Write(result, seconds, ParameterWarnings.Of(result)));
            text.AppendLine($"latency    bytes in to decision {LatencyFigures.Of(symbol.ToDecision).Text()}, to order out {LatencyFigures.Of(symbol.ToOrder).Text()} (50, 99, 99.9, 100 %)");
            text.AppendLine($"stream {symbol.Stream}{(symbol.Recovered > 0 ? string.Create(CultureInfo.InvariantCulture, $", {symbol.Recovered} events of it from before the restart") : "")}").AppendLine();
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"garbage collections: {GC.CollectionCount(0)} of generation 0, {GC.CollectionCount(1)} of 1, {GC.CollectionCount(2)} of 2; {heap.Times} of each at a moment of our choice; {QuietHeap.Allocated / 1e6:0.0} MB allocated");
        text.AppendLine(CultureInfo.InvariantCulture, $"market data: {report.Messages:N0} messages, {report.HoleCount} holes, latency {CaptureText.Triple(CaptureText.Percentiles(report.Delays))}");
        if (forwarding is not null)
        {
            text.AppendLine(forwarding.Streams == 0 ? $"forwarded to {forwarding.Place}: all of it" : $"NOT all of it is in {forwarding.Place}: {forwarding.Text()}");
        }

        return text.Append($"ended: {report.Reason}; stored in {store}").ToString();
    }
}
