using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// One symbol of a live run: an engine of its own, fed with every event as it is recorded, in the recorded order. Timers fire
/// by the clock, and before the first event with a stamp at or after their due time; events that follow are not stamped
/// earlier. So a replay of the recording alone finds every timer in its place. What else the engine is told (kill switch) is
/// recorded in the run, after the market event that its cause names.
/// </summary>
public sealed class LiveSymbol : IMarketTap, IDisposable
{
    private readonly LiveOptions options;
    private readonly TapContext context;
    private readonly string run;
    private readonly Action<LiveSymbol, Exception> failed;
    private readonly EngineState state = new();
    private readonly RunMetrics metrics = new();
    private readonly ZeroLatencySession session;
    private readonly LiveLog log;
    private RecordedDay? day;
    private string current = "";
    private int streams;
    private Cause last;
    private long latest = long.MinValue;
    private long nextDue;
    private RunStarted started;
    private Queue<StoredControl> stored = new();
    private bool over;

    internal LiveSymbol(LiveOptions options, JournalStore store, string run, TapContext context, Action<LiveSymbol, Exception> failed)
    {
        this.options = options;
        this.context = context;
        this.run = run;
        this.failed = failed;
        log = new LiveLog(store, StreamName.Run(run, context.Symbol)) { WriteMarket = () => day?.WriteOut(), Position = () => state.Ledger.Position };

        // Trades are always recorded here, so they are the prints, even if none has come yet.
        session = new ZeroLatencySession(state, log, metrics) { Prints = PrintSource.Trades };
    }

    /// <summary>Symbol in capitals.</summary>
    public string Symbol => context.Symbol;

    /// <summary>The run's stream.</summary>
    public StreamName Stream => log.Stream;

    /// <summary>What the engine knows. Read it with the gate held, or when the run has ended.</summary>
    public EngineState State => state;

    /// <summary>The metrics so far.</summary>
    public RunMetrics Metrics => metrics;

    /// <summary>The run's first event; empty before it started.</summary>
    public RunStarted Started => started;

    /// <summary>The limits that stopped quoting, in order.</summary>
    public IReadOnlyList<LiveHalt> Halts => log.Halts;

    /// <summary>Events of the run so far.</summary>
    public long Events => log.Events;

    /// <summary>Last event of the run that is on disk.</summary>
    public long Durable => log.Durable;

    /// <summary>True once the run has ended.</summary>
    public bool IsOver => over;

    /// <summary>Why the engine stopped itself; null when it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Events that a killed process had stored and that were executed again; 0 for a run that started here.</summary>
    public long Recovered { get; private set; }

    /// <inheritdoc/>
    public long Floor { get; private set; } = long.MinValue;

    private bool HasStarted => started.Run is { Length: > 0 };

    /// <inheritdoc/>
    public void On<T>(RecordedDay day, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (over)
        {
            return;
        }

        this.day = day;
        try
        {
            Take(day.Stream.Value, header, payload);
        }
        catch (Exception e)
        {
            // The recording goes on to its orderly end; this engine does nothing more.
            Fail(e);
        }
    }

    /// <inheritdoc/>
    public void OnClock(long now)
    {
        if (over || !HasStarted || nextDue > now)
        {
            return;
        }

        try
        {
            FireTimers(now);
            Floor = Math.Max(Floor, nextDue - state.Setup!.Parameters.Step);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <inheritdoc/>
    public void WriteOut()
    {
        if (!over)
        {
            log.Commit();
        }
    }

    /// <inheritdoc/>
    public void Flush() => log.Flush();

    /// <inheritdoc/>
    public void End(string reason)
    {
        // The day is with whoever seals it, written out.
        day = null;
        if (!over && HasStarted)
        {
            EndRun("end of recording");
        }
    }

    /// <summary>Pulls the kill switch: everything is cancelled and the run ends.</summary>
    /// <param name="now">By the clock, in nanoseconds since the epoch.</param>
    /// <param name="source">Who pulled it.</param>
    /// <param name="flatten">True to close the position.</param>
    internal void Kill(long now, string source, bool flatten)
    {
        if (over || !HasStarted)
        {
            over = true;
            return;
        }

        try
        {
            Control(Math.Max(Math.Max(now, state.Now), Floor), new KillSwitchPulled { Source = source, Flatten = flatten });
            EndRun("kill switch: " + source);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>
    /// Goes on with a run whose process was killed: executes it again from what it had recorded, compares every event with what
    /// is stored, and appends what the dead process had no time to write.
    /// </summary>
    /// <exception cref="LiveRunException">What is stored does not follow from what was recorded.</exception>
    internal void Recover(JournalStore store, RecordedRun run, IReadOnlyList<StreamName> inputs)
    {
        stored = new Queue<StoredControl>(run.Controls);
        log.Open();
        var arena = new LevelArena();
        var feeder = new Feeder(this);
        foreach (var input in inputs)
        {
            feeder.Stream = input.Value;
            using var source = new UpcastSource(store.OpenSource(input));
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref feeder);
            }
        }

        // The clock had fired these, and nothing was recorded after them.
        if (HasStarted)
        {
            FireTimers(run.LastTimer);
            Floor = Math.Max(run.LastTimer, latest);
        }

        log.EndComparison();
        Recovered = log.Events;
        if (state.Killed)
        {
            // It died while it was ending.
            EndRun("kill switch, before the process was killed");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => log.Dispose();

    private void Take<T>(string stream, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (stream != current)
        {
            streams++;
            current = stream;
        }

        var source = new Cause(streams, header.Sequence);
        if (!state.Running && !StartsRun<T>(header))
        {
            session.Fold(source, header, payload);
        }
        else
        {
            if (!state.Running)
            {
                Start(header.ReceiveTime);
            }

            FireTimers(header.ReceiveTime);
            session.Market(source, header, payload);
        }

        last = source;
        latest = Math.Max(latest, header.ReceiveTime);
        while (stored.TryPeek(out var next) && next.Header.Cause == last)
        {
            stored.Dequeue();
            Control(next.Header.ReceiveTime, PayloadBytes.Read<KillSwitchPulled>(next.Payload, new LevelArena()));
        }
    }

    // The first message after the book is whole, with a stamp of its own: a backtest of the recording from that stamp on
    // starts before the same event.
    private bool StartsRun<T>(in EventHeader header)
        where T : struct, IPayload<T> =>
        typeof(T) != typeof(RecordingStarted) && typeof(T) != typeof(InstrumentDefined) && typeof(T) != typeof(BookCheckpoint)
        && typeof(T) != typeof(RecordingEnded) && header.ReceiveTime > latest && state.Tracker.State == BookState.Synced && state.Instrument is not null;

    private void Start(long time)
    {
        started = options.Header(new LiveStart(run, options, Symbol, state.Instrument!, StreamName.Parse(current), time));
        if (!log.IsComparing)
        {
            log.Open();
        }

        session.Start(started, last);
        var step = state.Setup!.Parameters.Step;
        nextDue = Division.FloorToMultiple(time, step) + step;
    }

    private void FireTimers(long time)
    {
        while (nextDue <= time)
        {
            session.Timer(nextDue, last);
            nextDue += state.Setup!.Parameters.Step;
        }
    }

    private void Control<T>(long time, in T payload)
        where T : struct, IPayload<T>
    {
        FireTimers(time);
        session.Control(time, last, payload);
        Floor = Math.Max(Floor, time);
    }

    private void EndRun(string reason)
    {
        try
        {
            session.End(last, reason);
            metrics.Finish(state);
            over = true;
            log.WriteMarket();
            log.Seal(options.EngineVersion, options.Notes(new FinishedSymbol(started, state, metrics)));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        over = true;
        Failure ??= e;
        failed(this, e);
    }

    private struct Feeder(LiveSymbol owner) : IEventHandler
    {
        public string Stream { get; set; } = "";

        public readonly void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.Take(Stream, header, payload);
    }
}

/// <summary>A symbol of a live run that has ended.</summary>
/// <param name="Started">The run's first event.</param>
/// <param name="State">The engine's last state.</param>
/// <param name="Metrics">The metrics.</param>
public sealed record FinishedSymbol(RunStarted Started, EngineState State, RunMetrics Metrics);
