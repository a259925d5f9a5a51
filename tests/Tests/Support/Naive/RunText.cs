using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>A run log that keeps every event of the run as one line of text, in the words of <see cref="NaiveBacktest"/>.</summary>
public sealed class RunText : IStartableLog
{
    private readonly LevelArena arena = new();
    private string line = "";

    /// <summary>The events after the first, without state hashes, in order.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>The run's first event.</summary>
    public RunStarted Started { get; private set; }

    /// <summary>Sequence, type and canonical payload of every event.</summary>
    public List<(EventType Type, Cause Cause, byte[] Payload)> Events { get; } = [];

    /// <inheritdoc/>
    public void Start(in RunStarted started) => Started = started;

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        Events.Add((type, cause, payload.ToArray()));
        line = "";
        arena.Clear();
        var handler = new Handler(this);
        EventCatalog.Decode(new EventHeader(Events.Count, type, version, 0, time, cause), payload, arena, ref handler);
        if (line.Length > 0)
        {
            Lines.Add($"{time.ToString(CultureInfo.InvariantCulture)} {line}");
        }

        return Events.Count;
    }

    private static string Text(LevelList levels) =>
        "[" + string.Join(' ', levels.Span.ToArray().Select(l => FormattableString.Invariant($"{l.Price}x{l.Quantity}"))) + "]";

    private static string Describe<T>(in T payload)
        where T : struct, IPayload<T>
    {
        FormattableString text = (object)payload switch
        {
            TimerFired x => $"timer {x.Due}",
            OrderSubmitted x => $"submitted order {x.OrderId} {x.Side} level {x.Level} {x.Price} x {x.Quantity} decision {x.Decision}",
            OrderCancelRequested x => $"cancelRequested order {x.OrderId} {x.Reason}",
            OrderAccepted x => $"accepted order {x.OrderId} ahead {x.QueueAhead}",
            OrderRejected x => $"rejected order {x.OrderId} {x.Reason}",
            OrderCancelled x => $"cancelled order {x.OrderId} left {x.Remaining}",
            OrderCancelRejected x => $"cancelRejected order {x.OrderId}",
            OrderFilled x => $"filled order {x.OrderId} trade {x.TradeId} {x.Side} {x.Price} x {x.Quantity} left {x.Remaining} commission {x.Commission} {x.Rule} ahead {x.QueueAhead} by {x.EventPrice} x {x.EventQuantity}",
            QuoteDecided x => $"decided {x.Decision} {x.Trigger} bid {x.BestBid} ask {x.BestAsk} q {x.Inventory} s {x.Mid:R} variance {x.Variance:R} gamma {x.RiskAversion:R} k {x.Decay:R} horizon {x.Horizon:R} r {x.ReservationPrice:R} spread {x.Spread:R} shift {x.InventoryShift:R} b {x.ModelBid:R} a {x.ModelAsk:R} clamps {x.BidClamps} {x.AskClamps} {x.BidReason} {x.AskReason} {Text(x.Bids)} {Text(x.Asks)}",
            QuotingStopped x => $"stopped {x.Reason} book {x.Book} observed {x.Observed} limit {x.Limit}",
            Halted x => $"halted {x.Reason} observed {x.Observed} limit {x.Limit}",
            Resumed x => $"resumed {x.Reason}",
            Marked x => $"marked bid {x.BestBid} ask {x.BestAsk} position {x.Position} cash {x.Cash} realised {x.Realised} unrealised {x.Unrealised} fees {x.Fees} drawdown {x.Drawdown}",
            RunEnded x => $"ended decisions {x.Decisions} fills {x.Fills} realised {x.Realised} unrealised {x.Unrealised} fees {x.Fees} position {x.Position}",
            _ => $"",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    private readonly struct Handler(RunText owner) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.line = Describe(payload);
    }
}
