using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>
/// Drives a recording through engine and zero-latency venue. Before the window only the book is folded; inside it
/// timers fire on the grid before the first event with a stamp at or after their due time.
/// </summary>
public sealed class Backtester
{
    private readonly BacktestRequest request;
    private readonly IReadOnlyList<InputStream> inputs;
    private readonly Action<long, long>? progress;
    private readonly EngineState state;
    private readonly RunMetrics metrics = new();
    private readonly ITurns? turns;
    private readonly ZeroLatencySession session;
    private readonly HaltLog log;
    private readonly LevelArena arena = new();
    private readonly PrintSource prints;
    private RunLineage? lineage;
    private RunPhase? phase;
    private RunStarted started;
    private Cause last;
    private long nextDue;
    private int controls;
    private bool earlier;
    private bool over;

    /// <summary>A backtest that has not run.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="inputs">Stored days in order.</param>
    /// <param name="log">Where the run's events go.</param>
    /// <param name="progress">Told events read and in all, now and then; null for nobody.</param>
    /// <param name="watcher">Looks on beside the metrics; null for nobody.</param>
    public Backtester(BacktestRequest request, IReadOnlyList<InputStream> inputs, IStartableLog log, Action<long, long>? progress = null, IRunObserver? watcher = null)
    {
        this.request = request;
        this.inputs = inputs;
        state = new EngineState();
        this.log = new HaltLog(log, state);
        this.progress = progress;

        // A live run always records trades: they are its prints, even if none has come.
        prints = request.Live is null ? InputStream.PrintsOf(inputs) : PrintSource.Trades;
        session = new ZeroLatencySession(state, this.log, watcher is null ? metrics : new BothObservers(metrics, watcher)) { Prints = prints };
    }

    /// <summary>A backtest that goes between two turns as far as somebody wants, without metrics.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="inputs">Stored days in order.</param>
    /// <param name="log">Where the run's events go.</param>
    /// <param name="turns">Looks on between turns and says when it is enough.</param>
    /// <param name="from">Where to go on, with the run's first event; null to start.</param>
    internal Backtester(BacktestRequest request, IReadOnlyList<InputStream> inputs, IStartableLog log, ITurns turns, (EngineSnapshot Kept, RunStarted Started)? from)
    {
        this.request = request;
        this.inputs = inputs;
        this.turns = turns;
        state = from?.Kept.State ?? new EngineState();
        this.log = new HaltLog(log, state);
        prints = request.Live is null ? InputStream.PrintsOf(inputs) : PrintSource.Trades;
        session = new ZeroLatencySession(state, this.log, new NoObserver()) { Prints = prints };
        if (from is var (kept, first))
        {
            session.Continue(kept);
            started = first;
            last = kept.Position.Last;
            nextDue = kept.Position.NextTimer;
            controls = request.Live?.Controls.Count(c => c.Header.Sequence <= kept.Position.Sequence) ?? 0;
            BeginLineage(kept.Position.Phase);
        }
    }

    /// <summary>The engine's state now.</summary>
    internal EngineState State => state;

    /// <summary>The venue now; null before the run started.</summary>
    internal ZeroLatencyVenue? Venue => session.Venue;

    /// <summary>Where the run stands between two turns.</summary>
    internal RunPosition Position => new(session.LastSequence, last, nextDue, phase is null ? 0 : lineage!.IndexOf(phase));

    /// <summary>Runs it.</summary>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself; nothing of the run may be used.</exception>
    /// <exception cref="EmptyWindowException">The window has no event.</exception>
    public BacktestResult Run()
    {
        Walk();
        if (!state.Running)
        {
            throw new EmptyWindowException();
        }

        session.End(last, request.Live?.End?.Reason ?? (over ? "end of window" : "end of recording"));
        metrics.Finish(state);
        return new BacktestResult(started, state, metrics) { Prints = prints, Halts = log.Halts };
    }

    /// <summary>Reads until the window is over, or somebody has seen enough; the run is not ended by it.</summary>
    /// <exception cref="InvariantBrokenException">The recording contradicts itself; nothing of the run may be used.</exception>
    internal void Walk()
    {
        var total = inputs.Sum(i => i.Events);
        var read = 0L;
        var from = last.Sequence + 1;
        for (var index = Math.Max(0, last.Stream - 1); index < inputs.Count && !over; index++)
        {
            using var source = from > 1 ? inputs[index].OpenFrom(from) : inputs[index].Open();
            from = 1;
            var feeder = new Feeder(this, index + 1);
            while (!over && source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref feeder);
                if ((++read & 0x3FFF) == 0)
                {
                    progress?.Invoke(read, total);
                }
            }
        }

        if (request.Live is { End: null } live && state.Running && !over)
        {
            // The process died after its clock had fired these, and nothing was recorded after them.
            FireTimers(live.LastTimer);
        }
    }

    private void On<T>(int stream, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (header.ReceiveTime >= request.To)
        {
            over = true;
            return;
        }

        var source = new Cause(stream, header.Sequence);
        if (!state.Running && !StartsRun(header, payload))
        {
            earlier |= header.ReceiveTime < request.From;
            session.Fold(source, header, payload);
            last = source;
            return;
        }

        if (!state.Running)
        {
            Start(header);
        }

        FireTimers(header.ReceiveTime);
        if (over || turns?.IsEnough(header.ReceiveTime) == true)
        {
            over = true;
            return;
        }

        EnterPhase();
        session.Market(source, header, payload);
        last = source;
        turns?.After(this);
        if (request.Live is { } live)
        {
            Follow(live);
        }
    }

    // A quiet hour has timers too: each fires before the first event at or after its due time.
    private void FireTimers(long time)
    {
        while (nextDue <= time && !over)
        {
            if (turns?.IsEnough(nextDue) == true)
            {
                over = true;
                return;
            }

            EnterPhase();
            session.Timer(nextDue, last);
            nextDue += state.Setup!.Parameters.Step;
            turns?.After(this);
        }
    }

    // What a live run was told after this event; it may be its last.
    private void Follow(LiveScript live)
    {
        for (; controls < live.Controls.Count && live.Controls[controls].Header.Cause == last && !over; controls++)
        {
            var (header, payload) = (live.Controls[controls].Header, live.Controls[controls].Payload);
            FireTimers(header.ReceiveTime);
            session.Control(header.ReceiveTime, last, PayloadBytes.Read<KillSwitchPulled>(payload, new LevelArena()));
            turns?.After(this);
        }

        over |= live.End is { } end ? end.After == last : log.IsExhausted;
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
        var due = lineage?.At(session.LastSequence);
        if (due is null || ReferenceEquals(due, phase))
        {
            return;
        }

        phase = due;
        session.Reconfigure(due.Setup(state.Instrument!), due.Started, last);
    }

    private readonly struct Feeder(Backtester owner, int stream) : IEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.On(stream, header, payload);
    }
}

/// <summary>A run log that learns the run's name when the run starts.</summary>
public interface IStartableLog : IRunLog
{
    /// <summary>The run starts.</summary>
    void Start(in RunStarted started);

    /// <summary>True when the run that this is compared with has no further event and had not ended.</summary>
    bool IsExhausted => false;
}

/// <summary>A window without any event.</summary>
public sealed class EmptyWindowException() : Exception("The recording has no event in the window.");

/// <summary>What a backtest gave.</summary>
/// <param name="Started">The run's first event.</param>
/// <param name="State">The engine's last state.</param>
/// <param name="Metrics">The metrics.</param>
public sealed record BacktestResult(RunStarted Started, EngineState State, RunMetrics Metrics)
{
    /// <summary>Which events of the recording were the prints.</summary>
    public PrintSource Prints { get; init; }

    /// <summary>The limits that stopped quoting, in order.</summary>
    public IReadOnlyList<Halt> Halts { get; init; } = [];

    /// <summary>True when the run ended halted: the engine had stopped itself.</summary>
    public bool EndedHalted => State.Risk.Halted != Domain.Risk.HaltReason.None;
}
