using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Projections.Venue;

namespace EventSourcedMM.Projections.Trading;

/// <summary>
/// Engine and zero-latency venue in turns (DESIGN.md §5): the venue matches event n against the orders that rested
/// before it; Step(n) decides without knowing those fills; then n's fills are appended and stepped, oldest order
/// first; then the answers to requests in the order they were made, and what those decide, until nothing is left.
/// With a <see cref="Sink"/> there is no such venue: requests go there, and answers and fills are told like anything else.
/// </summary>
public sealed class ZeroLatencySession(EngineState state, IRunLog log, IRunObserver observer)
{
    private readonly Outbox outbox = new();
    private readonly Queue<(OrderRequest Request, long Sequence)> requests = new();
    private readonly ByteBuffer payloadBytes = new();
    private ZeroLatencyVenue? venue;

    // Whether the event being stepped filled us.
    private bool filled;

    /// <summary>Which events of the recording are the prints that fill us.</summary>
    public PrintSource Prints { get; init; }

    /// <summary>Takes the requests of a run that trades at a venue; null for the zero-latency venue.</summary>
    public IRequestSink? Sink { get; init; }

    /// <summary>The engine's state.</summary>
    public EngineState State => state;

    /// <summary>The venue, once the run started.</summary>
    public ZeroLatencyVenue? Venue => venue;

    /// <summary>True once the engine stopped itself.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Sequence of the last event appended.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Before the run: only the book is folded.</summary>
    public void Fold<T>(Cause source, in EventHeader header, in T payload)
        where T : struct, IPayload<T> => Engine.Step(state, source, header, payload, outbox);

    /// <summary>Starts the run: appends its first event and steps it.</summary>
    /// <param name="started">The run's first event.</param>
    /// <param name="cause">The last event folded before.</param>
    public void Start(in RunStarted started, Cause cause)
    {
        var header = Append(started.WindowStart, cause, started);
        Engine.Step(state, new Cause(0, header.Sequence), header, started, outbox);
        venue = Sink is null ? new ZeroLatencyVenue(state.Instrument!, started.Queue, started.FeePartsPerMillion, Prints) { Own = state.Own } : null;
        observer.Started(state);
    }

    /// <summary>Goes on from a kept state instead of starting: nothing is written or stepped by this.</summary>
    /// <param name="kept">The state that this session was made with, and its venue.</param>
    /// <exception cref="ArgumentException">The state is another's, or has no venue.</exception>
    public void Continue(EngineSnapshot kept)
    {
        if (!ReferenceEquals(kept.State, state) || (kept.Venue is null) != (Sink is not null))
        {
            throw new ArgumentException("A session goes on from its own state, and from a simulated venue unless it trades at another one.", nameof(kept));
        }

        venue = kept.Venue;
        if (venue is not null)
        {
            venue.Own = state.Own;
        }

        LastSequence = kept.Position.Sequence;
    }

    /// <summary>One market event and all that follows from it.</summary>
    public void Market<T>(Cause source, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        Match(payload);
        Engine.Fold(state.Market, header, payload);
        React(source, header, payload);
    }

    /// <summary>
    /// The part of <see cref="Market"/> before the event is folded into the market: the venue matches it against the orders
    /// that rest. For those who fold the market themselves, for several sessions at once.
    /// </summary>
    public void Match<T>(in T payload)
        where T : struct, IPayload<T> => filled = venue is not null && MatchAny(payload);

    /// <summary>The part of <see cref="Market"/> after the event was folded into the market.</summary>
    public void React<T>(Cause source, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        var inputsBefore = state.Inputs;
        Engine.React(state, source, header, payload, outbox);
        if (outbox.Count > 0)
        {
            Drain();
        }

        if (filled)
        {
            StepFills(source);
        }

        if (requests.Count > 0)
        {
            Answer();
        }

        EndTurn(inputsBefore, source);
    }

    /// <summary>Before the run: the event was folded into the market and nothing is decided.</summary>
    public void Look<T>(Cause source, in EventHeader header, in T payload)
        where T : struct, IPayload<T> => Engine.React(state, source, header, payload, outbox);

    /// <summary>The timer fired: appends it, and all that follows from it.</summary>
    public void Timer(long due, Cause cause)
    {
        var inputsBefore = state.Inputs;
        var timer = new TimerFired { Due = due };
        var header = Append(due, cause, timer);
        var source = new Cause(0, header.Sequence);
        Engine.Step(state, source, header, timer, outbox);
        Drain();
        Answer();
        observer.Timer(state, due);
        EndTurn(inputsBefore, source);
    }

    /// <summary>
    /// Something other than market and clock was told: the kill switch, a verdict, an account's connection. Appends it, and all
    /// that follows from it.
    /// </summary>
    /// <param name="time">Its stamp in nanoseconds since the epoch.</param>
    /// <param name="cause">The last event stepped: a replay steps it after that one.</param>
    /// <param name="payload">What was told.</param>
    public void Control<T>(long time, Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        var inputsBefore = state.Inputs;
        var header = Append(time, cause, payload);
        if (IsBroken)
        {
            Book(payload);
            return;
        }

        var source = new Cause(0, header.Sequence);
        Look(payload);
        Engine.Step(state, source, header, payload, outbox);
        Drain();
        Answer();
        EndTurn(inputsBefore, source);
    }

    // What the zero-latency venue tells an observer in its own turn.
    private void Look<T>(in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(OrderFilled))
        {
            observer.Filling(state, (OrderFilled)(object)payload);
        }
        else if (typeof(T) == typeof(OrderAccepted))
        {
            ref readonly var order = ref state.Orders.Get(((OrderAccepted)(object)payload).OrderId);
            observer.Placed(state, new OrderRequest(IsCancel: false, order.OrderId, order.Side, order.Price, order.Remaining));
        }
    }

    /// <summary>Between two turns: engine and venue go on under another configuration, and orders that it has no place for are cancelled.</summary>
    public void Reconfigure(QuoteSetup setup, in RunStarted settings, Cause source)
    {
        venue?.Change(settings.Queue, settings.FeePartsPerMillion);
        Engine.Reconfigure(state, setup, settings, source, outbox);
        if (venue is not null)
        {
            venue.Own = state.Own;
        }

        Drain();
        Answer();
    }

    /// <summary>
    /// The engine stopped itself in the middle of a turn. What it had decided and not written is void; nothing is decided or matched any
    /// more, and what is told from now on is written and booked.
    /// </summary>
    /// <returns>Requests that were written and have not left.</returns>
    public IReadOnlyList<OrderRequest> Break()
    {
        IsBroken = true;
        outbox.Clear();
        OrderRequest[] dropped = [.. requests.Select(r => r.Request)];
        requests.Clear();
        return dropped;
    }

    /// <summary>Ends the run.</summary>
    public void End(Cause source, string reason)
    {
        if (IsBroken)
        {
            Engine.EndBroken(state, source, reason, outbox);
        }
        else
        {
            HashVenue(source);
            Engine.End(state, source, reason, outbox);
        }

        Drain();
    }

    private void Book<T>(in T payload)
        where T : struct, IPayload<T>
    {
        try
        {
            Engine.Book(state, payload);
        }
        catch (Exception e) when (InvariantBrokenException.Stopped(e))
        {
            // It stopped once: what does not fit its books now either is in the journal, where whoever looks into it finds it.
            IsBroken = true;
        }
    }

    private bool MatchAny<T>(in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(DepthDiff))
        {
            venue!.Match((DepthDiff)(object)payload, state.Tracker);
        }
        else if (typeof(T) == typeof(Trade))
        {
            venue!.Match((Trade)(object)payload);
        }
        else if (typeof(T) == typeof(AggregateTrade))
        {
            venue!.Match((AggregateTrade)(object)payload);
        }
        else if (typeof(T) == typeof(PartialBook))
        {
            venue!.Match((PartialBook)(object)payload, state.Tracker);
        }
        else
        {
            return false;
        }

        return venue.Fills.Count > 0;
    }

    private void StepFills(Cause source)
    {
        for (var i = 0; i < venue!.Fills.Count; i++)
        {
            var fill = venue.TakeFill(i);
            var header = Append(state.Now, source, fill);
            observer.Filling(state, fill);
            Engine.Step(state, new Cause(0, header.Sequence), header, fill, outbox);
            Drain();
        }
    }

    private void Answer()
    {
        while (requests.TryDequeue(out var next))
        {
            var (request, sequence) = next;
            if (Sink is not null)
            {
                Sink.Send(request, sequence);
                continue;
            }

            var cause = new Cause(0, sequence);
            if (request.Execution == Domain.Orders.OrderExecution.ImmediateOrCancel)
            {
                Take(cause, request);
            }
            else if (request.IsCancel)
            {
                if (venue!.Cancel(request, out var remaining))
                {
                    Step(cause, new OrderCancelled { OrderId = request.OrderId, Remaining = remaining });
                }
                else
                {
                    Step(cause, new OrderCancelRejected { OrderId = request.OrderId });
                }
            }
            else if (venue!.Place(request, state.Tracker, out var queueAhead) is { } reason)
            {
                Step(cause, new OrderRejected { OrderId = request.OrderId, Reason = reason });
            }
            else
            {
                observer.Placed(state, request);
                Step(cause, new OrderAccepted { OrderId = request.OrderId, QueueAhead = queueAhead });
            }
        }
    }

    // Accepted, its fills, and what did not fill is over.
    private void Take(Cause cause, in OrderRequest request)
    {
        if (venue!.Take(request, state.Tracker, out var remaining) is { } reason)
        {
            Step(cause, new OrderRejected { OrderId = request.OrderId, Reason = reason });
            return;
        }

        observer.Placed(state, request);
        Step(cause, new OrderAccepted { OrderId = request.OrderId });
        for (var i = 0; i < venue.Fills.Count; i++)
        {
            var fill = venue.TakeFill(i);
            observer.Filling(state, fill);
            Step(cause, fill);
        }

        if (remaining > 0)
        {
            Step(cause, new OrderExpired { OrderId = request.OrderId, Remaining = remaining, Detail = "" });
        }
    }

    private void Step<T>(Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        var header = Append(state.Now, cause, payload);
        Engine.Step(state, new Cause(0, header.Sequence), header, payload, outbox);
        Drain();
    }

    private void EndTurn(long inputsBefore, Cause source)
    {
        Engine.EndTurn(state, inputsBefore, source, outbox);
        if (outbox.Count > 0)
        {
            Drain();
            HashVenue(source);
        }
    }

    // Beside each hash of the strategy's state, which a live run shares, one of the venue that only a simulated run has.
    private void HashVenue(Cause source)
    {
        if (venue is not null)
        {
            Append(state.Now, source, new VenueHashed { Inputs = state.Inputs, Venue = StateHash.Of(venue, outbox.Scratch) });
        }
    }

    // Decisions are appended first; their requests then wait for their turn at the venue.
    private void Drain()
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            ref readonly var entry = ref outbox[i];
            var sequence = log.Append(entry.Type, entry.Version, entry.Time, entry.Cause, outbox.Payload(i));
            LastSequence = sequence;
            if (entry.HasRequest)
            {
                requests.Enqueue((entry.Request, sequence));
            }
        }

        outbox.Clear();
    }

    private EventHeader Append<T>(long time, Cause cause, in T payload)
        where T : struct, IPayload<T>
    {
        payloadBytes.Clear();
        EventRecord.WritePayload(payloadBytes, payload);
        var sequence = log.Append(T.Type, T.Version, time, cause, payloadBytes.Span);
        LastSequence = sequence;
        return new EventHeader(sequence, T.Type, T.Version, 0, time, cause);
    }
}
