using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Live.Telemetry;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// One symbol of a live run: an engine of its own, fed with every event as it is recorded, in the recorded order. Timers fire
/// by the clock, and before the first event with a stamp at or after their due time; events that follow are not stamped
/// earlier. So a replay of the recording alone finds every timer in its place. What else the engine is told (kill switch) is
/// recorded in the run, after the market event that its cause names.
/// </summary>
public sealed partial class LiveSymbol : IMarketTap, IDisposable
{
    // A clock that a time service corrects by less only stands for that long.
    private const long MostBackwards = 5_000_000_000;

    private const int MostEarly = 4_096;

    private LiveOptions options;
    private readonly TapContext context;
    private readonly string run;
    private readonly JournalStore store;
    private readonly Action<LiveSymbol, Exception> failed;
    private EngineState state = new();
    private RunMetrics metrics = new();
    private ZeroLatencySession session;
    private readonly LiveLog log;
    private readonly GatewaySink? sink;
    private readonly KeyValuePair<string, object?> tag;
    private readonly List<GatewayEvent> early = [];
    private IOrderDesk? desk;
    private IReadOnlySet<long> trades = new HashSet<long>();
    private IReadOnlyDictionary<long, long> venueOrderIds = new Dictionary<long, long>();
    private long account;
    private long settledTrade;
    private RunStarted? recorded;
    private KnownBalances? balances;
    private long readAt = Clock.Timers.GetTimestamp();
    private RecordedDay? day;
    private string current = "";
    private int streams;
    private Cause last;
    private long latest = long.MinValue;
    private long nextDue;
    private RunStarted started;
    private bool over;
    private bool inTurn;
    private Cause stepping;

    internal LiveSymbol(LiveOptions options, JournalStore store, string run, TapContext context, Action<LiveSymbol, Exception> failed)
    {
        this.options = options;
        this.context = context;
        this.run = run;
        this.store = store;
        this.failed = failed;
        log = new LiveLog(store, StreamName.Run(run, context.Symbol)) { WriteMarket = () => day?.WriteOut(), Position = () => state.Ledger.Position };

        tag = LiveTelemetry.Tag(context.Symbol);
        sink = options.Mode == LiveMode.Paper ? null : new GatewaySink();

        session = NewSession();
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

    /// <summary>True when it goes on with a run that a dead process left: orders of it may rest at the venue.</summary>
    internal bool IsRecovered { get; private set; }

    /// <summary>Requests handed to the gateway by this process.</summary>
    internal long Submitted { get; private set; }

    /// <summary>When the next timer is due; <see cref="long.MaxValue"/> before the run and after it.</summary>
    internal long NextTimer => over || IsBroken || !HasStarted ? long.MaxValue : nextDue;

    private bool HasStarted => started.Run is { Length: > 0 };

    /// <summary>From bytes in to what was decided from them, in nanoseconds of the machine.</summary>
    public DelayHistogram ToDecision { get; } = new();

    /// <summary>From bytes in to the requests handed to the gateway, in nanoseconds of the machine.</summary>
    public DelayHistogram ToOrder { get; } = new();

    /// <inheritdoc/>
    public void OnRead(long timestamp) => readAt = timestamp;

    /// <inheritdoc/>
    public void On<T>(RecordedDay day, in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (over || IsBroken)
        {
            return;
        }

        try
        {
            TurnTo(day);
            var before = log.Events;
            inTurn = true;
            Take(day.Stream.Value, header, payload);
            inTurn = false;
            if (log.Events != before)
            {
                var elapsed = Elapsed();
                ToDecision.Add(elapsed);
                LiveTelemetry.Decided(elapsed, tag);
                if (Leave())
                {
                    elapsed = Elapsed();
                    ToOrder.Add(elapsed);
                    LiveTelemetry.Left(elapsed, tag);
                }

                KeepIfDue();
            }
        }
        catch (Exception e)
        {
            Caught(e);
        }
    }

    /// <inheritdoc/>
    public void OnClock(long now)
    {
        if (over || IsBroken || !HasStarted)
        {
            return;
        }

        if (state.Now - now > MostBackwards && Failure is null)
        {
            // Until the clock is there again no timer would fire and nothing would be stale: it is not waited for.
            Stop(new LiveRunException(FormattableString.Invariant($"The machine's clock went back by {(state.Now - now) / 1e9:0.0} s: engine time would stand still for as long. Set the clock, and start again.")));
        }

        if (nextDue > now)
        {
            return;
        }

        try
        {
            inTurn = true;
            FireTimers(now);
            inTurn = false;
            Floor = Math.Max(Floor, nextDue - state.Setup!.Parameters.Step);
            Leave();
        }
        catch (Exception e)
        {
            Caught(e);
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
    public void Flush()
    {
        log.Flush();
        WriteKept();
    }

    /// <summary>Held by whoever calls.</summary>
    internal Lock Gate => context.Gate;

    /// <summary>What the run knows of its orders, for the gateway.</summary>
    internal DeskStart DeskStart => new()
    {
        Run = run,
        Instrument = context.Instrument,
        Working = state.Orders.Span.ToArray(),
        KnownTrades = trades,
        SettledTrade = settledTrade,
        VenueOrderIds = venueOrderIds,
        Balances = balances,
        SelfTradePrevention = options.Strategies[Symbol]["self_trade_prevention"] is var mode && mode != "venue" ? mode : null,
        Since = HasStarted ? started.WindowStart : 0,
        Account = account,
    };

    /// <summary>Requests go there, in the order they were decided, when they are in the journal.</summary>
    internal void Connect(IOrderDesk way) => desk = way;

    /// <summary>The account says something.</summary>
    internal void OnAccount(GatewayEvent told)
    {
        if (over)
        {
            return;
        }

        try
        {
            if (told is GatewayFailure failure)
            {
                Stop(failure.What);
                return;
            }

            if (HasStarted)
            {
                inTurn = true;
                var teller = new Teller(this);
                told.HandTo(ref teller);
                inTurn = false;
                Leave();
                return;
            }

            // Of a connection only how it is when the run starts.
            if (told.Type == EventType.ConnectionChanged)
            {
                early.RemoveAll(e => e.Type == EventType.ConnectionChanged);
            }

            early.Add(told);
            if (early.Count > MostEarly)
            {
                // A book that never is whole: what the account said long ago is said again by every reconciliation.
                early.RemoveAt(0);
            }
        }
        catch (Exception e)
        {
            Caught(e);
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
            stepping = source;
            session.Market(source, header, payload);
            stepping = Cause.None;
        }

        last = source;
        latest = Math.Max(latest, header.ReceiveTime);
        if (isRecovering && HasStarted)
        {
            AfterRecorded();
        }
    }

    // Trades are always recorded here, so they are the prints, even if none has come yet.
    private ZeroLatencySession NewSession() => new(state, log, metrics) { Prints = PrintSource.Trades, Sink = sink };

    // Nothing leaves before the decision is in the journal, and the market events that it follows from before it.
    private bool Leave()
    {
        Report();
        if (sink is not { Count: > 0 })
        {
            return false;
        }

        using var turn = LiveTelemetry.Turn(Symbol, log.Events, sink.Count);
        log.WriteOut();
        if (options.DecisionsOnDisk)
        {
            day?.Flush();
            log.Flush();
        }

        desk!.Submit(sink.Waiting);
        Submitted += sink.Count;
        sink.Clear();
        return true;
    }

    // With the last day's end on the disk before a decision that follows from it can be: from here on only the new day is flushed.
    private void TurnTo(RecordedDay next)
    {
        if (ReferenceEquals(day, next))
        {
            return;
        }

        var before = day;
        day = next;
        if (before is not null && options.DecisionsOnDisk)
        {
            try
            {
                before.Flush();
            }
            catch (Exception e) when (e is Stores.StreamSealedException or ObjectDisposedException)
            {
                // It is sealed already, and sealing brings it to the disk.
            }
        }
    }

    private long Elapsed() => (long)(Clock.Timers.GetElapsedTime(readAt).TotalMilliseconds * 1e6);

    // The first message after the book is whole, with a stamp of its own: a backtest of the recording from that stamp on
    // starts before the same event.
    private bool StartsRun<T>(in EventHeader header)
        where T : struct, IPayload<T> =>
        typeof(T) != typeof(RecordingStarted) && typeof(T) != typeof(InstrumentDefined) && typeof(T) != typeof(BookCheckpoint)
        && typeof(T) != typeof(RecordingEnded) && header.ReceiveTime > latest && state.Tracker.State == BookState.Synced && state.Instrument is not null;

    private void Start(long time)
    {
        started = Header(time);
        if (!log.IsComparing)
        {
            log.Open();
        }

        session.Start(started, last);
        var step = state.Setup!.Parameters.Step;
        nextDue = Division.FloorToMultiple(time, step) + step;
        if (isRecovering)
        {
            Repeat();
        }

        TellWaiting(time);
        foreach (var told in early)
        {
            var teller = new Teller(this);
            told.HandTo(ref teller);
        }

        early.Clear();
    }

    // A run that goes on has begun with what it says itself.
    private RunStarted Header(long time)
    {
        var carried = recorded is { } before ? new CarriedRisk(0, before.CarriedDayPnl, before.CarriedDrawdown) : LiveRuns.Carried(store, options.Mode, Symbol, time);
        return options.Header(new LiveStart(run, options, Symbol, state.Instrument!, StreamName.Parse(current), time) { CarriedDayPnl = carried.DayPnl, CarriedDrawdown = carried.Drawdown });
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
        // An account's stamp may be older than what the engine has seen; its time never runs backwards.
        time = Math.Max(time, state.Now);
        if (!IsBroken)
        {
            FireTimers(time);
        }

        session.Control(time, last, payload);
        Floor = Math.Max(Floor, time);
    }

    private readonly struct Teller(LiveSymbol owner) : IEventHandler, IGatewayEventHandler
    {
        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T> => owner.Control(header.ReceiveTime, payload);

        public void On<T>(GatewayEvent source, in T payload)
            where T : struct, IPayload<T> => owner.Control(owner.options.Lockstep ? owner.state.Now : source.ReceiveTime, payload);
    }
}
