using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>
/// Drives one run through a recording that somebody reads and folds into the market. Each event is told twice: before it is
/// folded, so that timers that are due fire and the venue matches, and after, so that the strategy decides. Before the window
/// only the book is folded; inside it timers fire on the grid before the first event with a stamp at or after their due time.
/// </summary>
internal sealed class RunDriver
{
    private readonly BacktestRequest request;
    private readonly IReadOnlyList<InputStream> inputs;
    private readonly EngineState state;
    private readonly RunMetrics metrics = new();
    private readonly ZeroLatencySession session;
    private readonly HaltLog log;
    private readonly PrintSource prints;
    private readonly ITurns? turns;
    private readonly LevelArena told = new();
    private RunLineage? lineage;
    private RunPhase? phase;
    private RunStarted started;
    private Cause last;
    private long nextDue;
    private int controls;
    private bool earlier;

    /// <summary>A run that has not begun.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="inputs">Stored days in order.</param>
    /// <param name="prints">Which events are the prints.</param>
    /// <param name="state">The strategy's state over the market that is folded for it.</param>
    /// <param name="log">Where the run's events go.</param>
    /// <param name="watcher">Looks on beside the metrics; null for nobody.</param>
    /// <param name="turns">Looks on between turns, of a run without metrics, and says when it is enough; null for a whole run.</param>
    public RunDriver(BacktestRequest request, IReadOnlyList<InputStream> inputs, PrintSource prints, EngineState state, IStartableLog log, IRunObserver? watcher, ITurns? turns = null)
    {
        this.request = request;
        this.inputs = inputs;
        this.prints = prints;
        this.state = state;
        this.log = new HaltLog(log, state);
        this.turns = turns;
        session = new ZeroLatencySession(state, this.log, turns is not null ? new NoObserver() : watcher is null ? metrics : new BothObservers(metrics, watcher)) { Prints = prints, Sink = NoSink.For(request.Live) };
    }

    /// <summary>Which events are the prints of a run.</summary>
    public static PrintSource PrintsOf(BacktestRequest request, IReadOnlyList<InputStream> inputs) =>

        // A live run always records trades: they are its prints, even if none has come.
        request.Live is null ? InputStream.PrintsOf(inputs) : PrintSource.Trades;

    /// <summary>The engine's state now.</summary>
    public EngineState State => state;

    /// <summary>The venue now; null before the run started.</summary>
    public ZeroLatencyVenue? Venue => session.Venue;

    /// <summary>Where the run stands between two turns.</summary>
    public RunPosition Position => new(session.LastSequence, last, nextDue, phase is null ? 0 : lineage!.IndexOf(phase));

    /// <summary>Goes on from a kept state instead of starting.</summary>
    /// <param name="kept">The state that this run was made with, its venue and where it stands.</param>
    /// <param name="first">The run's first event.</param>
    public void Continue(EngineSnapshot kept, in RunStarted first)
    {
        session.Continue(kept);
        started = first;
        last = kept.Position.Last;
        nextDue = kept.Position.NextTimer;
        controls = request.Live?.Controls.Count(c => c.Header.Sequence <= kept.Position.Sequence) ?? 0;
        BeginLineage(kept.Position.Phase);
    }

    /// <summary>True once an event beyond the window was seen: nothing more is wanted.</summary>
    public bool Over { get; private set; }

    /// <summary>An event is about to be folded into the market.</summary>
    /// <returns>False when it lies beyond the window: it must not be folded.</returns>
    /// <exception cref="Domain.Configuration.ConfigurationException">The run starts, and its configuration does not fit the instrument.</exception>
    public bool Before<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (header.ReceiveTime >= request.To)
        {
            Over = true;
            return false;
        }

        if (!state.Running)
        {
            if (!StartsRun(header, payload))
            {
                earlier |= header.ReceiveTime < request.From;
                return true;
            }

            Start(header);
            if (request.Live is { } live)
            {
                // The account spoke before the run began.
                Follow(live);
            }
        }

        FireTimers(header.ReceiveTime);
        if (Over || IsEnough(header.ReceiveTime))
        {
            return false;
        }

        EnterPhase();
        session.Match(payload);
        return true;
    }

    /// <summary>The event was folded into the market.</summary>
    public void After<T>(int stream, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        last = new Cause(stream, header.Sequence);
        if (state.Running)
        {
            session.React(last, header, payload);
            turns?.After(this);
            if (request.Live is { } live)
            {
                Follow(live);
            }
        }
        else
        {
            session.Look(last, header, payload);
        }
    }

    /// <summary>Every event was read that there is: what still follows from the clock alone.</summary>
    public void ReadToTheEnd()
    {
        if (request.Live is { End: null } live && state.Running && !Over)
        {
            // The process died after its clock had fired these, and nothing was recorded after them.
            FireTimers(live.LastTimer);
        }
    }

    /// <summary>The run is over: the last mark and the totals.</summary>
    /// <exception cref="EmptyWindowException">The window had none.</exception>
    public BacktestResult End()
    {
        if (!state.Running)
        {
            throw new EmptyWindowException();
        }

        session.End(last, request.Live?.End?.Reason ?? (Over ? "end of window" : "end of recording"));
        metrics.Finish(state);
        return new BacktestResult(started, state, metrics) { Prints = prints, Halts = log.Halts };
    }

    // What a stored day begins with describes the day; the run starts with the first message after it.
    private bool StartsRun<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(RecordingStarted))
        {
            // A continued day follows from what was recorded before, wherever reading began.
            earlier |= ((RecordingStarted)(object)payload).ContinuedFrom.Length > 0;
            return false;
        }

        return typeof(T) != typeof(InstrumentDefined) && typeof(T) != typeof(BookCheckpoint)
            && header.ReceiveTime >= request.From && state.Instrument is not null;
    }

    private void Start(in EventHeader header)
    {
        // A recording that begins inside the window starts the run; otherwise the window's own start does.
        var start = earlier && request.From > long.MinValue ? request.From : header.ReceiveTime;
        started = RunHeader.Create(request, state.Instrument!, inputs, start, request.To);
        log.Start(started);
        session.Start(started, last);
        BeginLineage(null);
        var step = state.Setup!.Parameters.Step;
        nextDue = Division.FloorToMultiple(start, step) + step;
    }

    // A quiet hour has timers too: each fires before the first event at or after its due time.
    private void FireTimers(long time)
    {
        while (nextDue <= time && !Over && !IsEnough(nextDue))
        {
            EnterPhase();
            session.Timer(nextDue, last);
            nextDue += state.Setup!.Parameters.Step;
            turns?.After(this);
        }
    }

    // What a live run was told after this event; it may be its last.
    private void Follow(LiveScript live)
    {
        for (; controls < live.Controls.Count && live.Controls[controls].Header.Cause == last && !Over; controls++)
        {
            var (header, payload) = (live.Controls[controls].Header, live.Controls[controls].Payload);
            FireTimers(header.ReceiveTime);
            told.Clear();
            var teller = new Teller(this);
            EventCatalog.Decode(header, payload, told, ref teller);
            turns?.After(this);
        }

        if (live.End is { } end && end.After == last)
        {
            // The clock may have fired timers after the last that was told, while the venue was asked how its orders ended.
            FireTimers(live.LastTimer);
            Over = true;
        }

        Over |= live.End is null && log.IsExhausted;
    }

    private bool IsEnough(long time) => Over |= turns?.IsEnough(time) == true;

    // The run's own configuration is the last; a run that goes on has entered the one it stood in.
    private void BeginLineage(int? entered)
    {
        if (request.Fork is { } fork)
        {
            lineage = fork.Lineage.Fork(started);
            phase = lineage.Phases[entered ?? lineage.Phases.Count - 1];
        }
    }

    // A fork is its parent until its point: between two turns another configuration may begin.
    private void EnterPhase()
    {
        if (lineage is null)
        {
            return;
        }

        var due = lineage.At(session.LastSequence);
        if (due is null || ReferenceEquals(due, phase))
        {
            return;
        }

        phase = due;
        session.Reconfigure(due.Setup(state.Instrument!), due.Started, last);
    }

    private readonly struct Teller(RunDriver owner) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.session.Control(header.ReceiveTime, owner.last, payload);
    }
}
