using EventSourcedMM.Cli.Backtest;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Reports;

namespace EventSourcedMM.Cli.Live;

/// <summary>The lines of <c>mm live --json</c>: one object each; docs/cli.md documents the fields.</summary>
internal static class LiveJson
{
    /// <summary>The run begins or goes on.</summary>
    public static string Started(LiveSession session, LiveMode mode, LiveLimits bounds) => JsonText.Object(json =>
    {
        json.WriteString("type", "started");
        json.WriteString("run", session.Run);
        json.WriteString("mode", mode.Name());
        json.WriteBoolean("goesOn", session.GoesOn);
        json.WriteString("endpoint", bounds.Endpoint);
        json.WriteString("durability", bounds.Durability);
        json.WriteString("onKill", bounds.OnKill);
        json.WriteStartArray("symbols");
        foreach (var symbol in session.Symbols)
        {
            json.WriteStartObject();
            json.WriteString("symbol", symbol.Symbol);
            json.WriteStartArray("limits");
            foreach (var (name, value, isOwn) in bounds.Of(symbol.Symbol, symbol.Configuration))
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("value", value);
                json.WriteBoolean("own", isOwn);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>How it stands.</summary>
    public static string Status(CaptureStatus capture, IReadOnlyList<LiveStatus> symbols, GatewayBudgets? budgets, ForwardingStatus? forwarding) => JsonText.Object(json =>
    {
        json.WriteString("type", "status");
        json.WriteString("time", Moments.Text(capture.Time));
        json.WriteNumber("messages", capture.Messages);
        json.WriteNumber("holes", capture.Holes);
        Collections(json);
        if (budgets is { } used)
        {
            json.WriteStartObject("budgets");
            json.WriteNumber("weightUsed", used.WeightUsed);
            json.WriteNumber("weightLimit", used.WeightLimit);
            json.WriteNumber("ordersUsed", used.OrdersUsed);
            json.WriteNumber("ordersLimit", used.OrdersLimit);
            json.WriteNumber("ordersOfDayUsed", used.OrdersOfDayUsed);
            json.WriteNumber("ordersOfDayLimit", used.OrdersOfDayLimit);
            json.WriteString("blockedUntil", used.BlockedUntil == 0 ? null : Moments.Text(used.BlockedUntil));
            json.WriteEndObject();
        }

        json.WriteStartArray("symbols");
        foreach (var s in symbols)
        {
            json.WriteStartObject();
            json.WriteString("symbol", s.Symbol);
            json.WriteString("book", s.Book.ToString());
            json.WriteNumber("events", s.Events);
            json.WriteNumber("durable", s.Durable);
            if (s.Instrument is { } i)
            {
                json.WriteString("pnl", i.FormatMoney(s.Pnl));
                json.WriteString("realised", i.FormatMoney(s.Realised));
                json.WriteString("fees", i.FormatMoney(s.Fees));
                json.WriteString("drawdown", i.FormatMoney(s.Drawdown));
                json.WriteString("position", i.FormatQuantity(s.Position));
                json.WriteString("bestBid", i.FormatPrice(s.BestBid));
                json.WriteString("bestAsk", i.FormatPrice(s.BestAsk));
                json.WriteString("bid", s.Bid == 0 ? null : i.FormatPrice(s.Bid));
                json.WriteString("ask", s.Ask == 0 ? null : i.FormatPrice(s.Ask));
                json.WriteString("stop", Codes.Name(s.Stop));
                json.WriteNumber("decisions", s.Decisions);
                json.WriteNumber("fills", s.Fills);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        ForwardingStatus.Write(json, forwarding);
    });

    /// <summary>The end.</summary>
    public static string Ended(LiveSession session, CaptureReport report, double seconds, ForwardingStatus? forwarding, QuietHeap heap) => JsonText.Object(json =>
    {
        json.WriteString("type", "ended");
        json.WriteString("run", session.Run);
        json.WriteString("reason", report.Reason);
        json.WriteNumber("messages", report.Messages);
        json.WriteNumber("holes", report.HoleCount);
        json.WriteStartArray("left");
        foreach (var left in session.Left)
        {
            json.WriteStringValue(left);
        }

        json.WriteEndArray();
        Collections(json);
        json.WriteNumber("collectionsPlanned", heap.Times);
        json.WriteStartArray("symbols");
        foreach (var symbol in session.Symbols)
        {
            json.WriteStartObject();
            json.WriteString("symbol", symbol.Symbol);
            json.WriteString("stream", symbol.Stream.Value);
            json.WriteNumber("recovered", symbol.Recovered);
            json.WriteString("failure", symbol.Failure?.Message);
            Latency(json, "toDecision", LatencyFigures.Of(symbol.ToDecision));
            Latency(json, "toOrder", LatencyFigures.Of(symbol.ToOrder));
            if (symbol.State.Setup is not null && symbol.Metrics.Pnl is not null && symbol.Failure is null)
            {
                var result = LiveRunHeader.Result(new FinishedSymbol(symbol.Started, symbol.State, symbol.Metrics), symbol.Halts);
                json.WritePropertyName("result");
                json.WriteRawValue(BacktestJson.Write(result, symbol.Events, seconds, ParameterWarnings.Of(result)));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        ForwardingStatus.Write(json, forwarding);
    });

    private static void Collections(System.Text.Json.Utf8JsonWriter json)
    {
        json.WriteStartArray("collections");
        for (var generation = 0; generation <= 2; generation++)
        {
            json.WriteNumberValue(GC.CollectionCount(generation));
        }

        json.WriteEndArray();
        json.WriteNumber("allocatedBytes", QuietHeap.Allocated);
    }

    private static void Latency(System.Text.Json.Utf8JsonWriter json, string name, LatencyFigures figures)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", figures.Count);
        json.WriteNumber("p50", figures.Half);
        json.WriteNumber("p99", figures.NinetyNine);
        json.WriteNumber("p999", figures.Thousandth);
        json.WriteNumber("most", figures.Most);
        json.WriteEndObject();
    }
}
