using System.Diagnostics.Metrics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Live.Trading;

namespace EventSourcedMM.Live.Telemetry;

/// <summary>
/// How a live run stands, for whoever collects it (docs/live.md has the names): read from the session between two turns when it is collected,
/// never in a turn. Money is in quote, quantities in base, as doubles: figures to look at, not to account with.
/// </summary>
public sealed class LiveMetrics : IDisposable
{
    // The instruments are read one after the other: one look serves all of them.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    private readonly Meter meter = new(LiveTelemetry.Name);
    private readonly LiveSession session;
    private readonly Lock gate = new();
    private IReadOnlyList<Figures> seen = [];
    private long seenAt;

    /// <summary>Tells of a session until disposed.</summary>
    public LiveMetrics(LiveSession session)
    {
        this.session = session;
        meter.CreateObservableCounter("mm.messages", () => session.Capture.Status(keepDelays: true).Messages, description: "Messages received.");
        meter.CreateObservableGauge("mm.connections.up", () => session.Capture.Status(keepDelays: true).Up, description: "Market connections that are up.");
        meter.CreateObservableCounter("mm.holes", () => session.Capture.Status(keepDelays: true).Holes, description: "Holes in the recording.");
        Gauge("mm.book.synced", "", "1 while the book may be quoted on.", f => f.Synced ? 1 : 0);
        Gauge("mm.quoting", "", "1 while quotes are wanted.", f => f.Quoting ? 1 : 0);
        Gauge("mm.pnl", "quote", "PnL at mid after fees.", f => f.Pnl);
        Gauge("mm.drawdown", "quote", "Fall of equity from its peak.", f => f.Drawdown);
        Gauge("mm.position", "base", "Base held, relative to the start.", f => f.Position);
        Gauge("mm.orders.resting", "", "Orders that the engine has at the venue or under way.", f => f.Orders);
        Counter("mm.decisions", "Quote decisions.", f => f.Decisions);
        Counter("mm.fills", "Fills.", f => f.Fills);
        Counter("mm.run.events", "Events of the run.", f => f.Events);
        Counter("mm.run.events.durable", "Events of the run that are on disk.", f => f.Durable);
        if (session.Gateway is { } gateway)
        {
            meter.CreateObservableGauge("mm.request.weight.used", () => gateway.Budgets.WeightUsed, description: "Request weight of the minute.");
            meter.CreateObservableGauge("mm.request.weight.limit", () => gateway.Budgets.WeightLimit, description: "Request weight that the venue allows in a minute.");
            meter.CreateObservableGauge("mm.orders.unfilled.used", () => gateway.Budgets.OrdersUsed, description: "Unfilled orders counted in the venue's short window.");
            meter.CreateObservableGauge("mm.orders.unfilled.limit", () => gateway.Budgets.OrdersLimit, description: "Unfilled orders that the venue allows in it.");
            meter.CreateObservableGauge("mm.clock.error", () => (gateway.ClockError?.Offset ?? 0) / 1e9, "s", "Our clock minus the venue's.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private void Gauge(string name, string unit, string description, Func<Figures, double> of) =>
        meter.CreateObservableGauge(name, () => Look().Select(f => new Measurement<double>(of(f), f.Tag)), unit, description);

    private void Counter(string name, string description, Func<Figures, long> of) =>
        meter.CreateObservableCounter(name, () => Look().Select(f => new Measurement<long>(of(f), f.Tag)), description: description);

    private IReadOnlyList<Figures> Look()
    {
        lock (gate)
        {
            if (seen.Count == 0 || Clock.Timers.GetElapsedTime(seenAt) > Fresh)
            {
                seen = session.Look(Figures.Of);
                seenAt = Clock.Timers.GetTimestamp();
            }

            return seen;
        }
    }

    private sealed record Figures(KeyValuePair<string, object?> Tag, bool Synced, bool Quoting, double Pnl, double Drawdown, double Position, int Orders, long Decisions, long Fills, long Events, long Durable)
    {
        public static Figures Of(LiveSymbol symbol)
        {
            var (state, tag) = (symbol.State, LiveTelemetry.Tag(symbol.Symbol));
            var synced = state.Tracker.State == BookState.Synced;
            if (state.Setup is null || state.Instrument is not { } instrument)
            {
                return new Figures(tag, synced, false, 0, 0, 0, 0, 0, 0, symbol.Events, symbol.Durable);
            }

            var (money, quantity) = (Math.Pow(10, instrument.MoneyDecimals), Math.Pow(10, instrument.QuantityScale.Decimals));
            var book = state.Tracker.Book;
            return new Figures(
                tag,
                synced,
                state.Stop.Reason == StopReason.None && state.Decisions > 0,
                book.HasBothSides ? (double)state.Ledger.Equity(book.MidTwice) / money : 0,
                (double)state.Risk.Drawdown / money,
                state.Ledger.Position / quantity,
                state.Orders.Count,
                state.Decisions,
                state.Ledger.Fills,
                symbol.Events,
                symbol.Durable);
        }
    }
}
