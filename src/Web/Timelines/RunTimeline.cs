using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// What the viewer keeps of one run: its log as columns, and where the run stood at intervals. Made by one pass over the log,
/// or as it was kept beside the run; goes on where a run in progress grows.
/// </summary>
internal sealed class RunTimeline : IEventHandler, IDisposable
{
    private const int KeyframeSpacing = 4_096;

    // A shorter one is read before anybody could miss it.
    private const long EventsWorthKeeping = 100_000;
    private const int ChecksPerEvent = 8;
    private const int WaitMilliseconds = 5;
    private const int MostWaits = 4_000;

    private readonly Lock gate = new();
    private readonly LevelArena arena = new();
    private readonly KeptIndex? kept;
    private readonly long lastTime;
    private RunColumns columns;
    private RunFold fold = new();
    private List<RunFold> keyframes = [];
    private ChecksumPass? check;
    private UpcastSource? source;
    private bool looked;

    /// <summary>A timeline that has read nothing yet.</summary>
    /// <param name="run">The run.</param>
    /// <param name="info">What its store knows of it.</param>
    /// <param name="leastKept">Events from which on an index is kept.</param>
    public RunTimeline(StoredRun run, StreamInfo info, long leastKept = EventsWorthKeeping)
    {
        Run = run;
        Events = AtFirst = info.Version;
        Sealed = info.Sealed;
        lastTime = info.LastTime;
        kept = Events >= leastKept ? KeptIndex.Of(run.Store, info, "run", MarketIndexFile.Maker) : null;
        looked = kept is null;
        columns = new RunColumns(Sealed ? (int)Math.Min(Events, 1 << 24) : 0);
    }

    /// <summary>The run.</summary>
    public StoredRun Run { get; }

    /// <summary>Its events; event n is at n − 1.</summary>
    public Column<RunPoint> Points => columns.Points;

    /// <summary>Our best resting prices where they changed.</summary>
    public Column<QuotePoint> Quotes => columns.Quotes;

    /// <summary>Holdings where they changed.</summary>
    public Column<HoldingPoint> Holdings => columns.Holdings;

    /// <summary>The log's marks.</summary>
    public Column<MarkSample> Marks => columns.Marks;

    /// <summary>Decisions.</summary>
    public Column<DecisionPoint> Decisions => columns.Decisions;

    /// <summary>Fills.</summary>
    public Column<FillPoint> Fills => columns.Fills;

    /// <summary>Stops, halts and what ends them.</summary>
    public Column<StopPoint> Stops => columns.Stops;

    /// <summary>Events in the log, as far as is known.</summary>
    public long Events { get; private set; }

    /// <summary>Events in the log when it was opened.</summary>
    public long AtFirst { get; }

    /// <summary>Last event read.</summary>
    public long Indexed => Points.Count;

    /// <summary>True when nothing can be added.</summary>
    public bool Sealed { get; private set; }

    /// <summary>True when every event that can be read is in the columns.</summary>
    public bool IsIndexed => Damage is not null || (Sealed && Indexed >= Events);

    /// <summary>True when nothing is left to be done: where the index was kept, every byte of the log has been checked too.</summary>
    public bool Complete => IsIndexed && looked && check is null;

    /// <summary>True when the index was kept beside the run and is in use.</summary>
    public bool WasKept { get; private set; }

    /// <summary>Why reading stopped; null while it did not.</summary>
    public string? Damage { get; private set; }

    /// <summary>How the run ended; null while it did not.</summary>
    public string? Ended => fold.Ended;

    /// <summary>The halt in force at the end of what was read; null when none is.</summary>
    public Halted? Halt => fold.Halt?.Halted;

    /// <summary>Largest fall of equity from its peak at any mark, in money.</summary>
    public Int128 MaxDrawdown => columns.MaxDrawdown;

    /// <summary>Engine time of the last event, read or not; 0 without any.</summary>
    public long LastTime
    {
        get
        {
            lock (gate)
            {
                return Math.Max(Damage is null ? lastTime : 0, Points.Count > 0 ? Points[Points.Count - 1].Time : 0);
            }
        }
    }

    /// <summary>Number of the last input stream that an event was caused by.</summary>
    public int LastStream => Math.Max(1, fold.Root.Stream);

    /// <summary>Guards the columns while the run grows.</summary>
    public Lock Gate => gate;

    /// <summary>Goes on: first with the index that was kept beside the run, where there is one, then by reading.</summary>
    /// <param name="most">Events to read at most.</param>
    /// <returns>False when there was nothing more to do now.</returns>
    public bool GoOn(int most)
    {
        if (looked)
        {
            return Advance(most);
        }

        Load();
        return true;
    }

    /// <summary>Reads on.</summary>
    /// <returns>False when there was nothing more to read now.</returns>
    public bool Advance(int most)
    {
        lock (gate)
        {
            if (Damage is not null)
            {
                return false;
            }

            if (check is not null)
            {
                return Check(most * ChecksPerEvent);
            }

            var read = 0;
            try
            {
                source ??= new UpcastSource(Run.Store.OpenToLook(Run.Name));
                var self = this;
                while (read < most && source.Read(out var header, out var payload))
                {
                    arena.Clear();
                    EventCatalog.Decode(header, payload, arena, ref self);
                    read++;
                }
            }
            catch (Exception e) when (MarketIndex.IsDamage(e))
            {
                Damage = e.Message;
            }

            Events = Math.Max(Events, Indexed);
            return read > 0;
        }
    }

    /// <summary>Asks the store whether the run was sealed or grew.</summary>
    public void Refresh()
    {
        if (!Sealed && Run.Store.FindAsync(Run.Name).AsTask().GetAwaiter().GetResult() is { } info)
        {
            lock (gate)
            {
                Events = Math.Max(Events, info.Version);
                Sealed = info.Sealed;
            }
        }
    }

    /// <summary>Waits until an event is read that is known to be there: the reader is on its way to it.</summary>
    public void Await(long sequence) => Await(() => Indexed >= Math.Min(sequence, Events));

    /// <summary>Waits until the log is read up to a moment.</summary>
    public void AwaitTime(long time) => Await(() =>
    {
        lock (gate)
        {
            return Indexed >= Events || (Points.Count > 0 && Points[Points.Count - 1].Time > time);
        }
    });

    /// <summary>Waits until the log is read up to the turn of a market event.</summary>
    public void AwaitRoot(Cause market) => Await(() =>
    {
        lock (gate)
        {
            return Indexed >= Events || (Points.Count > 0 && ViewTimeline.IsAfter(Points[Points.Count - 1].Root, market));
        }
    });

    /// <summary>Keeps the finished index beside the run, so that it need not be made again.</summary>
    public void Keep()
    {
        ByteBuffer bytes;
        lock (gate)
        {
            if (kept is null || WasKept || Damage is not null || !Complete)
            {
                return;
            }

            bytes = new RunIndexFile(columns, fold, keyframes).Write();
        }

        kept.Write(bytes.Span);
    }

    /// <summary>Where the run stood after an event; from nothing for 0.</summary>
    public RunFold After(long sequence)
    {
        RunFold at;
        lock (gate)
        {
            var index = keyframes.FindLastIndex(k => k.Sequence <= sequence);
            at = index < 0 ? new RunFold() : keyframes[index].Copy();
        }

        if (at.Sequence < sequence)
        {
            var levels = new LevelArena();
            using var events = new UpcastSource(Run.Store.OpenToLook(Run.Name, at.Sequence + 1));
            while (at.Sequence < sequence && events.Read(out var header, out var payload))
            {
                levels.Clear();
                EventCatalog.Decode(header, payload, levels, ref at);
            }
        }

        return at;
    }

    /// <summary>The last event whose turn is not after a market event's; 0 when all are.</summary>
    public long LastOf(Cause market)
    {
        lock (gate)
        {
            var (low, high) = (0, Points.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                var root = Points[middle].Root;
                var after = root.Stream > market.Stream || (root.Stream == market.Stream && root.Sequence > market.Sequence);
                (low, high) = after ? (low, middle) : (middle + 1, high);
            }

            return low;
        }
    }

    /// <summary>The last event with an engine time up to a moment; 0 when all lie after it.</summary>
    public long LastAt(long time)
    {
        lock (gate)
        {
            return Points.LastAtOrBefore(time, p => p.Time) + 1;
        }
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        fold.On(header, payload);
        columns.Add(header, payload, fold);
        if (header.Sequence % KeyframeSpacing == 0)
        {
            keyframes.Add(fold.Copy());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            source?.Dispose();
            source = null;
            check?.Dispose();
            check = null;
            Damage ??= "closed";
        }
    }

    private void Await(Func<bool> enough)
    {
        for (var waited = 0; !IsIndexed && !enough() && waited < MostWaits; waited++)
        {
            Thread.Sleep(WaitMilliseconds);
        }
    }

    // Puts what was kept in the place of what has been read since. It takes a second for millions of events, so answers are
    // given meanwhile from what is there.
    private void Load()
    {
        var file = ReadKept();
        lock (gate)
        {
            looked = true;
            if (file is null || Damage is not null)
            {
                return;
            }

            source?.Dispose();
            (source, columns, fold, keyframes, WasKept) = (null, file.Columns, file.Last, file.Keyframes, true);
            check = new ChecksumPass((JournalStore)Run.Store, Run.Name);
        }
    }

    private RunIndexFile? ReadKept()
    {
        try
        {
            return kept?.Read() is { } bytes && RunIndexFile.Read(bytes) is var file && file.Columns.Points.Count == Events && Run.Store is JournalStore ? file : null;
        }
        catch (Exception e) when (e is CanonicalFormatException or OverflowException or ArgumentException or IndexOutOfRangeException)
        {
            // Not what this program writes: the log is read.
            return null;
        }
    }

    private bool Check(int most)
    {
        try
        {
            if (check!.Step(most))
            {
                return true;
            }

            check.Dispose();
            check = null;
            return false;
        }
        catch (Exception e) when (MarketIndex.IsDamage(e))
        {
            // Read anew, up to the damage.
            check!.Dispose();
            (check, columns, fold, keyframes, WasKept) = (null, new RunColumns(0), new RunFold(), [], false);
            return true;
        }
    }
}
