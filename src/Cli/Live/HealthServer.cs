using System.Globalization;
using System.Net;
using System.Text;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Trading;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// What a live run says of itself over HTTP, on loopback only: <c>/health</c> answers 200 while every connection of the market is up, every
/// book Synced, orders may be sent (account connected and reconciled, clock in order, nothing blocked), no loss limit has halted a symbol, the
/// kill switch is not pulled and no engine has stopped itself; 503 otherwise, with the reasons. <c>/metrics</c> is Prometheus' text format.
/// </summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly LiveSession session;
    private readonly StoreForwarding? forwarding;
    private readonly Task serving;

    private HealthServer(LiveSession session, StoreForwarding? forwarding, int port)
    {
        this.session = session;
        this.forwarding = forwarding;
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    /// <summary>Listens.</summary>
    /// <exception cref="UsageException">The port cannot be had.</exception>
    public static HealthServer Start(LiveSession session, StoreForwarding? forwarding, int port)
    {
        try
        {
            return new HealthServer(session, forwarding, port);
        }
        catch (HttpListenerException e)
        {
            throw new UsageException($"--health {port} cannot be had ({e.Message.TrimEnd('.')}); choose another port.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The end of the run.
                return;
            }

            try
            {
                Answer(context);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Whoever asked has left, or the answer could not be made: the next one is answered all the same, and the run goes on.
                context.Response.Abort();
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var (capture, symbols) = (session.Capture.Status(keepDelays: true), session.Look(LiveStatus.Of));
        var (status, type, text) = context.Request.Url?.AbsolutePath switch
        {
            "/health" => Health(capture, symbols),
            "/metrics" => (200, "text/plain; version=0.0.4", Metrics(capture, symbols)),
            _ => (404, "text/plain", "/health or /metrics\n"),
        };
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength64 = bytes.Length;
        context.Response.OutputStream.Write(bytes);
        context.Response.Close();
    }

    private (int Status, string Type, string Text) Health(CaptureStatus capture, IReadOnlyList<LiveStatus> symbols)
    {
        var reasons = Reasons(capture, symbols).ToArray();
        var account = session.Gateway?.Status;
        return (reasons.Length == 0 ? 200 : 503, "application/json", JsonText.Object(json =>
        {
            json.WriteBoolean("healthy", reasons.Length == 0);
            json.WriteString("run", session.Run);
            json.WriteStartArray("reasons");
            foreach (var reason in reasons)
            {
                json.WriteStringValue(reason);
            }

            json.WriteEndArray();
            json.WriteNumber("connectionsUp", capture.Up);
            json.WriteNumber("connections", capture.Wanted);
            json.WriteBoolean("stoppedItself", session.Symbols.Any(s => s.Failure is not null));
            if (account is { } known)
            {
                json.WriteBoolean("accountUp", known.IsUp);
                json.WriteString("reconciledAt", known.ReconciledAt == 0 ? null : Moments.Text(known.ReconciledAt));
                json.WriteNumber("findings", known.Findings);
            }

            ForwardingStatus.Write(json, forwarding?.Status());
            json.WriteStartObject("books");
            foreach (var symbol in symbols)
            {
                json.WriteString(symbol.Symbol, symbol.Book.ToString());
            }

            json.WriteEndObject();
        }) + "\n");
    }

    // Everything for which a human, or whoever restarts things, would want to look.
    private IEnumerable<string> Reasons(CaptureStatus capture, IReadOnlyList<LiveStatus> symbols)
    {
        foreach (var failed in session.Symbols.Where(s => s.Failure is not null))
        {
            yield return $"{failed.Symbol} stopped itself";
        }

        if (capture.Up != capture.Wanted)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{capture.Wanted - capture.Up} of {capture.Wanted} market connections are down");
        }

        foreach (var symbol in symbols)
        {
            if (symbol.Book != BookState.Synced)
            {
                yield return $"the book of {symbol.Symbol} is {symbol.Book}";
            }

            if (symbol.Stop is StopReason.Halted or StopReason.KillSwitch or StopReason.Portfolio or StopReason.ClockError)
            {
                yield return $"{symbol.Symbol} is not quoted: {Codes.Name(symbol.Stop)}";
            }
        }

        if (session.Gateway is { } gateway)
        {
            if (gateway.Status is { IsUp: false } status)
            {
                yield return $"no orders may be sent: {status.Why}";
            }

            if (gateway.Budgets.BlockedUntil > 0)
            {
                yield return $"the venue takes no requests before {Moments.Text(gateway.Budgets.BlockedUntil)}";
            }
        }
    }

    private string Metrics(CaptureStatus capture, IReadOnlyList<LiveStatus> symbols)
    {
        var text = new StringBuilder();
        Family("mm_messages_total", "counter", "Messages received.");
        Line("mm_messages_total", "", capture.Messages.ToString(CultureInfo.InvariantCulture));
        Family("mm_connections_up", "gauge", "Market connections that are up.");
        Line("mm_connections_up", "", capture.Up.ToString(CultureInfo.InvariantCulture));
        Family("mm_holes_total", "counter", "Holes in the recording.");
        Line("mm_holes_total", "", capture.Holes.ToString(CultureInfo.InvariantCulture));
        Each("mm_book_synced", "gauge", "1 while the book may be quoted on.", s => s.Book == BookState.Synced ? "1" : "0");
        Each("mm_quoting", "gauge", "1 while quotes are wanted.", s => s.Stop == StopReason.None && s.Decisions > 0 ? "1" : "0");
        Each("mm_pnl_quote", "gauge", "PnL at mid after fees, in quote.", s => s.Instrument is { } i ? i.FormatMoney(s.Pnl) : "0");
        Each("mm_position_base", "gauge", "Base held, relative to the start.", s => s.Instrument is { } i ? i.FormatQuantity(s.Position) : "0");
        Each("mm_drawdown_quote", "gauge", "Fall of equity from its peak, in quote.", s => s.Instrument is { } i ? i.FormatMoney(s.Drawdown) : "0");
        Each("mm_bid", "gauge", "Our best bid; 0 for none.", s => Price(s.Instrument, s.Bid));
        Each("mm_ask", "gauge", "Our best ask; 0 for none.", s => Price(s.Instrument, s.Ask));
        Each("mm_decisions_total", "counter", "Quote decisions.", s => s.Decisions.ToString(CultureInfo.InvariantCulture));
        Each("mm_fills_total", "counter", "Fills.", s => s.Fills.ToString(CultureInfo.InvariantCulture));
        Each("mm_run_events_total", "counter", "Events of the run.", s => s.Events.ToString(CultureInfo.InvariantCulture));
        Each("mm_run_events_on_disk", "counter", "Events of the run that are on disk.", s => s.Durable.ToString(CultureInfo.InvariantCulture));
        Latencies("mm_latency_to_decision_seconds", "From bytes in to the decision.", s => s.ToDecision);
        Latencies("mm_latency_to_order_seconds", "From bytes in to the order out.", s => s.ToOrder);
        if (forwarding?.Status() is { } store)
        {
            Single("mm_store_behind_events", "Events of the journal that the server store has not acknowledged.", store.Behind.ToString(CultureInfo.InvariantCulture));
            Single("mm_store_away_seconds", "For how long the server store has been away; 0 while it is there.", store.Away.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture));
            Single("mm_store_refused_streams", "Streams that the server store does not take.", store.Refused.ToString(CultureInfo.InvariantCulture));
            Single("mm_store_alarm", "1 while somebody should look at the server store. Trading does not depend on it.", store.Alarm ? "1" : "0");
        }

        if (session.Gateway is { } gateway)
        {
            var (budgets, status) = (gateway.Budgets, gateway.Status);
            Gauge("mm_account_up", "1 while orders may be sent.", status.IsUp ? 1 : 0);
            Gauge("mm_findings_total", "What reconciliations found to differ.", status.Findings);
            Gauge("mm_reconciled_seconds", "When a reconciliation last closed, in seconds since the epoch; 0 for never.", status.ReconciledAt / 1e9);
            Gauge("mm_clock_offset_seconds", "Our clock minus the venue's.", (gateway.ClockError?.Offset ?? 0) / 1e9);
            Gauge("mm_request_weight_limit", "Request weight that the venue allows in a minute.", budgets.WeightLimit);
            Gauge("mm_unfilled_orders_limit", "Unfilled orders that the venue allows in its short window.", budgets.OrdersLimit);
            Gauge("mm_unfilled_orders_of_day", "Unfilled orders counted today (UTC).", budgets.OrdersOfDayUsed);
            Gauge("mm_unfilled_orders_of_day_limit", "Unfilled orders that the venue allows in a day.", budgets.OrdersOfDayLimit);
            Gauge("mm_blocked_until_seconds", "Nothing is sent before then, in seconds since the epoch; 0 when nothing is blocked.", budgets.BlockedUntil / 1e9);
            Family("mm_request_weight_used", "gauge", "Request weight of the minute.");
            Line("mm_request_weight_used", "", budgets.WeightUsed.ToString(CultureInfo.InvariantCulture));
            Family("mm_unfilled_orders", "gauge", "Unfilled orders counted by the venue in its short window.");
            Line("mm_unfilled_orders", "", budgets.OrdersUsed.ToString(CultureInfo.InvariantCulture));
        }

        return text.ToString();

        void Gauge(string name, string help, double value)
        {
            Family(name, "gauge", help);
            Line(name, "", value.ToString("R", CultureInfo.InvariantCulture));
        }

        void Family(string name, string kind, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");
        void Single(string name, string help, string value)
        {
            Family(name, "gauge", help);
            Line(name, "", value);
        }

        void Line(string name, string labels, string value) => text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
        void Each(string name, string kind, string help, Func<LiveStatus, string> value)
        {
            Family(name, kind, help);
            foreach (var symbol in symbols)
            {
                Line(name, $"{{symbol=\"{symbol.Symbol}\"}}", value(symbol));
            }
        }

        void Latencies(string name, string help, Func<LiveStatus, LatencyFigures> of)
        {
            Family(name, "summary", help);
            foreach (var symbol in symbols)
            {
                var figures = of(symbol);
                foreach (var (quantile, nanoseconds) in figures.Quantiles())
                {
                    Line(name, $"{{symbol=\"{symbol.Symbol}\",quantile=\"{quantile}\"}}", (nanoseconds / 1e9).ToString("R", CultureInfo.InvariantCulture));
                }

                Line(name + "_count", $"{{symbol=\"{symbol.Symbol}\"}}", figures.Count.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    private static string Price(Instrument? instrument, long price) => instrument is { } i && price > 0 ? i.FormatPrice(price) : "0";
}
