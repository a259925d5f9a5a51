using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Simulation.Lockstep;

/// <summary>
/// The zero-latency session with its venue at the other end of sockets: the engine is stepped with the recorded events
/// as their messages come, sends what it decides, and is told what the venue answers, item by item. Its log is compared
/// with the session's own.
/// </summary>
internal sealed class LockstepEngine(LockstepClient client, RunStarted started, List<string> log) : IEventHandler
{
    private static readonly EventType[] Published = [EventType.DepthDiff, EventType.Trade, EventType.BestQuote];
    private readonly EngineState state = new();
    private readonly Outbox outbox = new();
    private readonly LevelArena arena = new();
    private readonly List<(OrderRequest Request, long Sequence)> requests = [];
    private long sequence;
    private long nextDue;
    private Cause last;

    public long Items { get; private set; }

    public long Fills { get; private set; }

    public long Answers { get; private set; }

    /// <summary>Plays recorded events up to a stamp.</summary>
    public async Task RunAsync(IEnumerable<IEventSource> days, long to)
    {
        var isAttached = false;
        var stream = 0;
        foreach (var day in days)
        {
            stream++;
            using var source = day;
            while (source.Read(out var header, out var payload) && header.ReceiveTime < to)
            {
                var bytes = payload.ToArray();
                if (!state.Running)
                {
                    Start(header);
                }

                var isPublished = Published.Contains(header.Type);
                if (!isAttached && state.Tracker.Follows)
                {
                    isAttached = true;
                    await client.SayAsync(nextDue);
                }

                while (nextDue <= header.ReceiveTime && state.Running)
                {
                    await TimerAsync(isAttached);
                }

                if (isAttached && isPublished)
                {
                    var item = await NextAsync();
                    Assert.Equal(("market", header.ReceiveTime, 1), (item.Kind, item.Time, item.Messages.Count));
                }

                last = new Cause(stream, header.Sequence);
                arena.Clear();
                var self = this;
                EventCatalog.Decode(header, bytes, arena, ref self);
                Assert.True((isAttached && isPublished) || requests.Count == 0, $"event {header.Sequence} is no message, and the engine acts on it");
                if (isAttached && isPublished)
                {
                    await TurnAsync();
                }
            }
        }
    }

    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        Engine.Step(state, last, header, payload, outbox);
        Drain();
    }

    private static bool Begins(EventType type) => type is not (EventType.RecordingStarted or EventType.InstrumentDefined or EventType.BookCheckpoint);

    private void Start(in EventHeader header)
    {
        if (!Begins(header.Type))
        {
            return;
        }

        var first = Append(started.WindowStart, last, started);
        Engine.Step(state, new Cause(0, first.Sequence), first, started, outbox);
        var step = state.Setup!.Parameters.Step;
        nextDue = Division.FloorToMultiple(started.WindowStart, step) + step;
    }

    private async Task TimerAsync(bool isAttached)
    {
        if (isAttached)
        {
            var item = await NextAsync();
            Assert.Equal(("time", nextDue), (item.Kind, item.Time));
        }

        var timer = new TimerFired { Due = nextDue };
        var header = Append(nextDue, last, timer);
        nextDue += state.Setup!.Parameters.Step;
        Engine.Step(state, new Cause(0, header.Sequence), header, timer, outbox);
        Drain();
        if (isAttached)
        {
            await TurnAsync();
        }
    }

    // The rest of a turn: each report and answer is stepped; what it decides is sent before the venue is told to go on.
    private async Task TurnAsync()
    {
        await SendAsync();
        await client.SayAsync(nextDue);
        while (await PeekAsync() is { Kind: "report" or "answer" } item)
        {
            waiting = null;
            Step(item);
            await SendAsync();
            await client.SayAsync(nextDue);
        }
    }

    private LockstepClient.Item? waiting;

    private async Task<LockstepClient.Item> PeekAsync()
    {
        if (waiting is null)
        {
            waiting = await client.NextAsync();
            Items++;
        }

        return waiting;
    }

    private async Task<LockstepClient.Item> NextAsync()
    {
        var next = await PeekAsync();
        waiting = null;
        return next;
    }

    private void Step(LockstepClient.Item item)
    {
        if (item.Kind == "report")
        {
            Fills++;
            var report = item.Messages[0].GetProperty("event");
            Assert.Equal(("executionReport", "TRADE", 2), (report.GetProperty("e").GetString(), report.GetProperty("x").GetString(), item.Messages.Count));
            var instrument = state.Instrument!;
            var fill = new OrderFilled
            {
                OrderId = long.Parse(report.GetProperty("c").GetString()!, CultureInfo.InvariantCulture),
                TradeId = Fills,
                Side = report.GetProperty("S").GetString() == "BUY" ? Side.Bid : Side.Ask,
                Price = FixedPoint.Parse(report.GetProperty("L").GetString()!, instrument.PriceScale),
                Quantity = FixedPoint.Parse(report.GetProperty("l").GetString()!, instrument.QuantityScale),
                Remaining = FixedPoint.Parse(report.GetProperty("q").GetString()!, instrument.QuantityScale) - FixedPoint.Parse(report.GetProperty("z").GetString()!, instrument.QuantityScale),
                Rule = FillRule.Venue,
            };
            Commission.Charge(ref fill, instrument, started.FeePartsPerMillion);
            Assert.Equal(fill.Commission, FixedPoint.Parse(report.GetProperty("n").GetString()!, new Scale(instrument.CommissionDecimals)));
            Step(last, fill);
            return;
        }

        Answers++;
        var answer = item.Messages[0];
        var (request, cause) = asked[int.Parse(answer.GetProperty("id").GetString()!, CultureInfo.InvariantCulture)];
        var accepted = answer.GetProperty("status").GetInt32() == 200;
        var code = accepted ? 0 : answer.GetProperty("error").GetProperty("code").GetInt32();
        if (request.IsCancel && accepted)
        {
            var result = answer.GetProperty("result");
            Step(new Cause(0, cause), new OrderCancelled
            {
                OrderId = request.OrderId,
                Remaining = FixedPoint.Parse(result.GetProperty("origQty").GetString()!, state.Instrument!.QuantityScale) - FixedPoint.Parse(result.GetProperty("executedQty").GetString()!, state.Instrument!.QuantityScale),
            });
        }
        else if (request.IsCancel)
        {
            Assert.Equal(-2011, code);
            Step(new Cause(0, cause), new OrderCancelRejected { OrderId = request.OrderId });
        }
        else if (accepted)
        {
            Step(new Cause(0, cause), new OrderAccepted { OrderId = request.OrderId });
        }
        else
        {
            Assert.Equal(-2010, code);
            Step(new Cause(0, cause), new OrderRejected { OrderId = request.OrderId, Reason = OrderRejectReason.WouldMatch });
        }
    }

    private readonly List<(OrderRequest Request, long Sequence)> asked = [];

    private async Task SendAsync()
    {
        foreach (var (request, cause) in requests)
        {
            var words = new Dictionary<string, string> { ["symbol"] = started.Symbol };
            var name = request.OrderId.ToString(CultureInfo.InvariantCulture);
            words[request.IsCancel ? "origClientOrderId" : "newClientOrderId"] = name;
            if (!request.IsCancel)
            {
                words["side"] = request.Side == Side.Bid ? "BUY" : "SELL";
                words["type"] = "LIMIT_MAKER";
                words["price"] = state.Instrument!.FormatPrice(request.Price);
                words["quantity"] = state.Instrument!.FormatQuantity(request.Quantity);
            }

            asked.Add((request, cause));
            await client.SendAsync(request.IsCancel ? "order.cancel" : "order.place", words, (asked.Count - 1).ToString(CultureInfo.InvariantCulture));
        }

        requests.Clear();
    }

    private void Step<T>(Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        var header = Append(state.Now, cause, payload);
        Engine.Step(state, new Cause(0, header.Sequence), header, payload, outbox);
        Drain();
    }

    private void Drain()
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            ref readonly var entry = ref outbox[i];
            sequence++;
            log.Add(LockstepLog.Line(entry.Type, outbox.Payload(i)));
            if (entry.HasRequest)
            {
                requests.Add((entry.Request, sequence));
            }
        }

        outbox.Clear();
    }

    private EventHeader Append<T>(long time, Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        var bytes = new ByteBuffer();
        EventRecord.WritePayload(bytes, payload);
        log.Add(LockstepLog.Line(T.Type, bytes.Span));
        return new EventHeader(++sequence, T.Type, T.Version, 0, time, cause);
    }
}
