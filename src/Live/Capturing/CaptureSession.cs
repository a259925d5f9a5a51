using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Capturing;

/// <summary>
/// Records symbols of a venue until it is stopped: connections, books, days, disk. Everything it meets is an event of the
/// recording and counted in its report.
/// </summary>
public sealed partial class CaptureSession : IDisposable
{
    private const int Attempts = 6;
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(20);

    private readonly CaptureOptions options;
    private readonly JournalStore store;
    private readonly Clock clock;
    private readonly RestClient rest;
    private readonly CaptureTally tally = new();
    private readonly DayFinisher finisher;
    private readonly List<CaptureLane> lanes = [];
    private readonly OffsetWatch offsets;
    private readonly DelayHistogram delays = new();

    // What was counted since the last status; like the delays of all, touched with their lock held.
    private readonly DelayHistogram recent = new();
    private readonly Dictionary<string, (string Name, string From)> recordings = new(StringComparer.Ordinal);
    private readonly List<string> streams = [];
    private readonly List<string> damaged = [];
    private readonly long started;
    private IReadOnlyList<VenueRefusedException> refusedAtStart = [];

    private CaptureSession(CaptureOptions options, JournalStore store, Clock clock, RestClient rest)
    {
        this.options = options;
        this.store = store;
        this.clock = clock;
        this.rest = rest;
        finisher = new DayFinisher(options.Recorder, OnSealed, OnDamaged);
        offsets = new OffsetWatch(rest, clock, tally, Failed, Held);
        started = clock.Now;
    }

    /// <summary>Called with everything that happens, on any thread.</summary>
    public Action<CaptureIncident>? OnIncident
    {
        get => tally.OnIncident;
        set => tally.OnIncident = value;
    }

    /// <summary>Asks the venue for the instruments and prepares the recordings.</summary>
    /// <exception cref="VenueOutOfReachException">The venue cannot be reached.</exception>
    /// <exception cref="VenueRefusedException">The venue refuses.</exception>
    /// <exception cref="CaptureException">A symbol cannot be recorded.</exception>
    /// <exception cref="InstrumentException">An instrument cannot be.</exception>
    public static async Task<CaptureSession> StartAsync(CaptureOptions options, JournalStore store, Clock clock, Action<string> note, CancellationToken ct)
    {
        var rest = new RestClient(options.Endpoint, clock) { Budget = options.Weight ?? new RequestBudget() };
        CaptureSession? session = null;
        try
        {
            var refused = new List<VenueRefusedException>();
            var info = await AskAsync(() => rest.ExchangeInfoAsync(options.Symbols, ct), clock, refused, note, ct).ConfigureAwait(false);
            session = new CaptureSession(options, store, clock, rest) { refusedAtStart = refused };
            session.Prepare(info, note);
            return session;
        }
        catch (VenueRefusedException e) when (e.Code == -1121)
        {
            rest.Dispose();
            throw new CaptureException($"{options.Endpoint.Name} does not have one of {string.Join(", ", options.Symbols)}: {e.Message}", e);
        }
        catch
        {
            rest.Dispose();
            session?.Release();
            throw;
        }
    }

    /// <summary>Records until stopped.</summary>
    /// <param name="reason">Why it will have ended, asked for at the end.</param>
    /// <param name="ct">Stops it; what was received is recorded and sealed.</param>
    /// <exception cref="JournalFailedException">The disk cannot be written.</exception>
    public async Task<CaptureReport> RunAsync(Func<string> reason, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var finishing = finisher.RunAsync();
        foreach (var refused in refusedAtStart)
        {
            // There was no recording yet; it was told when it happened.
            Failed("the instruments, before the recording began", refused);
        }

        var keepers = lanes.Select((lane, i) => Keeper(lane, i).RunAsync(stop.Token));
        var resyncs = lanes.SelectMany(l => l.Symbols).Select(s => s.Resync!.RunAsync(stop.Token));
        var tasks = new List<Task>
        {
            CommitAsync(stop.Token), offsets.RunAsync(stop.Token), SimulatedClock.KeepAsync(clock, options.Endpoint, stop.Token),
        };
        if (options.Tap is not null && !clock.Follows)
        {
            // A clock that follows its venue shows nothing that was not recorded: there the stamps alone tell the time.
            tasks.Add(TickAsync(stop.Token));
        }

        tasks.AddRange(keepers);
        tasks.AddRange(resyncs);
        try
        {
            // A failure of one is enough to end the capture; the finisher ends only by one.
            await await Task.WhenAny(Task.WhenAll(tasks), FirstFailureAsync([.. tasks, finishing])).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whoever trades on it hears of it before the sockets are closed, which may take a while.
            options.Failing?.Invoke(e);
            throw;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (tasks.Exists(t => t.IsFaulted) || finishing.IsFaulted)
            {
                // Days that were over before are sealed all the same.
                finisher.Complete();
                await finishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        foreach (var task in tasks)
        {
            await task.ConfigureAwait(false);
        }

        var why = reason();
        foreach (var lane in lanes)
        {
            lane.End();
            lock (lane.Gate)
            {
                foreach (var symbol in lane.Symbols)
                {
                    symbol.End(why);
                }
            }
        }

        finisher.Complete();
        await finishing.ConfigureAwait(false);

        // Whatever its owner does yet, the next capture may go on from here.
        Release();
        return Report(why);
    }

    /// <summary>The capture now; the delays are those since the call before.</summary>
    /// <param name="keepDelays">True to leave the delays to the next call.</param>
    public CaptureStatus Status(bool keepDelays = false)
    {
        var symbols = new List<SymbolStatus>();
        (long Half, long Ninety, long NinetyNine)? delay;
        var messages = 0L;
        var bytes = 0L;
        lock (delays)
        {
            recent.Clear();
            foreach (var lane in lanes)
            {
                lock (lane.Gate)
                {
                    messages += lane.Messages;
                    bytes += lane.Bytes;
                    recent.Add(lane.Delays);
                    if (!keepDelays)
                    {
                        lane.Delays.Clear();
                    }

                    foreach (var symbol in lane.Symbols)
                    {
                        var day = symbol.Recorder.Day;
                        symbols.Add(new SymbolStatus(
                            symbol.Symbol, day?.Stream.Value ?? "", day?.Sequence ?? 0, symbol.Writer?.DurableVersion ?? 0, symbol.Recorder.Tracker.State, symbol.Recorder.Tracker.LastUpdateId));
                    }
                }
            }

            if (!keepDelays)
            {
                delays.Add(recent);
            }

            delay = recent.Triple;
        }

        return new CaptureStatus
        {
            Time = clock.Now,
            Messages = messages,
            Bytes = bytes,
            Up = lanes.Count(l => l.IsUp),
            Wanted = lanes.Count,
            Delay = delay,
            ClockOffset = offsets.Triple,
            Holes = tally.HoleCount,
            Refusals = Refusals,
            DiskFree = Disk.Free(store.Root),
            Symbols = symbols,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        rest.Dispose();
        foreach (var symbol in lanes.SelectMany(l => l.Symbols))
        {
            symbol.Abandon();
        }

        Release();
    }

    private void OnSealed(StreamName day)
    {
        lock (streams)
        {
            streams.Add(day.Value);
        }

        options.DaySealed?.Invoke(day);
    }

    private void OnDamaged(StreamName day, Exception e)
    {
        lock (streams)
        {
            damaged.Add(day.Value);
        }

        tally.Note(clock.Now, DamagedDay.Words(store, day, e));
    }

    // A venue that fails once may be right the next time; one that is not there is not waited for.
    private static async Task<byte[]> AskAsync(Func<Task<byte[]>> ask, Clock clock, List<VenueRefusedException> refused, Action<string> note, CancellationToken ct)
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 1);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (VenueRefusedException e) when (e.IsPassing && attempt < Attempts)
            {
                refused.Add(e);
                note(e.Message);
                await Task.Delay(e.RetryAfter > TimeSpan.Zero ? e.RetryAfter : backOff.Next(), clock, ct).ConfigureAwait(false);
            }
        }
    }

    // Done when one of them has failed, or all are done.
    private static async Task FirstFailureAsync(List<Task> tasks)
    {
        while (tasks.Count > 0)
        {
            var done = await Task.WhenAny(tasks).ConfigureAwait(false);
            await done.ConfigureAwait(false);
            tasks.Remove(done);
        }
    }

    private void Prepare(byte[] exchangeInfo, Action<string> note)
    {
        // Two at a time: the budget decides how fast, this only how many wait for an answer.
        var turns = new SemaphoreSlim(2);
        CaptureLane? lane = null;
        foreach (var symbol in options.Symbols)
        {
            Hold(symbol);
        }

        foreach (var symbol in options.Symbols)
        {
            var instrument = InstrumentJson.Read(exchangeInfo, symbol, "exchangeInfo", InstrumentSource.ExchangeInfo)
                ?? throw new CaptureException($"{options.Endpoint.Name} does not have {symbol}.");
            if (lane is null || lane.Symbols.Count == options.SymbolsPerConnection)
            {
                lane = new CaptureLane(clock, tally);
                lanes.Add(lane);
            }

            var previous = PreviousRecording.Find(store, symbol, started, options.Recorder, note);
            if (previous is not null && (previous.Instrument.PriceScale != instrument.PriceScale || previous.Instrument.QuantityScale != instrument.QuantityScale))
            {
                note($"{symbol} is counted in other units than before: the recording begins anew");
                previous = null;
            }

            var name = CaptureName.Of(store, symbol, started);
            recordings.Add(symbol, (name, previous?.Stream.Value ?? ""));
            var info = new RecordingInfo
            {
                Name = name,
                Source = $"{options.Endpoint} {CaptureStreams.Text(options.Streams)}",
                ReceiveClock = "ns",
                Recorder = options.Recorder,
                ContinuedFrom = previous?.Stream.Value ?? "",
                ContinuedFromSequence = previous?.Version ?? 0,
                ContinuedBook = previous?.Book,
            };
            var tap = options.Tap?.Invoke(new TapContext(symbol, instrument, name, previous?.Stream, clock, lane.Gate));
            var capture = new SymbolCapture(lane, instrument, info, options, clock, store, finisher, tally, tap, previous?.LastTrade ?? default, previous?.LastDiff ?? default);
            capture.Resync = new BookResync(capture, rest, clock, turns, Seed(symbol.Length + recordings.Count));
            lane.Add(capture);
        }
    }

    // What is of no symbol is in every recording, and one line.
    private void Failed(string what, Exception failure)
    {
        lanes.ForEach(l => l.OnRequestFailed(what, failure));
        tally.Note(clock.Now, $"{what}: {failure.Message}");
    }

    private void Held(string what, HeldRequest held)
    {
        lanes.ForEach(l => l.OnRequestHeld(what, held));
        tally.Note(clock.Now, FormattableString.Invariant($"{what} waits {held.Wait.TotalSeconds:0.0} s for the weight budget"));
    }

    private ConnectionKeeper Keeper(CaptureLane lane, int number) => new(
        options.Endpoint,
        [.. lane.Symbols.SelectMany(s => options.Streams.Select(k => CaptureStreams.Of(s.Symbol, k)))],
        clock,
        lane,
        Seed(number))
    {
        Life = options.ConnectionLife,
    };

    // Differs from capture to capture, so that many of them do not knock together.
    private ulong Seed(int number) => unchecked(((ulong)started * 31) + (ulong)number);

    /// <summary>Messages that were received and recorded.</summary>
    internal long MessagesTaken
    {
        get
        {
            var messages = 0L;
            foreach (var lane in lanes)
            {
                lock (lane.Gate)
                {
                    messages += lane.Messages;
                }
            }

            return messages;
        }
    }

    private long Refusals => rest.Refusals + tally.Refusals.Value;

    /// <summary>True while every connection to the streams stands.</summary>
    internal bool IsUp => lanes.TrueForAll(l => l.IsUp);

    /// <summary>True while a book waits for a snapshot that could be joined to its diffs.</summary>
    internal bool WantsSnapshot => lanes.Exists(l => l.Symbols.Any(s => s is IBookToSync { NeedsSnapshot: true, HasDiffs: true }));

    /// <summary>Does something with every tap, its lane's gate held.</summary>
    /// <param name="action">Told the tap and the symbol's day that is being written, if any.</param>
    internal void WithTaps(Action<Recording.IMarketTap, Recording.RecordedDay?> action)
    {
        foreach (var lane in lanes)
        {
            lock (lane.Gate)
            {
                foreach (var symbol in lane.Symbols)
                {
                    action(symbol.Tap!, symbol.Recorder.Day);
                }
            }
        }
    }

    private async Task TickAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TickInterval, clock);
        Action<Recording.IMarketTap, Recording.RecordedDay?> tick = (tap, _) => tap.OnClock(clock.Now);
        try
        {
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
            {
                WithTaps(tick);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the capture.
        }
    }

    private async Task CommitAsync(CancellationToken ct)
    {
        var flushed = Clock.Timers.GetTimestamp();
        using var timer = new PeriodicTimer(options.WriteInterval, Clock.Timers);
        try
        {
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
            {
                foreach (var lane in lanes)
                {
                    lock (lane.Gate)
                    {
                        foreach (var symbol in lane.Symbols)
                        {
                            symbol.Recorder.Day?.WriteOut();
                            symbol.Tap?.WriteOut();
                        }
                    }
                }

                if (Clock.Timers.GetElapsedTime(flushed) >= options.FlushInterval)
                {
                    Flush();
                    flushed = Clock.Timers.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end: sealing flushes the rest.
        }
    }

    // Outside the gates: the disk may take its time while messages are recorded.
    private void Flush()
    {
        foreach (var lane in lanes)
        {
            foreach (var symbol in lane.Symbols)
            {
                try
                {
                    symbol.Writer?.Flush();
                    symbol.Tap?.Flush();
                }
                catch (Exception e) when (e is Stores.StreamSealedException or ObjectDisposedException)
                {
                    // The day ended meanwhile: sealing has flushed it.
                }
            }
        }
    }
}
